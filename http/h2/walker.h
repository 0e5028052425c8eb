#pragma once

#include "http/exchanges.h"
#include "http/h2/floods.h"
#include "http/walker.h"

#include <memory>

/// HTTP/2 on one connection, watched (RFC 9113): the octets that came are the octets that go. A header block is held
/// until it is whole and means one thing only, a small frame until it is whole; DATA passes as it comes. Streams,
/// windows, priorities and the compression of heads stay the business of the two ends.
namespace bascule::http::h2 {

/// A fault ends the connection and never one stream alone: the block that was not passed on would be missing in the
/// decompression table of the peer, so that nothing after it could be read there.
/// From the client's preface on.
std::unique_ptr<Walker> make_walker(Exchanges& told, Now now = &std::chrono::steady_clock::now);
/// After the 101 to a request that asked for HTTP/2 (RFC 7540 section 3.2): that request, which is told already, is
/// stream 1, and `settings`, the payload of what the client said of itself in it, are acknowledged. From the client's
/// preface on.
std::unique_ptr<Walker> make_upgraded_walker(Exchanges& told, bool is_head, ByteView settings,
                                             Now now = &std::chrono::steady_clock::now);

}  // namespace bascule::http::h2
