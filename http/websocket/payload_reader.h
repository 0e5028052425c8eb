#pragma once

#include "http/websocket/inflater.h"
#include "http/websocket/messages.h"

#include <memory>
#include <optional>

namespace bascule::http::websocket {

/// Reads the messages of one direction, decompressed where they are, and tells their payload. Between messages it holds
/// an inflater only where they refer back to each other.
class PayloadReader {
  public:
    PayloadReader(bool up, Deflate agreed, coding::Bounds bounds) : up_(up), agreed_(agreed), bounds_(bounds) {}

    void begin(bool compressed);
    /// Unmasked.
    void take(ByteView octets, Messages& told);
    /// How many octets it was; nothing: it could not be read.
    std::optional<std::uint64_t> end(Messages& told);

  private:
    void inflate(ByteView octets, Messages& told);
    void end_inflating(Messages& told);
    void give_up(Messages& told);

    bool up_;
    bool compressed_ = false;
    bool unreadable_ = false;
    Deflate agreed_;
    coding::Bounds bounds_;
    std::unique_ptr<Inflater> inflater_;
    std::uint64_t encoded_ = 0;  ///< of this message
    std::uint64_t decoded_ = 0;
};

}  // namespace bascule::http::websocket
