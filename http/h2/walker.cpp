#include "http/h2/walker.h"

#include "base/text.h"
#include "http/h2/bad.h"
#include "http/h2/block.h"
#include "http/h2/connection.h"

#include <fmt/format.h>

#include <algorithm>

namespace bascule::http::h2 {
namespace {

// Of a frame that is held until it is whole; SETTINGS and GOAWAY are some dozen octets.
constexpr std::uint32_t kLargestControl = 16_KiB;

/// A frame of which a part has passed.
struct Passing {
    std::uint32_t stream = 0;
    std::size_t content = 0;  ///< octets to come; what follows them is not told
    std::size_t filling = 0;
    bool ends_stream = false;

    std::size_t left() const { return content + filling; }
};

struct Way {
    bool prefaced = false;  ///< the client's preface has passed
    bool greeted = false;   ///< SETTINGS have, as the first frame
    bool in_head = false;   ///< what is held is of a header block
    bool finished = false;  ///< nothing follows
    Passing passing;
    std::uint32_t stream = 0;  ///< of the frame at hand
};

/// Octets into frames.
class WatchedH2 final : public Walker {
  public:
    WatchedH2(Exchanges& told, Now now) : connection_(told, now) { down_.prefaced = true; }

    void begin_upgraded(bool is_head, ByteView settings);

    std::size_t admit(bool up, ByteView octets) override;
    void ended(bool up, bool) override { way(up).finished = true; }
    bool all_whole() const override { return connection_.all_answered(); }
    bool in_head(bool up) const override { return way(up).in_head; }
    const std::optional<Fault>& fault() const override { return fault_; }

    std::string last_words(const Fault& fault, bool to_client) const override;

  private:
    Way& way(bool up) { return up ? up_ : down_; }
    const Way& way(bool up) const { return up ? up_ : down_; }
    std::size_t step(bool up, ByteView octets);
    std::size_t wait(bool up) const;
    std::size_t take_preface(ByteView octets);
    std::size_t take_frame(bool up, const FrameHead& head, ByteView octets);
    std::size_t take_block(bool up, ByteView octets);
    std::size_t take_control(bool up, const FrameHead& head, ByteView octets);
    std::size_t begin_data(bool up, const FrameHead& head, ByteView octets);
    std::size_t begin_unknown(bool up, const FrameHead& head);
    std::size_t pass(bool up, ByteView octets);
    std::size_t pass_content(bool up, ByteView octets);
    void end_frame(bool up);
    void check_frame(bool up, const FrameHead& head);
    void fail(bool up, const Bad& bad, ByteView octets);
    Fault::Answer answer_due(std::uint32_t stream);

    Connection connection_;
    Way up_, down_;
    std::vector<ByteView> fragments_;  ///< of the header block at hand
    std::optional<Fault> fault_;
};

void WatchedH2::begin_upgraded(bool is_head, ByteView settings) try {
    connection_.upgraded(is_head, settings);
} catch (const Bad& bad) {
    fail(true, bad, {});
}

std::size_t WatchedH2::admit(bool up, ByteView octets) {
    std::size_t passed = 0;
    try {
        while (passed < octets.size() && !fault_) {
            const auto some = step(up, octets.subspan(passed));
            if (some == 0) break;
            passed += some;
        }
    } catch (const Bad& bad) {
        fail(up, bad, octets.subspan(passed));
    }
    return passed;
}

void WatchedH2::fail(bool up, const Bad& bad, ByteView octets) {
    const auto stream = way(up).stream;
    fault_ = Fault{.kind = bad.kind,
                   .up = up,
                   .what = stream == 0 ? bad.what : fmt::format("stream {}: {}", stream, bad.what),
                   .quote = escape(as_text(octets).substr(0, kFrameHead)),  // no more: fields hold secrets
                   .status = up ? 400 : 502,
                   .code = static_cast<std::uint32_t>(bad.code),
                   .answer = answer_due(stream),
                   .exchange = stream == 0 ? std::nullopt : std::optional(stream)};
}

Fault::Answer WatchedH2::answer_due(std::uint32_t stream) {
    if (connection_.is_answering(stream)) return Fault::Answer::begun;
    return connection_.all_answered() && stream == 0 ? Fault::Answer::none : Fault::Answer::due;
}

/// Only between two frames of that direction (RFC 9113 section 6.8). A client that has not heard of the origin yet is
/// greeted first.
std::string WatchedH2::last_words(const Fault& fault, bool to_client) const {
    const Way& towards = way(!to_client);
    const bool greets = to_client && !towards.greeted;
    if ((!towards.greeted && !greets) || towards.passing.left() > 0) return {};
    const auto last = to_client ? connection_.newest_stream() : 0;
    return (greets ? empty_settings() : std::string()) + goaway(last, fault.code, fault.what);
}

std::size_t WatchedH2::step(bool up, ByteView octets) {
    Way& from = way(up);
    if (!from.prefaced) return take_preface(octets);
    if (from.passing.left() > 0) return pass(up, octets);
    from.in_head = false;
    from.stream = 0;
    const auto head = read_frame_head(octets);
    if (!head) return wait(up);
    from.stream = head->stream;
    check_frame(up, *head);
    return take_frame(up, *head, octets);
}

/// For the rest of what is held.
std::size_t WatchedH2::wait(bool up) const {
    if (way(up).finished) refuse("the connection ends within a frame (RFC 9113 section 4.1)");
    return 0;
}

std::size_t WatchedH2::take_preface(ByteView octets) {
    const auto text = as_text(octets).substr(0, kPreface.size());
    if (!kPreface.starts_with(text)) refuse("what the client sends first is not HTTP/2 (RFC 9113 section 3.4)");
    if (text.size() < kPreface.size()) return wait(true);
    up_.prefaced = true;
    return kPreface.size();
}

void WatchedH2::check_frame(bool up, const FrameHead& head) {
    if (head.length > connection_.frame_limit(up))
        refuse("a frame is larger than its receiver allows (RFC 9113 section 4.2)", Code::frame_size_error);
    if (!way(up).greeted && (head.type != Type::settings || head.has(kAck)))
        refuse("the first frame is not SETTINGS (RFC 9113 section 3.4)");
}

std::size_t WatchedH2::take_frame(bool up, const FrameHead& head, ByteView octets) {
    switch (head.type) {
        case Type::data:
            return begin_data(up, head, octets);
        case Type::headers:
        case Type::push_promise:
            return take_block(up, octets);
        case Type::continuation:
            refuse("CONTINUATION continues nothing (RFC 9113 section 6.10)");
        case Type::priority:
        case Type::rst_stream:
        case Type::settings:
        case Type::ping:
        case Type::goaway:
        case Type::window_update:
        case Type::priority_update:
            return take_control(up, head, octets);
        default:
            return begin_unknown(up, head);
    }
}

std::size_t WatchedH2::take_block(bool up, ByteView octets) {
    if (way(up).stream == 0) refuse("HEADERS or PUSH_PROMISE is of no stream (RFC 9113 section 6.2)");
    way(up).in_head = true;
    const auto block = find_block(octets, connection_.frame_limit(up), fragments_);
    if (!block) return wait(up);
    connection_.block(up, *block, fragments_);
    way(up).in_head = false;
    return block->size;
}

std::size_t WatchedH2::take_control(bool up, const FrameHead& head, ByteView octets) {
    if (head.length > kLargestControl) flooded("a frame that is neither a head nor content is larger than 16 KiB");
    if (octets.size() < head.size()) return wait(up);
    connection_.control(up, head, octets.subspan(kFrameHead, head.length));
    way(up).greeted = true;
    return head.size();
}

// --- Frames that pass in pieces ------------------------------------------------------------------------------------

std::size_t WatchedH2::begin_data(bool up, const FrameHead& head, ByteView octets) {
    const std::size_t begun = kFrameHead + (head.has(kPadded) ? 1 : 0);
    if (begun > head.size()) refuse("DATA is too short for its padding (RFC 9113 section 6.1)", Code::frame_size_error);
    if (octets.size() < begun) return wait(up);
    const std::size_t filling = head.has(kPadded) ? octets[kFrameHead] : 0;
    if (begun + filling > head.size()) refuse("the padding is longer than its frame (RFC 9113 section 6.1)");
    const auto content = head.size() - begun - filling;
    connection_.data(up, head, content);
    way(up).passing = {head.stream, content, filling, head.has(kEndStream)};
    if (content + filling == 0) end_frame(up);
    return begun;
}

std::size_t WatchedH2::begin_unknown(bool up, const FrameHead& head) {
    connection_.unknown(up);
    way(up).passing = {0, 0, head.length, false};
    return kFrameHead;
}

std::size_t WatchedH2::pass(bool up, ByteView octets) {
    auto& passing = way(up).passing;
    if (passing.content > 0) return pass_content(up, octets);
    const auto some = std::min(octets.size(), passing.filling);
    passing.filling -= some;
    if (passing.left() == 0) end_frame(up);
    return some;
}

std::size_t WatchedH2::pass_content(bool up, ByteView octets) {
    auto& passing = way(up).passing;
    const auto piece = octets.first(std::min(octets.size(), passing.content));
    passing.content -= piece.size();
    connection_.piece(up, passing.stream, piece);
    if (passing.left() == 0) end_frame(up);
    return piece.size();
}

void WatchedH2::end_frame(bool up) {
    const auto [stream, content, filling, ends_stream] = way(up).passing;
    if (ends_stream) connection_.end(up, stream);
}

}  // namespace

std::unique_ptr<Walker> make_walker(Exchanges& told, Now now) {
    return std::make_unique<WatchedH2>(told, now);
}

std::unique_ptr<Walker> make_upgraded_walker(Exchanges& told, bool is_head, ByteView settings, Now now) {
    auto walker = std::make_unique<WatchedH2>(told, now);
    walker->begin_upgraded(is_head, settings);
    return walker;
}

}  // namespace bascule::http::h2
