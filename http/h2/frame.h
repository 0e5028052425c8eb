#pragma once

#include "base/bytes.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The framing of HTTP/2 (RFC 9113 sections 3.4, 4 and 7): what stands in front of every payload.
namespace bascule::http::h2 {

/// What a client sends first.
inline constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

inline constexpr std::size_t kFrameHead = 9;
inline constexpr std::uint32_t kLargestId = 0x7fffffff;
inline constexpr std::uint32_t kLargestWindow = 0x7fffffff;

enum class Type : std::uint8_t {
    data,
    headers,
    priority,
    rst_stream,
    settings,
    push_promise,
    ping,
    goaway,
    window_update,
    continuation,
    priority_update = 16,  ///< RFC 9218
};

inline constexpr std::uint8_t kEndStream = 0x01;
inline constexpr std::uint8_t kAck = 0x01;
inline constexpr std::uint8_t kEndHeaders = 0x04;
inline constexpr std::uint8_t kPadded = 0x08;
inline constexpr std::uint8_t kPriority = 0x20;

enum class Code : std::uint32_t {
    no_error,
    protocol_error,
    internal_error,
    flow_control_error,
    settings_timeout,
    stream_closed,
    frame_size_error,
    refused_stream,
    cancel,
    compression_error,
    connect_error,
    enhance_your_calm,
};

/// CANCEL; of one that RFC 9113 section 7 does not have: "error code 99".
std::string name_of_code(std::uint32_t code);

struct FrameHead {
    std::uint32_t length = 0;  ///< of the payload
    Type type{};               ///< perhaps none of those above
    std::uint8_t flags = 0;
    std::uint32_t stream = 0;

    bool has(std::uint8_t flag) const { return (flags & flag) != 0; }
    std::size_t size() const { return kFrameHead + length; }
};

std::uint32_t read_u32(ByteView octets);  ///< of at least four
/// Without the reserved bit before it.
inline std::uint32_t read_id(ByteView octets) {
    return read_u32(octets) & kLargestId;
}

/// Nothing: fewer than nine octets.
std::optional<FrameHead> read_frame_head(ByteView octets);

/// The octets of SETTINGS that announce nothing.
std::string empty_settings();

/// The octets of a GOAWAY (RFC 9113 section 6.8), to be put between two frames.
std::string goaway(std::uint32_t last_stream, std::uint32_t code, std::string_view debug);

}  // namespace bascule::http::h2
