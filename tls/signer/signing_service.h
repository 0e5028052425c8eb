#pragma once

#include "tls/handles.h"
#include "tls/signer/authority.h"
#include "tls/signer/signer_messages.h"
#include "tls/signer/tbs_check.h"

#include <chrono>
#include <map>
#include <memory>
#include <string>

namespace bascule::tls {

/// So many at once, and so many a second for good.
class TokenBucket {
  public:
    using Clock = std::chrono::steady_clock;
    TokenBucket(double burst, double per_second) : burst_(burst), per_second_(per_second), left_(burst) {}
    bool take(Clock::time_point now);

  private:
    double burst_;
    double per_second_;
    double left_;
    Clock::time_point filled_{};
};

/// What the signer process does: it holds the CAs' keys, and signs what passes its own check (tls/signer/tbs_check.h).
/// No I/O but the files that load() reads. Each key is cleansed when its last load has been released.
class SigningService {
  public:
    using Clock = TokenBucket::Clock::time_point (*)();
    /// Far above what clients cause by themselves: connections to names that were never seen before.
    static constexpr double kBurst = 10'000;
    static constexpr double kPerSecond = 2'000;
    /// More are not held: a daemon has one per `ca` of its configuration, and per reload while connections last.
    static constexpr std::size_t kMostAuthorities = 1'000;

    explicit SigningService(TokenBucket rate = {kBurst, kPerSecond}, Clock now = TokenBucket::Clock::now);
    ~SigningService();
    SigningService(const SigningService&) = delete;

    enum class From : std::uint8_t { control, worker };  ///< workers may ask for signatures only
    /// The answer as a frame; empty where there is none.
    Bytes answer(const signing::Message& message, From from);
    std::size_t authorities() const { return authorities_.size(); }

  private:
    struct Entry;
    Bytes sign(const signing::Message& message);
    Bytes load(const signing::Message& message);
    void release(const signing::Message& message);
    std::uint32_t keep(CertificateAndKey loaded, const Digest& identity, Duration longest);

    TokenBucket rate_;
    Clock now_;
    std::map<std::uint32_t, std::unique_ptr<Entry>> authorities_;
    std::uint32_t next_ = 1;
};

/// Keeps keys in memory that is locked and surrounded by guard pages (OpenSSL's secure heap), where the system lets
/// us. At the start of a process, once.
void use_locked_heap();

}  // namespace bascule::tls
