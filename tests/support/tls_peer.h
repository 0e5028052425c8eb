#pragma once

#include "net/pipe.h"
#include "tests/support/certificates.h"
#include "tls/leaf/leaf.h"
#include "tls/session/client_leg_context.h"
#include "tls/session/upstream_context.h"
#include "tls/verify/trust.h"

#include <memory>
#include <optional>
#include <string>

namespace bascule::test {

/// A root, an origin's certificate for app.example, and what either role of ours needs of them.
struct TlsWorld {
    Issued root = make_root();
    Issued origin = issue({.common_name = "app.example", .names = {"app.example"}, .extensions = {}}, &root);

    std::shared_ptr<const tls::Verifier> verifier() const;
    /// Trusts the root.
    std::unique_ptr<tls::UpstreamContext> upstream_context(bool enforce = true) const;
    std::shared_ptr<const tls::Leaf> leaf() const;
};

/// What sessions are made from for a client that offers TLS 1.2 and 1.3.
std::shared_ptr<SSL_CTX> context_of(const tls::UpstreamContext& upstream);

/// The far end of a connection: OpenSSL alone, on memory, so that it owes nothing to the code under test.
class TlsPeer {
  public:
    enum class Role : std::uint8_t { client, server };

    /// A server shows `shown`; TLS 1.2 alone where `version` says so.
    TlsPeer(Role role, const Issued* shown, int version = TLS1_3_VERSION);

    SSL* ssl() const { return ssl_.get(); }
    void offer_alpn(const std::vector<std::string>& protocols);
    /// Server: the protocol it chooses, where offered.
    void choose_alpn(std::string protocol);

    /// Ciphertext that came.
    void receive(ByteView ciphertext);
    /// Goes on with whatever can go on, and returns the ciphertext that is to be sent.
    Bytes go_on();
    /// The same, with the far end of a pipe. Whether anything has moved.
    bool go_on(net::PipeEnd& wire);

    /// Sent as soon as no handshake is under way.
    void say(std::string_view text) { to_say_ += text; }
    /// Begins a renegotiation: by a HelloRequest (server) or a ClientHello (client).
    void renegotiate();
    void update_keys(bool ask_for_the_same);
    void close() { SSL_shutdown(ssl()); }

    bool ready() const { return SSL_is_init_finished(ssl()) == 1; }
    std::string heard;
    bool closed = false;               ///< a close_notify came
    std::optional<int> alert;          ///< a fatal alert that came
    bool failed = false;               ///< OpenSSL has given up
    bool renegotiating = false;        ///< asked for, not completed
    std::uint64_t renegotiations = 0;  ///< completed

  private:
    static void on_info(const SSL* ssl, int where, int result);
    void hear();

    tls::ContextHandle context_;
    tls::SslHandle ssl_;
    std::string alpn_;
    std::string to_say_;
};

}  // namespace bascule::test
