#pragma once

#include "http/exchanges.h"
#include "http/h2/block.h"
#include "http/h2/floods.h"
#include "http/h2/frame.h"
#include "http/h2/hpack.h"
#include "http/h2/settings.h"
#include "http/h2/streams.h"

#include <array>
#include <span>

namespace bascule::http::h2 {

struct Message;

/// What the frames of both directions mean together (RFC 9113 sections 5, 6 and 8): checks each against what came
/// before, and tells the exchanges. Everything throws Bad, before anything of the frame was told.
class Connection {
  public:
    Connection(Exchanges& told, Now now) : told_(told), floods_(now) {}

    /// It begins with a stream whose request came whole in HTTP/1, and with what the client announced there.
    void upgraded(bool is_head, ByteView settings);

    // exchange.cpp
    /// A whole header block, of HEADERS or PUSH_PROMISE.
    void block(bool up, const Block& block, std::span<const ByteView> fragments);
    /// The beginning of a DATA frame, so many octets of which are content.
    void data(bool up, const FrameHead& head, std::size_t content);
    /// A piece of that content.
    void piece(bool up, std::uint32_t id, ByteView octets);
    /// END_STREAM, at the end of its frame.
    void end(bool up, std::uint32_t id);

    /// A whole frame that is neither of a message nor unknown.
    void control(bool up, const FrameHead& head, ByteView payload);
    void unknown(bool up) { floods_.count(up, Useless::other); }

    /// The largest frame that this side may send.
    std::uint32_t frame_limit(bool up) const { return settings_[up ? 0 : 1].frame_limit(); }
    bool all_answered() const { return streams_.empty(); }
    std::uint32_t newest_stream() const { return streams_.newest_of_client(); }
    /// Whether a part of the answer on that stream has passed.
    bool is_answering(std::uint32_t id);

  private:
    /// Where the two directions stand in the arrays: what is the client's is at 1.
    static std::size_t at(bool up) { return up ? 1 : 0; }

    void headers(bool up, const Block& block, FieldViews list);
    void request(const Block& block, FieldViews list);
    void open_in_vain(std::uint32_t id, bool up);
    void answer(Stream& stream, const Block& block, FieldViews list);
    void informational(const Block& block, ResponseView view);
    void final_answer(Stream& stream, const Block& block, ResponseView view, const Message& message);
    void trailers(bool up, Stream& stream, const Block& block, FieldViews list);
    void promise(const Block& block, FieldViews list);
    void check_promise(const Block& block);
    [[noreturn]] void refuse_stream(std::uint32_t id) const;

    void rst_stream(bool up, std::uint32_t id, std::uint32_t code);
    void count_reset(bool up, const Stream* stream);
    void settings(bool up, const FrameHead& head, ByteView payload);
    void acknowledge(bool up);
    void ping(bool up, bool is_ack);
    void goaway(bool up, std::uint32_t last);
    void window_update(bool up, std::uint32_t id, std::uint32_t octets);
    void priority_update(bool up, ByteView payload);

    Exchanges& told_;
    Floods floods_;
    Streams streams_;
    std::array<Hpack, 2> hpack_;
    std::array<Settings, 2> settings_;                                 ///< that this side announced
    std::array<std::int64_t, 2> windows_{kFirstWindow, kFirstWindow};  ///< of the connection: what this side may send
    std::array<std::uint32_t, 2> pings_{};                             ///< of this side that are not acknowledged
    /// By GOAWAY of the other side: what this side opens after it is for nothing.
    std::array<std::uint32_t, 2> last_wanted_{kLargestId, kLargestId};
};

}  // namespace bascule::http::h2
