#pragma once

#include "tls/digest_cache.h"
#include "tls/hello/offer.h"
#include "tls/leaf/leaf.h"
#include "tls/verify/trust.h"

#include <memory>
#include <string>
#include <vector>

namespace bascule::tls {

/// What is made of OCSP answers. `staple`: a stapled one that does not hold, or says anything but good, is refused, and
/// so is a certificate that promises one and comes without. Where none was stapled, `ask` and `require` ask the
/// responder that the certificate names: one that says revoked or unknown is believed, and `require` refuses where
/// there is no good answer either way.
enum class Ocsp : std::uint8_t { off, staple, ask, require };

struct UpstreamPolicy {
    std::shared_ptr<const Verifier> verifier;
    bool enforce = true;
    bool show_faults = false;  ///< verify: mirror: a session with a fault is the client's to judge, and not resumed
    int minimum_version = TLS1_2_VERSION;
    bool legacy = false;
    bool mirror_hello = true;
    bool resume = true;           ///< sessions are kept and used again
    bool ask_for_status = false;  ///< the origin is asked for an OCSP answer whatever the client asks for
    Ocsp ocsp = Ocsp::staple;
    bool aia = false;  ///< the handshake waits where an issuer is missing (Step::Kind::need_issuers)
    std::shared_ptr<const Leaf> identity{};  ///< shown to an origin that asks for a client certificate
};

/// The leg to the origin, where we are the client: a context for each shape of hello, made when it is first needed.
class UpstreamContext {
  public:
    using Clock = WallTime (*)();
    explicit UpstreamContext(UpstreamPolicy policy, Clock now = steady_time);
    UpstreamContext(const UpstreamContext&) = delete;  // OpenSSL holds a pointer into it

    /// What sessions with origins are made from, for a client that sent `hello`. Bounded: contexts of shapes that were
    /// not used for long are made anew.
    struct Shape {
        std::shared_ptr<SSL_CTX> context;
        Digest digest{};  ///< of what makes the shape
    };
    struct Asking {
        bool log_keys = false;
        bool for_status = false;
        /// Offers all that the client offers, and refuses what is below the floor (none with `legacy`).
        bool whole = false;
    };
    Shape shape_for(const ClientHello& hello, Asking asking) const;

    /// Whether the origin of this name is known to show a certificate that promises a staple (RFC 7633): then it is
    /// asked for one, although the client did not.
    bool promises_staple(const std::string& server_name) const;
    void learn_promise(const std::string& server_name) const;

    /// What the origin of this name and port chose below the floor when it was offered that, in the last hour: it is
    /// not to be offered it again. Empty: nothing that is known.
    std::string weak_choice(const std::string& origin) const;
    void learn_weak_choice(const std::string& origin, const std::string& choice) const;

    /// The JA4 that a hello of this shape was seen to have, by everything that changes it; empty: not known yet.
    /// `offers_session`: it tries to resume one.
    struct Look {
        Digest shape;
        bool named = false;
        bool offers_session = false;
        bool padded = false;
        std::vector<std::string> alpn;
    };
    std::string known_ja4(const Look& look) const;
    void learn_ja4(const Look& look, const std::string& ja4) const;

    const UpstreamPolicy& policy() const { return policy_; }
    /// Of what a verdict about an origin, and whom it takes us for, depends on.
    const Digest& digest() const { return digest_; }

  private:
    ContextHandle make(const Offer& offer, bool log_keys) const;

    UpstreamPolicy policy_;
    Clock now_;
    Digest digest_;
    mutable DigestCache<std::shared_ptr<SSL_CTX>> contexts_;
    mutable DigestCache<std::string> ja4_;
    struct Promise {};
    mutable DigestCache<Promise> promises_;
    mutable DigestCache<std::string> weak_choices_;
};

}  // namespace bascule::tls
