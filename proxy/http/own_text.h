#pragma once

#include <string>
#include <string_view>

namespace bascule::proxy {

/// The page about this proxy: the certificate to trust, and how. Self-contained.
std::string own_text(std::string_view subject, std::string_view fingerprint, std::string_view valid_until);

/// What is seen over TLS by who trusts it.
std::string_view trusted_text();

}  // namespace bascule::proxy
