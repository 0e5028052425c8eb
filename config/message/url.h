#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bascule::config {

/// An absolute URL of http or https (RFC 9110 section 4.2), taken apart. Who it is said to be from (`user@`) is
/// refused.
struct Url {
    bool tls = true;
    std::string host;  ///< lower-case A-labels, or an address without brackets
    std::uint16_t port = 443;
    std::string path{"/"};
    std::string query{};  ///< without `?`

    static std::optional<Url> parse(std::string_view text);
    std::string_view scheme() const { return tls ? "https" : "http"; }
};

}  // namespace bascule::config
