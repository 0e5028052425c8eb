#include "base/text.h"
#include "config/message/message.h"

#include <algorithm>
#include <array>

namespace bascule::config {
namespace {

/// RFC 9110 section 5.6.2.
bool is_token(std::string_view text) {
    const auto is_token_octet = [](char c) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        return letter || (c >= '0' && c <= '9') || std::string_view("!#$%&'*+-.^_`|~").contains(c);
    };
    return !text.empty() && std::ranges::all_of(text, is_token_octet);
}

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
    return std::ranges::any_of(names, [&](auto one) { return equals_ignoring_case(one, name); });
}

constexpr std::array<std::string_view, 2> kLengths{"content-length", "transfer-encoding"};
constexpr std::array<std::string_view, 7> kOfConnection{"connection", "keep-alive", "proxy-connection", "te",
                                                        "trailer",    "upgrade",    "http2-settings"};

}  // namespace

std::optional<std::string> fault_in_field_name(std::string_view name) {
    if (name.starts_with(':')) {
        return in_quotes(name) +
               " is no header field, but how HTTP/2 writes what the keys method, host, path and "
               "status match";
    }
    if (is_token(name)) return std::nullopt;
    return in_quotes(name) + " is not the name of a header field; write letters, digits and hyphens, as x-lab";
}

std::optional<std::string> fault_in_changed_field(std::string_view name) {
    if (auto fault = fault_in_field_name(name)) return fault;
    if (is_one_of(name, kLengths)) {
        return fmt::format("{} says where a message ends, and is always as the content is; take it out", name);
    }
    if (is_one_of(name, kOfConnection)) {
        return fmt::format("{} is about one connection, and not about the message; take it out", name);
    }
    return std::nullopt;
}

}  // namespace bascule::config
