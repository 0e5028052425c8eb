#pragma once

#include "base/bytes.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace bascule::http::h2 {

/// Of each stream and of the connection, where nobody says otherwise (RFC 9113 section 6.9.2).
inline constexpr std::uint32_t kFirstWindow = 65535;

enum class Side : std::uint8_t { client, origin };

/// How the table of the other side's encoder may change: first not above `smallest`, then up to `last`.
struct TableSize {
    std::uint32_t smallest;
    std::uint32_t last;
};

/// What one side announces about itself (RFC 9113 section 6.5). What it allows counts as soon as it is announced; what
/// it forbids, or shrinks, once the other side has acknowledged it.
class Settings {
  public:
    /// The payload of one SETTINGS. Throws Bad.
    void announce(Side by, ByteView payload);
    /// The other side acknowledges the oldest that it has not yet.
    std::optional<TableSize> acknowledged();

    /// The largest frame that this side takes. One that it takes back later is its own to refuse: nothing is held here.
    std::uint32_t frame_limit() const { return frame_limit_; }
    /// The largest window of a stream that the other side may believe to begin with: it may not know the newest yet.
    std::uint32_t stream_window() const;
    bool allows_push() const { return allows_push_; }
    bool extended_connect() const { return extended_connect_; }

  private:
    struct InFlight {
        std::optional<TableSize> table;
        std::optional<bool> push;
        std::optional<std::uint32_t> window;  ///< the largest
        std::uint32_t last_window = 0;
    };
    void take(Side by, InFlight& announced, std::uint16_t name, std::uint32_t value);
    static void take_window(InFlight& announced, std::uint32_t value);
    void take_push(Side by, InFlight& announced, std::uint32_t value);
    void take_frame_limit(std::uint32_t value);

    std::vector<InFlight> in_flight_;  ///< the oldest first
    std::uint32_t frame_limit_ = 16384;
    std::uint32_t window_ = kFirstWindow;
    bool allows_push_ = true;
    bool extended_connect_ = false;
};

}  // namespace bascule::http::h2
