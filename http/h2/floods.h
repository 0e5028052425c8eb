#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace bascule::http::h2 {

/// The monotonic clock, or a test's.
using Now = std::chrono::steady_clock::time_point (*)();

/// Frames that cost their receiver work and get nobody any further.
enum class Useless : std::uint8_t {
    settings,
    ping,
    window_update,
    priority,
    empty_data,
    reset_by_client,
    reset_by_origin,
    late,
    other,
    informational,
};
inline constexpr std::size_t kUselessKinds = 10;

/// Counts useless frames against the useful ones among which they come, over spans of ten seconds or somewhat more.
/// What a real peer sends grows with its traffic and stays far below the limits; a flood is little else than itself.
class Floods {
  public:
    explicit Floods(Now now) : now_(now), began_(now()) {}

    /// Throws Bad where there are too many of that kind.
    void count(bool up, Useless kind);
    void opened();
    void head() { useful(1); }
    void data(std::size_t octets) { useful(1 + static_cast<std::uint32_t>(octets >> 10)); }

  private:
    using Counts = std::array<std::uint32_t, kUselessKinds>;
    void useful(std::uint32_t units);
    bool start_over();
    std::uint64_t allowed(Useless kind) const;

    Now now_;
    std::chrono::steady_clock::time_point began_;
    std::array<Counts, 2> counts_{};
    std::uint64_t useful_ = 0;   ///< heads and frames of content, more for larger ones
    std::uint64_t opened_ = 0;   ///< exchanges
    std::uint64_t look_at_ = 0;  ///< the number of useful ones at which the clock is looked at
};

}  // namespace bascule::http::h2
