#pragma once

#include "base/bytes.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace bascule::http::websocket {

enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

using Mask = std::array<std::uint8_t, 4>;

/// The head of one frame (RFC 6455 section 5.2), gathered from any split.
class FrameHead {
  public:
    /// Takes octets off the front until the head is whole.
    void take(ByteView& octets);
    bool whole() const { return have_ == size(); }
    void restart() { have_ = 0; }

    // Once it is whole:
    bool last() const { return (octets_[0] & 0x80) != 0; }          ///< FIN
    bool compressed() const { return (octets_[0] & 0x40) != 0; }    ///< RSV1
    bool has_reserved() const { return (octets_[0] & 0x30) != 0; }  ///< RSV2, RSV3
    Opcode opcode() const { return Opcode{static_cast<std::uint8_t>(octets_[0] & 0x0f)}; }
    bool is_control() const { return (octets_[0] & 0x08) != 0; }
    bool is_masked() const { return (octets_[1] & 0x80) != 0; }
    std::uint64_t length() const;  ///< of the payload
    Mask mask() const;

    /// What is wrong with it by itself, as a sentence; empty: nothing.
    std::string_view fault(bool up) const;

  private:
    std::uint8_t short_length() const { return octets_[1] & 0x7f; }
    std::uint8_t length_octets() const;
    std::uint8_t size() const;
    bool is_known() const;
    std::string_view length_fault() const;

    std::array<std::uint8_t, 14> octets_;
    std::uint8_t have_ = 0;
};

}  // namespace bascule::http::websocket
