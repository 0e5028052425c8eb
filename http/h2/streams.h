#pragma once

#include "http/exchanges.h"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace bascule::http::h2 {

/// The content of one message: what its length was said to be, and what has come.
class Content {
  public:
    void declare(std::optional<std::uint64_t> length) { length_ = length; }
    void forbid() { length_ = 0, is_forbidden_ = true; }
    /// So many octets more, and whether they are the last. Throws Bad where that is not what was said.
    void take(std::uint64_t octets, bool is_last);
    /// Of those, so many have passed.
    void pass(std::uint64_t octets) { passed_ += octets; }
    /// All that was said has passed, though perhaps not that it is the last.
    bool is_whole() const { return length_ == passed_; }

  private:
    std::optional<std::uint64_t> length_;
    std::uint64_t seen_ = 0;  ///< in frames that have begun
    std::uint64_t passed_ = 0;
    bool is_forbidden_ = false;  ///< an answer to HEAD, 204 and 304, whatever length they name
};

/// One direction of a stream.
struct Half {
    bool begun = false;  ///< its head has passed; of answers the final one
    bool ended = false;  ///< by END_STREAM
    Content content;
    std::int64_t granted = 0;  ///< by WINDOW_UPDATE, and not used yet
};

/// A stream that is open in at least one direction.
struct Stream {
    Half up, down;
    bool head = false;     ///< HEAD: no content
    bool connect = false;  ///< CONNECT, of whatever protocol
    bool tunnel = false;   ///< it was granted: octets and no messages

    Half& half(bool is_up) { return is_up ? up : down; }
    bool over() const { return up.ended && down.ended; }
};

/// Streams of which one side may not know yet that the other has given them up: frames of it may come and mean
/// nothing. The newest of them.
class GivenUp {
  public:
    void add(std::uint32_t id);
    bool has(std::uint32_t id) const;

  private:
    std::vector<std::uint32_t> ids_;
    std::size_t oldest_ = 0;
};

/// RFC 9113 section 5.1.1
constexpr bool is_of_client(std::uint32_t id) {
    return id % 2 == 1;
}

/// All streams of a connection (RFC 9113 section 5.1).
class Streams {
  public:
    Stream* find(std::uint32_t id);
    /// Throws Bad: too many are open.
    Stream& open(std::uint32_t id, const Stream& stream);
    /// It is opened and already given up by the other side, which has said so before (GOAWAY).
    void open_in_vain(std::uint32_t id, bool up);
    void close(std::uint32_t id);
    /// By that side: no more frames of it; the other's may be on their way.
    void give_up(std::uint32_t id, bool by_up);

    bool is_idle(std::uint32_t id) const { return id > (is_of_client(id) ? newest_of_client_ : newest_promised_); }
    /// Frames of that side may come and mean nothing.
    bool was_given_up(std::uint32_t id, bool up) const { return given_up_[up ? 1 : 0].has(id); }
    /// The open ones after `last` that the client opened, or that were promised.
    std::vector<std::uint32_t> open_after(std::uint32_t last, bool of_client) const;
    bool empty() const { return open_.empty(); }
    std::uint32_t newest_of_client() const { return newest_of_client_; }

  private:
    void note(std::uint32_t id);

    std::map<std::uint32_t, Stream> open_;
    std::array<GivenUp, 2> given_up_;  ///< by whose frames may come: the origin's, the client's
    std::uint32_t newest_of_client_ = 0;
    std::uint32_t newest_promised_ = 0;
};

}  // namespace bascule::http::h2
