#pragma once

#include "net/relay.h"
#include "proxy/starttls/dialect.h"
#include "tls/hello/client_hello.h"

#include <memory>
#include <optional>

namespace bascule::proxy {

/// Watches a relay in the clear for the point where TLS begins: where a dialect says so, and, with `detect`, at a
/// ClientHello of either side. What could still become one is held back: up to timeouts.first_bytes of silence before
/// its first six octets say that it is one, and timeouts.peek for the whole of it.
class WatchedBeginning final : public net::Watcher {
  public:
    WatchedBeginning(net::EventLoop& loop, std::optional<config::StartTls> dialect, bool detect,
                     const config::Timeouts& patience);

    std::size_t admit(bool up, ByteView octets) override;
    void ended(bool up) override;
    net::Time hold_until(bool up) const override;
    bool stops() const override { return found_ || agreed(); }

    /// Why the relay stopped: both sides agreed on TLS in the dialect, and the client's ClientHello is to come.
    bool agreed() const { return dialect_ && dialect_->state() == Dialect::State::agreed; }
    /// Otherwise a ClientHello stands first in what was put back, of the client (true) or of the upstream.
    bool found_up() const { return found_.value_or(true); }

  private:
    struct Side {
        tls::HelloReader reader;
        std::size_t held = 0;    ///< octets that may become a hello
        net::Time since{};       ///< their first one came
        net::Time latest{};      ///< their last one
        std::uint64_t said = 0;  ///< since the other side said something
    };

    bool may_be_hello(bool up, ByteView octets);
    Side& side(bool up) { return up ? up_ : down_; }

    net::EventLoop& loop_;
    Duration first_bytes_, peek_;
    std::unique_ptr<Dialect> dialect_;
    bool detect_;
    Side up_, down_;
    std::optional<bool> found_;
};

}  // namespace bascule::proxy
