#pragma once

#include "base/address.h"

#include <functional>
#include <optional>
#include <string>

namespace bascule::proxy {

/// Whom something is remembered about: a server name, for one client or (no address) for all.
struct Subject {
    std::optional<IpAddress> client;
    std::string server_name;

    bool operator==(const Subject&) const = default;
};

}  // namespace bascule::proxy

template <>
struct std::hash<bascule::proxy::Subject> {
    std::size_t operator()(const bascule::proxy::Subject& subject) const noexcept {
        constexpr std::size_t kSpread = 0x9e3779b97f4a7c15;
        const auto client = subject.client ? std::hash<bascule::IpAddress>{}(*subject.client) : 0;
        return std::hash<std::string>{}(subject.server_name) ^ (client * kSpread);
    }
};
