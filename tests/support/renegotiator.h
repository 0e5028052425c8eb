#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>

/// A TLS peer that keeps both directions full while it renegotiates (TLS 1.2) or updates its keys (TLS 1.3), and checks
/// every octet that it gets. Neither library does I/O here: what is never refused is never left half written.
namespace renegotiator {

using Options = std::map<std::string, std::string>;  ///< `--name value`

/// What ends the connection early; the text goes to "error".
struct Failed : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// One TLS library's half of a connection.
class Peer {
  public:
    virtual ~Peer() = default;

    virtual void feed(std::span<const char> ciphertext) = 0;
    /// Octets of plaintext; 0: nothing now. Drives whatever handshake is under way. Throws Failed.
    virtual std::size_t read(std::span<char> into) = 0;
    /// Whether the library takes plaintext now: a correct peer writes none while it shakes hands.
    virtual bool may_write() = 0;
    virtual void write(std::span<const char> plain) = 0;
    /// Starts a renegotiation, or in TLS 1.3 a key update that asks the other side for one.
    virtual void renew() = 0;
    /// Renewals that this side started and that are over.
    virtual unsigned renewed() = 0;
    virtual bool shaking_hands() = 0;
    virtual void close_notify() = 0;

    std::string out;      ///< ciphertext for the other side
    bool closed = false;  ///< close_notify has come
    std::string alert;    ///< the fatal (or else the last) alert that came, other than close_notify
    unsigned key_updates_seen = 0;
    std::string version;
};

/// Options used: tls (1.2, 1.3), ca, name (client); certificate, key (server); priority (GnuTLS).
std::unique_ptr<Peer> make_openssl_peer(bool server, const Options& options);
std::unique_ptr<Peer> make_gnutls_peer(bool server, const Options& options);

}  // namespace renegotiator
