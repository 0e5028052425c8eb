#include "http/h2/frame.h"

#include <fmt/format.h>

#include <array>

namespace bascule::http::h2 {
namespace {

constexpr std::array<std::string_view, 14> kCodes{"NO_ERROR",
                                                  "PROTOCOL_ERROR",
                                                  "INTERNAL_ERROR",
                                                  "FLOW_CONTROL_ERROR",
                                                  "SETTINGS_TIMEOUT",
                                                  "STREAM_CLOSED",
                                                  "FRAME_SIZE_ERROR",
                                                  "REFUSED_STREAM",
                                                  "CANCEL",
                                                  "COMPRESSION_ERROR",
                                                  "CONNECT_ERROR",
                                                  "ENHANCE_YOUR_CALM",
                                                  "INADEQUATE_SECURITY",
                                                  "HTTP_1_1_REQUIRED"};

void append(std::string& out, std::uint32_t number, int octets) {
    for (int shift = 8 * (octets - 1); shift >= 0; shift -= 8) out += static_cast<char>(number >> shift & 0xff);
}

}  // namespace

std::string name_of_code(std::uint32_t code) {
    return code < kCodes.size() ? std::string(kCodes[code]) : fmt::format("error code {}", code);
}

std::uint32_t read_u32(ByteView octets) {
    return std::uint32_t{octets[0]} << 24 | std::uint32_t{octets[1]} << 16 | std::uint32_t{octets[2]} << 8 | octets[3];
}

std::optional<FrameHead> read_frame_head(ByteView octets) {
    if (octets.size() < kFrameHead) return std::nullopt;
    return FrameHead{.length = read_u32(octets) >> 8,
                     .type = static_cast<Type>(octets[3]),
                     .flags = octets[4],
                     .stream = read_id(octets.subspan(5))};
}

std::string empty_settings() {
    std::string out(kFrameHead, '\0');
    out[3] = static_cast<char>(Type::settings);
    return out;
}

std::string goaway(std::uint32_t last_stream, std::uint32_t code, std::string_view debug) {
    std::string out;
    append(out, static_cast<std::uint32_t>(8 + debug.size()), 3);
    append(out, static_cast<std::uint32_t>(Type::goaway), 1);
    append(out, 0, 1);
    append(out, 0, 4);
    append(out, last_stream, 4);
    append(out, code, 4);
    return out.append(debug);
}

}  // namespace bascule::http::h2
