#include "base/address.h"
#include "base/text.h"
#include "rules/name_set.h"

#include <idn2.h>

#include <algorithm>

namespace bascule::rules {
namespace {

constexpr std::size_t kLongestName = 253;    // RFC 1035 section 2.3.4, without the root's dot
constexpr std::size_t kLongestLabel = 63;    // the same
constexpr std::size_t kLongestInput = 1024;  // as UTF-8; nothing longer can shrink to a name

bool is_lower_name_octet(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// Labels of 1 to 63 lower-case letters, digits, hyphens and underscores, at most 253 octets in all.
bool is_lower_name(std::string_view name) {
    if (name.empty() || name.size() > kLongestName) return false;
    std::size_t label = 0;
    for (const char c : name) {
        if (c == '.') {
            if (label == 0) return false;
            label = 0;
        } else if (!is_lower_name_octet(c) || ++label > kLongestLabel) {
            return false;
        }
    }
    return label > 0;
}

std::optional<std::string> to_a_labels(std::string_view name) {
    const std::string terminated(name);
    char* converted = nullptr;
    if (idn2_to_ascii_8z(terminated.c_str(), &converted, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK) {
        return std::nullopt;
    }
    std::string a_labels = to_lower(converted);
    idn2_free(converted);
    return a_labels;
}

}  // namespace

std::optional<std::string> normalize_name(std::string_view name) {
    if (name.size() > kLongestInput || name.find('\0') != name.npos) return std::nullopt;
    if (const auto address = IpAddress::parse(name)) return address->text();
    std::string lowered;
    if (is_ascii(name)) {
        lowered = to_lower(name);
    } else if (auto a_labels = to_a_labels(name)) {
        lowered = *std::move(a_labels);
    }
    if (lowered.ends_with('.')) lowered.pop_back();
    if (!is_lower_name(lowered)) return std::nullopt;
    return lowered;
}

}  // namespace bascule::rules
