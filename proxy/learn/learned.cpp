#include "proxy/learn/learned.h"

#include <fmt/format.h>

namespace bascule::proxy {

std::string text_of(const LearnedEntry& entry) {
    const auto times = entry.times == 1 ? std::string() : fmt::format(" {} times", entry.times);
    if (entry.because == LearnedEntry::Because::certificate_wanted) {
        return fmt::format("the origin refused us without a client certificate (alert {}){}", entry.alert, times);
    }
    const std::string_view who = entry.subject.client ? "the client" : "clients";
    return entry.alert.empty() ? fmt::format("{} closed at once after our certificate{}", who, times)
                               : fmt::format("{} refused our certificate (alert {}){}", who, entry.alert, times);
}

void Learned::tell(std::function<void()> told) {
    const std::scoped_lock lock(lock_);
    told_ = std::move(told);
}

void Learned::remember(LearnedEntry entry) {
    std::function<void()> told;
    {
        const std::scoped_lock lock(lock_);
        told = told_;
        put(entry);
        // Who writes them down may be behind, or there may be nobody.
        if (unwritten_.size() < kMost) unwritten_.push_back(std::move(entry));
        any_.store(true, std::memory_order_relaxed);
    }
    if (told) told();  // without the lock: it makes a system call
}

std::optional<LearnedEntry> Learned::find(const IpAddress& client, const std::string& server_name, bool of_all,
                                          WallTime now) {
    if (!any_.load(std::memory_order_relaxed)) return std::nullopt;
    Subject subject{.client = client, .server_name = server_name};
    const std::scoped_lock lock(lock_);
    const auto* found = entries_.find(subject, now);
    if (!found && of_all) {
        subject.client.reset();
        found = entries_.find(subject, now);
    }
    return found ? std::optional(*found) : std::nullopt;
}

std::vector<LearnedEntry> Learned::take_unwritten() {
    const std::scoped_lock lock(lock_);
    return std::exchange(unwritten_, {});
}

void Learned::replace(const std::vector<LearnedEntry>& entries) {
    const std::scoped_lock lock(lock_);
    entries_.clear();
    for (const auto& entry : entries) put(entry);
    for (const auto& entry : unwritten_) put(entry);
    any_.store(entries_.size() > 0, std::memory_order_relaxed);
}

}  // namespace bascule::proxy
