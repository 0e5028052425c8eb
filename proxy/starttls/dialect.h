#pragma once

#include "base/bytes.h"
#include "config/config.h"

#include <memory>

namespace bascule::proxy {

/// A protocol that begins in the clear and turns into TLS, followed from outside: what both sides say goes in, where
/// the one and the other must wait comes out. Pure. Whatever the split of the octets, and however long a line or a
/// message is, at most some KiB are kept.
class Dialect {
  public:
    enum class State : std::uint8_t {
        plain,    ///< nobody has asked for TLS, or the server refused
        asked,    ///< the client asked: what it says after that waits for the server's answer
        agreed,   ///< the next octets of the client are a ClientHello; the server says nothing before it
        foreign,  ///< TLS does not come any more in a form that is understood here
    };

    virtual ~Dialect() = default;

    /// Reads on in what one side says, `up` for the client. How many of the octets come before the point from where
    /// that side has to wait: all of them, as long as there is no such point. The others are read again later.
    std::size_t read(bool up, ByteView octets);
    State state() const { return state_; }

  protected:
    /// At least one octet further, up to all of them; sets state_ with the octet that changes it.
    virtual std::size_t read_some(bool up, ByteView octets) = 0;

    State state_ = State::plain;
};

std::unique_ptr<Dialect> make_dialect(config::StartTls dialect);

// By family.
std::unique_ptr<Dialect> make_line_dialect(config::StartTls dialect);    ///< smtp, ftp, nntp, pop3
std::unique_ptr<Dialect> make_tagged_dialect(config::StartTls dialect);  ///< imap, sieve: lines with literals
std::unique_ptr<Dialect> make_packet_dialect(config::StartTls dialect);  ///< postgres, mysql, ldap
std::unique_ptr<Dialect> make_xmpp_dialect();

/// Whether the server says the first word: a client that is silent waits for it.
bool server_speaks_first(config::StartTls dialect);

}  // namespace bascule::proxy
