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
class Watched : public Walker {
  public:
    /// What was passed on in that direction ends between two frames, the first of which is SETTINGS: a frame of the
    /// proxy's own may follow.
    virtual bool at_boundary(bool up) const = 0;
    /// No exchange is open: whoever closes now breaks nothing off.
    virtual bool all_answered() const = 0;
    /// The newest that the client has opened, for a GOAWAY.
    virtual std::uint32_t newest_stream() const = 0;
};

/// From the client's preface on.
std::unique_ptr<Watched> make_walker(Exchanges& told, Now now = &std::chrono::steady_clock::now);

}  // namespace bascule::http::h2
