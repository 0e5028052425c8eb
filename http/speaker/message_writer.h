#pragma once

#include "http/speaker/speaker.h"

#include <deque>
#include <string_view>

namespace bascule::http {

/// Writes the messages of one direction, one after another (RFC 9112).
class MessageWriter {
  public:
    enum class Content : std::uint8_t { none, plain, chunked };

    /// The first line without its end, the fields, and what else the connection needs to say.
    void head(std::string_view first_line, const OwnedFields& fields, std::string_view more, Content content);
    void content(ByteView octets);
    void end(const OwnedFields& trailers);
    /// What follows is no message any more, but content as it is.
    void switch_over() { content_ = Content::plain; }
    /// As it is.
    void raw(std::string_view text) { add(as_bytes(text), false); }

    /// Appends at most `most` octets; how many of them were content.
    std::size_t output(Bytes& into, std::size_t most);
    bool empty() const { return pieces_.empty(); }

  private:
    struct Piece {
        Bytes octets;
        bool is_content = false;
        std::size_t taken = 0;
    };
    void add(ByteView octets, bool is_content);

    std::deque<Piece> pieces_;
    Content content_ = Content::none;
};

/// Whether the fields say how much content follows.
bool says_length(const OwnedFields& fields);

}  // namespace bascule::http
