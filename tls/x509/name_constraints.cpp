#include "tls/x509/name_constraints.h"

#include "base/address.h"
#include "base/error.h"
#include "base/text.h"
#include "tls/x509/general_name.h"
#include "tls/x509/leaf_names.h"

#include <algorithm>

namespace bascule::tls {
namespace {

// NameConstraints' context-specific tags
constexpr std::uint8_t kPermitted = 0xa0;
constexpr std::uint8_t kExcluded = 0xa1;

/// `base` holds for itself and all below it; with a leading dot, only for what is below.
bool within_domain(std::string_view base, std::string_view name) {
    if (base.empty() || equals_ignoring_case(base, name)) return true;
    const bool dotted = base.starts_with('.');
    if (name.size() <= base.size()) return false;
    const auto tail = name.substr(name.size() - base.size());
    return equals_ignoring_case(tail, base) && (dotted || name[name.size() - base.size() - 1] == '.');
}

/// An address and a mask (RFC 5280 section 4.2.1.10).
bool within_block(ByteView base, ByteView address) {
    if (base.size() != 2 * address.size()) return false;
    for (std::size_t i = 0; i < address.size(); ++i) {
        const auto mask = base[address.size() + i];
        if ((address[i] & mask) != (base[i] & mask)) return false;
    }
    return true;
}

bool within(std::uint8_t tag, ByteView base, ByteView name) {
    if (tag == general_name::kDns) return within_domain(as_text(base), as_text(name));
    return tag == general_name::kAddress && within_block(base, name);
}

/// Whether `*.parent` covers a name of the subtree.
bool wildcard_reaches(std::string_view base, std::string_view name) {
    if (!name.starts_with("*.")) return false;
    if (base.starts_with('.')) base.remove_prefix(1);
    const auto dot = base.find('.');
    return dot != base.npos && equals_ignoring_case(base.substr(dot + 1), name.substr(2));
}

Bytes block_octets(const Cidr& block) {
    const ByteView octets(block.base().octets());
    const auto address = block.base().is_v4() ? octets.last(4) : octets;
    Bytes out(address.begin(), address.end());
    for (int left = block.prefix(); out.size() < 2 * address.size(); left -= 8) {
        out.push_back(static_cast<std::uint8_t>(0xff00 >> std::clamp(left, 0, 8)));
    }
    return out;
}

}  // namespace

std::optional<NameConstraints> NameConstraints::parse(ByteView der) {
    const auto sequence = der::only(der);
    if (!sequence || sequence->tag != der::kSequence) return std::nullopt;
    NameConstraints made;
    for (Cursor rest(sequence->content); !rest.empty();) {
        const auto list = der::next(rest);
        if (!list || (list->tag != kPermitted && list->tag != kExcluded)) return std::nullopt;
        if (!read(list->content, list->tag == kPermitted ? made.permitted_ : made.excluded_)) return std::nullopt;
    }
    return made;
}

bool NameConstraints::read(ByteView subtrees, std::vector<Subtree>& into) {
    for (Cursor rest(subtrees); !rest.empty();) {
        const auto subtree = der::next(rest);
        if (!subtree || subtree->tag != der::kSequence) return false;
        // minimum and maximum must not be used (RFC 5280): the base is all.
        const auto base = der::only(subtree->content);
        if (!base) return false;
        into.push_back({base->tag, Bytes(base->content.begin(), base->content.end())});
    }
    return true;
}

void NameConstraints::add(std::vector<Subtree>& list, const std::string& name) {
    if (const auto block = Cidr::parse(name)) {
        list.push_back({general_name::kAddress, block_octets(*block)});
    } else if (is_dns_name(name.starts_with('.') ? std::string_view(name).substr(1) : name) && !name.contains('*')) {
        list.push_back({general_name::kDns, to_bytes(name)});
    } else {
        throw Error("\"{}\" is neither a DNS name, an address nor a block of addresses (10.0.0.0/8)",
                    escape(name.substr(0, 80)));
    }
}

Bytes NameConstraints::der() const {
    Bytes lists;
    for (const auto& [tag, list] : {std::pair(kPermitted, &permitted_), std::pair(kExcluded, &excluded_)}) {
        Bytes subtrees;
        for (const auto& one : *list) {
            const auto subtree = der::element(der::kSequence, der::element(one.tag, one.base));
            subtrees.insert(subtrees.end(), subtree.begin(), subtree.end());
        }
        if (subtrees.empty()) continue;
        const auto whole = der::element(tag, subtrees);
        lists.insert(lists.end(), whole.begin(), whole.end());
    }
    return der::element(der::kSequence, lists);
}

bool NameConstraints::allow(const der::Element& name) const {
    const auto compared = name.tag == general_name::kDns || name.tag == general_name::kAddress;
    bool constrained = false;
    bool permitted = false;
    for (const auto& one : permitted_) {
        if (one.tag != name.tag) continue;
        constrained = true;
        permitted = permitted || within(one.tag, one.base, name.content);
    }
    if (constrained && !permitted) return false;
    return std::ranges::none_of(excluded_, [&](const Subtree& one) {
        if (one.tag != name.tag) return false;
        return !compared || within(one.tag, one.base, name.content) ||
               (one.tag == general_name::kDns && wildcard_reaches(as_text(one.base), as_text(name.content)));
    });
}

bool NameConstraints::allow_subject(ByteView subject) const {
    const auto of_directories = [](const Subtree& one) { return one.tag == general_name::kDirectory; };
    const bool constrained =
        std::ranges::any_of(permitted_, of_directories) || std::ranges::any_of(excluded_, of_directories);
    const auto sequence = der::only(subject);
    return !constrained || (sequence && sequence->content.empty());
}

}  // namespace bascule::tls
