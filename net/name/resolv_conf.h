#pragma once

#include "base/address.h"
#include "base/duration.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bascule::net {

/// Who is asked for names, and how (resolv.conf(5)).
struct NameServers {
    std::vector<SocketAddress> servers{};
    std::vector<std::string> search{};  ///< domains that names are looked for in, in order
    unsigned ndots = 1;                 ///< names with so many dots are tried as they are first
    std::optional<Duration> timeout{};  ///< of one try
    std::optional<unsigned> attempts{};
    bool rotate = false;  ///< servers by turns
    bool tcp = false;     ///< use-vc
    bool edns = false;    ///< edns0

    bool operator==(const NameServers&) const = default;

    /// The names to ask for, in order, where `name` is looked for: as glibc does.
    std::vector<std::string> names_for(const std::string& name) const;
    /// Short, and another where other answers may come: what is remembered belongs to it.
    std::string mark() const;
};

/// What is not understood is passed over, and numbers are capped, as glibc does (at most 3 servers; ndots 15, timeout
/// 30 s, 5 attempts). Without a server: the one on 127.0.0.1. Without `search` and `domain`: the domain of `host_name`,
/// where it has one.
NameServers parse_resolv_conf(std::string_view text, std::string_view host_name = {});

}  // namespace bascule::net
