#pragma once

#include "inspect/message.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace bascule::inspect {

/// Exchanges as HAR 1.2 (HarFile), by a thread of its own with a bounded queue: a worker never waits for a disk. A file
/// that was moved away is made anew. What cannot be written is counted, and told once until it can be. Thread-safe.
class HarLog {
  public:
    using Complain = void (*)(void* context, std::string_view message);
    /// `version`: of the program, for the file.
    HarLog(std::string version, Complain complain, void* context);
    ~HarLog();  ///< writes what waits
    HarLog(const HarLog&) = delete;

    void add(const std::string& path, HarExchange exchange);
    void flush();
    std::uint64_t dropped() const;  ///< entries

  private:
    struct Thread;
    std::unique_ptr<Thread> thread_;
};

}  // namespace bascule::inspect
