#pragma once

#include "http/websocket/extensions.h"
#include "http/websocket/frame_head.h"
#include "http/websocket/messages.h"
#include "http/websocket/payload_reader.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

namespace bascule::http::websocket {

struct Options {
    Extensions agreed;
    bool wants_payload = false;  ///< nothing is unmasked or decompressed without
    coding::Bounds bounds;       ///< of one message
};

/// A WebSocket on one connection or stream, watched (RFC 6455, RFC 7692). It tells what passes and holds nothing back:
/// what breaks the rules is for the two ends to judge. Without `wants_payload` it keeps nothing but itself and what has
/// come of a control frame.
class Watched {
  public:
    struct Totals {
        std::uint64_t messages = 0;  ///< ended
        std::uint64_t octets = 0;    ///< payload of messages on the wire
    };

    Watched(Messages& told, const Options& options);

    void take(bool up, ByteView octets);

    const Totals& totals(bool up) const { return up ? up_.totals : down_.totals; }
    /// Of the first Close, from either side; 1005: it had none.
    std::optional<std::uint16_t> close_code() const;
    /// A rule is broken, and nothing more is told.
    bool stopped() const { return stopped_; }

  private:
    using Control = std::array<std::uint8_t, 125>;
    struct Way {
        FrameHead frame;
        bool within = false;  ///< of a message
        bool closed = false;
        bool compressed = false;           ///< the message
        std::uint64_t left = 0;            ///< octets of the frame's payload
        std::uint64_t message = 0;         ///< octets of the message on the wire
        std::unique_ptr<Control> control;  ///< of the frame at hand
        Totals totals;
    };
    struct Readers {
        PayloadReader up, down;
    };

    Way& way(bool up) { return up ? up_ : down_; }
    PayloadReader& reader(bool up) { return up ? readers_->up : readers_->down; }
    ByteView step(bool up, ByteView octets);
    void begin_frame(bool up);
    std::string_view fault_of(bool up) const;
    std::string_view message_fault(const Way& from) const;
    void begin_message(bool up);
    void take_payload(bool up, ByteView octets);
    void read(bool up, ByteView octets);
    void end_frame(bool up);
    void end_message(bool up);
    void end_control(bool up, ByteView payload);
    void end_close(bool up, ByteView payload);
    void stop(bool up, std::string_view what);

    Messages& told_;
    Way up_, down_;
    std::unique_ptr<Readers> readers_;  ///< null: payload is not wanted
    std::uint16_t close_code_ = 0;      ///< 0: not closed
    bool deflate_;
    bool stopped_ = false;
};

}  // namespace bascule::http::websocket
