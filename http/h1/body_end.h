#pragma once

#include "base/bytes.h"
#include "http/h1/framing.h"

#include <optional>
#include <string>

namespace bascule::http {

/// Follows the content of a message to its end without keeping it, so that what comes next is told from it.
class BodyEnd {
  public:
    explicit BodyEnd(Framing framing);

    struct Taken {
        std::size_t octets = 0;  ///< that belong to the body; fewer than given once it has ended
        ByteView content;        ///< the part of them that is content, without the framing of chunks
    };
    /// Takes up to the end of a run of content, or to where trailers may begin. Nothing: the chunk framing is broken
    /// (chunk lines: hex only, CRLF only, bounded; trailers bounded).
    std::optional<Taken> take_run(ByteView octets);
    /// The same for all of these octets: how many belong to the body.
    std::optional<std::size_t> take(ByteView octets);
    bool ended() const { return state_ == State::ended; }
    /// Ends with the connection.
    bool endless() const { return endless_; }
    /// The lines of the trailers so far, in the grammar, each with its CR LF.
    const std::string& trailers() const { return trailers_; }

  private:
    enum class State : std::uint8_t {
        size,
        extension,
        size_lf,
        data,
        data_cr,
        data_lf,
        trailer,
        trailer_name,
        trailer_line,
        trailer_lf,
        end_lf,
        ended,
        broken
    };
    ByteView take_data(ByteView octets);
    void step(std::uint8_t octet);
    void step_size(std::uint8_t octet);
    State trailer_start(std::uint8_t octet) const;

    State state_ = State::ended;
    bool chunked_ = false;
    bool endless_ = false;
    std::uint64_t left_ = 0;  ///< octets of the chunk, or of the whole body
    std::size_t line_ = 0;    ///< octets of the chunk line, or of all trailers
    std::string trailers_;
};

}  // namespace bascule::http
