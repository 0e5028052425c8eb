#include "tls/x509/leaf_names.h"

#include "base/address.h"
#include "base/text.h"
#include "tls/openssl.h"
#include "tls/x509/general_name.h"
#include "tls/x509/public_suffix.h"

#include <algorithm>
#include <optional>

namespace bascule::tls {
namespace {

using general_name::is_copied;
using general_name::is_legal;
using general_name::kAddress;
using general_name::kDns;

/// The names in the origin's extension; none where it has no such extension, several (which no client believes), or one
/// that is malformed.
ByteView alternative_names(X509* origin) {
    const int at = X509_get_ext_by_NID(origin, NID_subject_alt_name, -1);
    if (at < 0 || X509_get_ext_by_NID(origin, NID_subject_alt_name, at) >= 0) return {};
    const auto* value = X509_EXTENSION_get_data(X509_get_ext(origin, at));
    const auto sequence = der::only({value->data, static_cast<std::size_t>(value->length)});
    return sequence && sequence->tag == der::kSequence ? sequence->content : ByteView();
}

/// The names in order, as far as they can be read.
template <class Take>
void for_each_name(ByteView all, Take take) {
    for (Cursor names(all); !names.empty();) {
        const auto name = der::next(names);
        if (!name) return;
        take(*name);
    }
}

bool goes_into_leaf(const der::Element& name) {
    return is_copied(name.tag) && is_legal(name);
}

/// What no client takes for a name stays out, and takes nothing else with it (RFC 9525 section 6).
Bytes copied_names(X509* origin) {
    Bytes copied;
    const auto all = alternative_names(origin);
    copied.reserve(all.size() + 64);
    for_each_name(all, [&](const der::Element& name) {
        if (goes_into_leaf(name)) copied.insert(copied.end(), name.whole.begin(), name.whole.end());
    });
    return copied;
}

Bytes name_element(const std::string& name) {
    if (const auto address = IpAddress::parse(name)) {
        const ByteView octets(address->octets());
        return der::element(kAddress, address->is_v4() ? octets.last(4) : octets);
    }
    if (!is_dns_name(name)) throw Error("\"{}\" is no name for a certificate", escape(name.substr(0, 80)));
    return der::element(kDns, as_bytes(name));
}

/// `*.example.com` covers one more label to its left, whole.
bool covers(std::string_view pattern, std::string_view name) {
    if (equals_ignoring_case(pattern, name)) return true;
    if (!pattern.starts_with("*.") || std::ranges::count(pattern, '.') < 2) return false;
    const auto dot = name.find('.');
    return dot != std::string_view::npos && dot > 0 && equals_ignoring_case(pattern.substr(1), name.substr(dot)) &&
           !is_public_suffix(pattern.substr(2));
}

bool covered(ByteView names, ByteView wanted) {
    const auto name = *der::only(wanted);
    bool found = false;
    for_each_name(names, [&](const der::Element& one) {
        if (one.tag != name.tag) return;
        found = found || (one.tag == kDns ? covers(as_text(one.content), as_text(name.content))
                                          : std::ranges::equal(one.content, name.content));
    });
    return found;
}

/// The last common name (the most specific), as UTF-8; empty where there is none.
std::string common_name(X509* origin) {
    const auto* subject = X509_get_subject_name(origin);
    int at = -1;
    for (int next = -1; (next = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0;) at = next;
    if (at < 0) return {};
    unsigned char* text = nullptr;
    const int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
    if (size < 0) return {};
    std::string name(reinterpret_cast<char*>(text), static_cast<std::size_t>(size));
    OPENSSL_free(text);
    return name;
}

}  // namespace

bool is_dns_name(std::string_view name) {
    if (name.starts_with("*.")) name.remove_prefix(2);
    if (name.empty() || name.size() > 253) return false;
    std::size_t label = 0;
    for (const char c : name) {
        if (c == '.') {
            if (label == 0) return false;
            label = 0;
            continue;
        }
        const bool legal =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
        if (!legal || ++label > 63) return false;
    }
    return label > 0;
}

std::size_t name_count(X509* certificate) {
    std::size_t count = 0;
    for_each_name(alternative_names(certificate), [&](const der::Element&) { ++count; });
    return count;
}

bool leaf_needs_server_name(X509* origin, bool add_server_name) {
    bool has_own = false;
    for_each_name(alternative_names(origin),
                  [&](const der::Element& name) { has_own = has_own || goes_into_leaf(name); });
    return add_server_name || !has_own;
}

Bytes leaf_names(X509* origin, const std::string& server_name, bool add_server_name) {
    auto names = copied_names(origin);
    if (names.empty()) {
        const auto common = common_name(origin);
        names = name_element(is_dns_name(common) ? common : server_name);
    }
    if (add_server_name) {
        const auto wanted = name_element(server_name);
        if (!covered(names, wanted)) names.insert(names.end(), wanted.begin(), wanted.end());
    }
    return der::element(der::kSequence, names);
}

Bytes names_of_origin(X509* origin) {
    const auto names = copied_names(origin);
    return names.empty() ? Bytes() : der::element(der::kSequence, names);
}

}  // namespace bascule::tls
