#pragma once

#include "net/tcp_stream.h"

namespace bascule::net {

/// Copies from one socket to the other inside the kernel, through a pipe that is held only while octets are in it,
/// until `from` has ended or `to` is broken. What was put back by unread() goes first. `count` and `last_moved` are
/// kept up as octets move.
[[gnu::noinline]] Task<void> splice_one_way(TcpStream& from, TcpStream& to, std::uint64_t& count, Time& last_moved);

}  // namespace bascule::net
