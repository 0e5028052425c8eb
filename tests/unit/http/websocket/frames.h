#pragma once

#include "http/websocket/watched.h"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

/// Frames as either side writes them, and what is told of them.
namespace bascule::test {

constexpr int kFin = 0x80;
constexpr int kRsv1 = 0x40;

inline std::string big_endian(std::uint64_t number, int octets) {
    std::string out;
    for (int i = octets - 1; i >= 0; --i) out += static_cast<char>(number >> (8 * i));
    return out;
}

inline std::string head(int first, std::uint64_t length, bool masked) {
    const int mask_bit = masked ? 0x80 : 0;
    std::string out(1, static_cast<char>(first));
    if (length < 126) return out + static_cast<char>(mask_bit | static_cast<int>(length));
    if (length <= 0xffff) return out + static_cast<char>(mask_bit | 126) + big_endian(length, 2);
    return out + static_cast<char>(mask_bit | 127) + big_endian(length, 8);
}

/// The origin's.
inline std::string down(int first, std::string_view payload) {
    return head(first, payload.size(), false) + std::string(payload);
}

/// The client's.
inline std::string up(int first, std::string_view payload) {
    const std::string mask = "\x37\xfa\x21\x3d";
    auto out = head(first, payload.size(), true) + mask;
    for (std::size_t i = 0; i < payload.size(); ++i) out += static_cast<char>(payload[i] ^ mask[i % 4]);
    return out;
}

inline std::string frame(bool is_up, int first, std::string_view payload) {
    return is_up ? up(first, payload) : down(first, payload);
}

/// Writes down what it is told; pieces of payload joined.
class Story final : public http::websocket::Messages {
  public:
    std::vector<std::string> lines;
    std::size_t largest = 0;  ///< piece of payload

    void begin(bool up, http::websocket::Opcode kind) override {
        add("{} {}", side(up), kind == http::websocket::Opcode::text ? "text" : "binary");
    }
    void payload(bool up, ByteView octets) override {
        const auto start = fmt::format("{} = ", side(up));
        if (lines.empty() || !lines.back().starts_with(start)) lines.push_back(start);
        lines.back() += as_text(octets);
        largest = std::max(largest, octets.size());
    }
    void end(bool up, const http::websocket::MessageEnd& message) override {
        add("{} end {} {}", side(up), message.octets, message.decoded ? fmt::format("{}", *message.decoded) : "?");
    }
    void ping(bool up, ByteView payload) override { add("{} ping {}", side(up), as_text(payload)); }
    void pong(bool up, ByteView payload) override { add("{} pong {}", side(up), as_text(payload)); }
    void close(bool up, std::uint16_t code, std::string_view reason) override {
        add("{} close {} {}", side(up), code, reason);
    }
    void unreadable(bool up, std::string_view why) override { add("{} unreadable: {}", side(up), why); }
    void fault(bool up, std::string_view what) override { add("{} fault: {}", side(up), what); }

  private:
    static std::string_view side(bool up) { return up ? ">" : "<"; }
    template <class... Args>
    void add(fmt::format_string<Args...> format, Args&&... args) {
        lines.push_back(fmt::format(format, std::forward<Args>(args)...));
    }
};

using Lines = std::vector<std::string>;

/// A WebSocket that is watched, and what is told of it.
class Feed {
  public:
    explicit Feed(std::string_view extensions = "", bool wants_payload = true, http::coding::Bounds bounds = {})
        : watched(story, {*http::websocket::parse_extensions(extensions), wants_payload, bounds}) {}

    Feed& take(bool up, std::string_view octets) {
        watched.take(up, as_bytes(octets));
        return *this;
    }
    Feed& one_by_one(bool up, std::string_view octets) {
        for (const char& octet : octets) take(up, {&octet, 1});
        return *this;
    }

    Story story;
    http::websocket::Watched watched;
};

inline Lines told(bool up, std::string_view octets, std::string_view extensions = "") {
    return Feed(extensions).take(up, octets).story.lines;
}

}  // namespace bascule::test
