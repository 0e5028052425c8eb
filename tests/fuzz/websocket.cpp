// links: bascule_http
#include "http/websocket/watched.h"

#include <cstdlib>
#include <string>

using namespace bascule;
using namespace bascule::http;
using namespace bascule::http::websocket;

namespace {

constexpr coding::Bounds kBounds{.decoded = 1_MiB, .ratio = 100};

void check(bool holds) {
    if (!holds) std::abort();
}

/// Checks the order of what is told of one direction, and writes it down.
class Order final : public Messages {
  public:
    explicit Order(bool reads) : reads_(reads) {}

    std::string text;  ///< all but where pieces of payload are cut
    std::uint64_t messages = 0;
    bool unreadable_told = false;

    void begin(bool up, Opcode kind) override {
        note('b', up);
        check(!within_ && (kind == Opcode::text || kind == Opcode::binary));
        within_ = true;
        decoded_ = 0;
    }
    void payload(bool, ByteView octets) override {
        check(reads_ && within_ && !faulty_ && !octets.empty());
        decoded_ += octets.size();
        text += as_text(octets);
    }
    void end(bool up, const MessageEnd& message) override {
        note('e', up);
        check(within_ && (!reads_ || !message.decoded || *message.decoded == decoded_));
        within_ = false;
        ++messages;
        text += std::to_string(message.octets);
    }
    void ping(bool up, ByteView payload) override { control('p', up, as_text(payload)); }
    void pong(bool up, ByteView payload) override { control('q', up, as_text(payload)); }
    void close(bool up, std::uint16_t code, std::string_view reason) override {
        check(!closed_ && code >= 1000 && code < 5000);
        closed_ = true;
        control('c', up, reason);
    }
    void unreadable(bool up, std::string_view why) override {
        note('u', up);
        check(!unreadable_told && !why.empty());
        unreadable_told = true;
    }
    void fault(bool up, std::string_view what) override {
        note('f', up);
        check(what.contains("(RFC "));
        faulty_ = true;
        text += what;
    }

  private:
    void note(char what, bool up) {
        check(!faulty_);
        text += what;
        text += up ? '>' : '<';
    }
    void control(char what, bool up, std::string_view payload) {
        note(what, up);
        check(payload.size() <= 125);
        text += payload;
    }

    bool reads_;  ///< payload is wanted
    bool within_ = false;
    bool closed_ = false;
    bool faulty_ = false;
    std::uint64_t decoded_ = 0;
};

/// In steps of `step` octets.
Order watch(const Options& options, bool up, ByteView octets, std::size_t step) {
    Order order(options.wants_payload);
    Watched watched(order, options);
    while (!octets.empty()) {
        const auto part = octets.first(std::min(step, octets.size()));
        watched.take(up, part);
        octets = octets.subspan(part.size());
    }
    check(watched.totals(up).messages == order.messages);
    return order;
}

void check_extensions(ByteView bytes) {
    const auto agreed = parse_extensions(as_text(bytes));
    if (!agreed) return;
    check(agreed->up.window_bits >= 8 && agreed->up.window_bits <= 15);
    check(agreed->down.window_bits >= 8 && agreed->down.window_bits <= 15);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 3) return 0;
    const ByteView bytes(data, size);
    check_extensions(bytes);
    const bool up = (data[0] & 1) != 0;
    const Deflate deflate{.takeover = (data[0] & 2) != 0, .window_bits = static_cast<std::uint8_t>(8 + data[2] % 8)};
    Options options{{(data[0] & 4) != 0, deflate, deflate}, true, kBounds};
    const auto octets = bytes.subspan(3);
    const auto whole = watch(options, up, octets, octets.size());
    const auto parts = watch(options, up, octets, 1 + data[1] % 32U);
    // What is broken may be found at another octet of the compressed payload.
    check(whole.messages == parts.messages);
    check(whole.unreadable_told == parts.unreadable_told);
    if (!whole.unreadable_told) check(whole.text == parts.text);
    options.wants_payload = false;
    check(watch(options, up, octets, octets.size()).messages == whole.messages);
    return 0;
}
