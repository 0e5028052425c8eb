#pragma once

#include "proxy/learn/aging_map.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace bascule::proxy {

/// What was learned about a subject: its connections are let through undecrypted for a time.
struct LearnedEntry {
    enum class Because : std::uint8_t {
        refused,            ///< clients refused our certificate
        certificate_wanted  ///< the origin refuses who shows no client certificate
    };
    Subject subject;
    WallTime until{};
    Because because = Because::refused;
    std::string alert;        ///< "unknown_ca"; empty: it ended without one
    std::uint32_t times = 1;  ///< that it was seen before it was learned

    bool operator==(const LearnedEntry&) const = default;
};

/// "the client refused our certificate (alert unknown_ca) 2 times": for a person.
std::string text_of(const LearnedEntry& entry);

/// What is learned, in memory: shared by the workers, bounded (the least recently used goes), thread-safe. Asking costs
/// one relaxed load while nothing is learned, else a short lock.
class Learned {
  public:
    static constexpr std::size_t kMost = 16384;

    /// `told` is called after each remember(); it must not wait.
    void tell(std::function<void()> told);

    void remember(LearnedEntry entry);
    /// What is known of the name for this client, or, where `of_all`, for everybody.
    std::optional<LearnedEntry> find(const IpAddress& client, const std::string& server_name, bool of_all,
                                     WallTime now);

    /// What was remembered since the last call: to be written down.
    std::vector<LearnedEntry> take_unwritten();
    /// Nothing holds any more but these, and what has not been taken by take_unwritten() yet.
    void replace(const std::vector<LearnedEntry>& entries);

  private:
    void put(const LearnedEntry& entry) { entries_.put(entry.subject, entry, entry.until); }

    std::mutex lock_;
    AgingMap<LearnedEntry> entries_{kMost};
    std::vector<LearnedEntry> unwritten_;
    std::atomic<bool> any_{false};
    std::function<void()> told_;
};

}  // namespace bascule::proxy
