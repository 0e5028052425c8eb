#pragma once

#include "inspect/exchange.h"
#include "inspect/record.h"

#include <atomic>
#include <chrono>
#include <string>

namespace bascule::inspect {

/// What has passed so far, in one line: `12 exchanges, 2 with an error status, 1 failed, 3.4 kB up, 1.2 MB down, 5.2
/// s`. From any thread.
class Tally {
  public:
    void add(const ExchangeRecord& record);
    void add(const WebSocketRecord& record);
    /// That it failed; its octets where it came to no exchange.
    void add(const ConnectionRecord& record);

    bool nothing() const { return exchanges_ == 0 && failed_ == 0; }
    std::string text() const;

  private:
    void add(const ExchangeEnd& end, std::uint64_t up, std::uint64_t down);

    std::atomic<std::uint64_t> exchanges_ = 0, of_error_ = 0, failed_ = 0, up_ = 0, down_ = 0;
    std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
};

}  // namespace bascule::inspect
