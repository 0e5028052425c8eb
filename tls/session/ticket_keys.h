#pragma once

#include "base/duration.h"
#include "tls/digest_cache.h"
#include "tls/handles.h"

#include <array>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace bascule::tls {

/// The keys of the session tickets that clients get (RFC 5077 section 4: AES-256-CBC, then HMAC-SHA-256). Made at
/// start and rotated; or read from a file that several hosts share. Never written. Shared by all contexts and workers.
class TicketKeys {
  public:
    using Clock = WallTime (*)();
    /// How long a ticket is good for, and the age at which a key of our own makes room for the next. A key is kept for
    /// as long as a ticket made with it is good.
    static constexpr Duration kTicketLife = std::chrono::hours(2);
    static constexpr Duration kRotation = std::chrono::hours(6);

    explicit TicketKeys(Clock now = steady_time);

    struct Key {
        std::array<std::uint8_t, 16> name;
        std::array<std::uint8_t, 32> mac;
        std::array<std::uint8_t, 32> cipher;
        WallTime made{};
        Key() = default;
        Key(const Key&) = default;
        Key& operator=(const Key&) = default;
        ~Key();  ///< cleansed
    };
    using Ring = std::vector<Key>;  ///< the one for new tickets first; the rest open older ones

    /// 80 octets a key (name 16, HMAC 32, AES 32), 16 keys at most. Refused if group or others can read the file.
    /// Throws Error: path, why, what to do.
    static Ring read_file(const std::string& path);

    /// From now on these, and no rotation; none: keys of our own again.
    void use(Ring shared);

    /// The key for new tickets.
    Key current();
    /// The key of that name, and whether it is the current one; nothing where it is not known (any more).
    struct Found {
        Key key;
        bool is_current = false;
    };
    std::optional<Found> find(const unsigned char* name);

    /// Lets the sessions of a server context give and take tickets. The keys outlive the context.
    void serve(SSL_CTX* context);

  private:
    void rotate(WallTime now);  ///< holding the lock

    Clock now_;
    std::mutex lock_;
    Ring ring_;  ///< the current one first
    bool shared_ = false;
};

}  // namespace bascule::tls
