#pragma once

#include "base/bytes.h"
#include "base/duration.h"
#include "net/loop.h"
#include "tls/handles.h"
#include "tls/hello/downgrades.h"
#include "tls/leaf/leaf.h"
#include "tls/openssl.h"
#include "tls/session/session_cache.h"
#include "tls/verify/client_trust.h"
#include "tls/verify/trust.h"
#include "tls/verify/verify_detail.h"

#include <memory>
#include <optional>
#include <string>

namespace bascule::tls {

/// How often per minute a peer may do something that costs us more than it costs the peer.
class RateLimit {
  public:
    explicit RateLimit(std::uint32_t per_minute) : limit_(per_minute) {}
    /// Counts one; false: over the limit.
    bool allow();

  private:
    std::uint32_t limit_;
    std::uint32_t count_ = 0;
    net::Time window_{};
};

/// What a finished handshake agreed on, in IANA names.
struct Negotiated {
    std::string version, cipher, group;
    bool resumed = false;
    std::string alpn;  ///< empty: none
    std::uint16_t cipher_number = 0;
    std::uint16_t group_number = 0;  ///< 0: none, as with RSA key exchange
};

struct UpstreamPolicy;

/// Takes the secrets of a session, in the lines of SSLKEYLOGFILE.
class KeySink {
  public:
    virtual void take_key(std::string_view line) = 0;

  protected:
    ~KeySink() = default;
};

/// What one call into OpenSSL came to.
struct Step {
    enum class Kind : std::uint8_t {
        done,          ///< the handshake is complete, or `octets` were read or written
        need_input,    ///< feed() more
        close_notify,  ///< the peer ended its direction in order
        need_issuers,  ///< client, policy's `aia`: add_issuers(), then handshake() again
        failed,        ///< see Session::failure(); the session is of no more use
    } kind = Kind::done;
    std::size_t octets = 0;
};

struct Failure {
    std::optional<std::uint8_t> alert;  ///< the peer's alert
    std::string text;                   ///< OpenSSL's words
    std::string said;                   ///< the peer's first octets, as far as they are here, where they are no TLS
    bool limit = false;                 ///< we ended it: too many renegotiations or key updates
    bool no_certificate = false;        ///< we ended it: the client was to show a certificate
    std::string weak_choice;            ///< we ended it: what the origin chose, which is below the floor
};

/// One half of an intercepted connection: an SSL and nothing else. No I/O: ciphertext is fed in by reference and comes
/// out into a buffer of the caller's (both belong to the worker), so an idle session holds neither. Every OpenSSL call
/// goes through call(), which leaves this thread's error queue empty.
class Session {
  public:
    enum class Role : std::uint8_t { server, client };
    static constexpr std::uint8_t kMostIssuerRounds = 3;

    Session(SSL_CTX* context, Role role);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    // Before the handshake.
    void show_leaf(std::shared_ptr<const Leaf> leaf) { leaf_ = std::move(leaf); }
    /// Server: in TLS 1.3 it is sent in a form compressed by the first of these (RFC 8879), which the client offers.
    void compress_leaf(const std::vector<std::uint16_t>& algorithms) {
        if (!algorithms.empty()) compression_ = algorithms.front();
    }
    void answer_alpn(std::string protocol) { alpn_ = std::move(protocol); }   ///< server; empty: none is answered
    void pad_hello() { SSL_set_options(ssl_.get(), SSL_OP_TLSEXT_PADDING); }  ///< RFC 7685
    void offer_alpn(const std::vector<std::string>& protocols);
    void offer_server_name(const std::string& name);
    void at_most(int version) { SSL_set_max_proto_version(ssl_.get(), version); }
    void at_least(int version) { SSL_set_min_proto_version(ssl_.get(), version); }
    /// Server: what a ticket is good for. Nobody resumes a session that was made in another realm.
    void set_realm(const Digest& realm);
    void refuse_resumption();  ///< server: tickets and session IDs are neither given nor taken
    void answer_by(const char* ciphers) {
        SSL_set_cipher_list(ssl_.get(), ciphers);
    }  ///< OpenSSL's list, in this order
    /// Client: keeps new sessions under this key; the cache outlives us.
    void keep_in(SessionCache& cache, const Digest& key);
    /// The same, and tries to resume one of the sessions there.
    /// `other`, where not null, is a second key to look under.
    void resume_from(SessionCache& cache, const Digest& key, const Digest* other = nullptr);
    /// Client: new sessions are kept under this key as well.
    void keep_also_under(const Digest& key) { also_under_ = key; }
    /// Client: the sessions under its key are not resumed any more.
    void forget_sessions() {
        if (!sessions_) return;
        sessions_->forget(sessions_key_);
        if (also_under_) sessions_->forget(*also_under_);
    }
    bool offers_session() const { return SSL_get_session(ssl_.get()) != nullptr; }
    /// Client: fills in what our first ClientHello looks like; until the first step of the handshake is over.
    void note_ja4(std::string& into) { ja4_ = &into; }
    /// Sessions of this context hand out their secrets, where they have a sink.
    static void log_keys_of(SSL_CTX* context);
    /// The context must log keys; the sink outlives the session.
    void log_keys_to(KeySink& sink) { keys_ = &sink; }
    void expect_name(std::string name) { expected_name_ = std::move(name); }  ///< client: what verification asks for
    /// Server: the client must show a certificate of one of these CAs, made for TLS clients and valid now. Its own
    /// alert tells a client that does not: certificate_required, unknown_ca, certificate_expired...
    void ask_for_certificate(std::shared_ptr<const ClientTrust> trust);
    void limit(std::uint32_t renegotiations_per_minute, std::uint32_t key_updates_per_minute);

    /// Ciphertext that the peer sent; must live until the next call that does not return need_input has been made and
    /// unused() has been looked at.
    void feed(ByteView ciphertext) { input_ = ciphertext; }
    /// Nothing is left to be read: another read() could only ask for input.
    bool exhausted() const { return input_.empty() && SSL_has_pending(ssl_.get()) == 0; }
    /// What no call has consumed yet; afterwards nothing is fed.
    ByteView take_unused() { return std::exchange(input_, {}); }
    /// Where ciphertext for the peer is appended from now on.
    void output_to(Bytes& buffer) { output_ = &buffer; }

    Step handshake();
    Step read(std::span<std::uint8_t> plain);
    /// Only while !handshaking(). Always takes everything.
    Step write(ByteView plain);
    void close_notify();
    /// Server, TLS 1.3, after the handshake: ends the session with this fatal alert. False, or nothing in the
    /// output: there is no way to say it.
    bool raise(std::uint8_t alert);

    /// A handshake is under way (the first or a renegotiation): only reading drives it, writing must wait.
    bool handshaking() const { return SSL_in_init(ssl_.get()) != 0; }
    /// The peer has asked for a renegotiation, and what is in the output is our ClientHello.
    bool must_answer_hello_request() const {
        return handshakes_ > 0 && SSL_get_state(ssl_.get()) == TLS_ST_CW_CLNT_HELLO;
    }
    bool is_first_handshake() const { return handshakes_ == 0; }
    const Failure& failure() const { return failure_; }
    Negotiated negotiated() const;
    Agreed agreed() const;  ///< the same in numbers
    int version() const { return SSL_version(ssl_.get()); }
    /// The peer's certificate, borrowed; null before it came, and where a client was not asked.
    X509* peer_certificate() const { return SSL_get0_peer_certificate(ssl_.get()); }
    /// The one that verification did not accept, which ended the handshake, borrowed; else null.
    X509* refused_certificate() const { return refused_.get(); }
    /// Client, after a handshake that resumed a session: the checks of a full one, on the certificates that it had.
    void verify_again(const UpstreamPolicy& policy);
    /// Client, after the handshake: no OCSP answer came with the certificate, and the policy asks the responder.
    bool lacks_status(const UpstreamPolicy& policy) const;
    Bytes status_request(const UpstreamPolicy& policy) const;  ///< for the responder; empty: the issuer is not known
    Staple judge_answer(ByteView answer, const UpstreamPolicy& policy) const;
    /// What the responder said. One that speaks against the certificate is a fault as if it had been stapled, and no
    /// session is kept.
    void take_status(const Staple& answer, const UpstreamPolicy& policy);
    /// Client: the certificate promises a staple that was not asked for, or was left out of a compressed certificate
    /// (as OpenSSL's servers do), which ended the handshake: ask for it.
    bool should_have_asked_for_status() const {
        return verification_.code == kFaultNoStaple && (!asked_for_status() || certificate_compressed_);
    }
    bool asked_for_status() const { return SSL_get_tlsext_status_type(ssl_.get()) == TLSEXT_STATUSTYPE_ocsp; }
    /// Client: the certificate whose issuer is missing, while one may still be added; borrowed, else null.
    X509* lacks_issuer() const { return asks_for_issuers_ ? verification_.lacks_issuer.get() : nullptr; }
    /// Client: whether fewer issuers were added than a chain may need.
    bool may_have_more_issuers() const { return issuer_rounds_ < kMostIssuerRounds; }
    /// Client: more certificates for the chain, none of them trusted for coming this way; none: there are no more.
    void add_issuers(std::vector<CertificateHandle> issuers);
    bool resumed() const { return SSL_session_reused(ssl_.get()) != 0; }
    /// Why a client's certificate was not accepted, in OpenSSL's words; empty where it was not refused (server role).
    std::string client_fault() const;
    /// The client was asked for a certificate and showed none, which ended the handshake (server role).
    bool lacks_certificate() const { return failure_.no_certificate; }
    const Verification& verification() const { return verification_; }
    /// The origin chose a Diffie-Hellman group that is not among the published ones (client role): that its modulus is
    /// a prime, and its subgroup a large one, could not be told without a second of work.
    bool has_unknown_group() const;
    /// The peer (client role) has shown that it holds the key of its certificate: what it signed has been checked
    /// before our Finished, except with RSA key exchange, where only its own Finished shows it.
    bool peer_proved_its_key() const;
    /// We have shown our certificate; the peer (client role) has asked for ours.
    bool certificate_sent() const { return certificate_sent_; }
    bool certificate_requested() const { return certificate_requested_; }
    std::uint64_t renegotiations() const { return handshakes_ > 1 ? handshakes_ - 1 : 0; }

    // Called back by OpenSSL through the context's callbacks.
    static Session& of(const SSL* ssl);
    int on_certificate();
    int on_ticket(int* alert) const;
    int on_client_hello(int* alert);
    int on_verify(X509_STORE_CTX* chain, const UpstreamPolicy& policy) noexcept;
    int on_status(const UpstreamPolicy& policy) noexcept;
    void on_weak_choice(std::string choice) { failure_.weak_choice = std::move(choice); }
    void on_new_session(SSL_SESSION* session) noexcept;
    void on_key(const char* line) noexcept;
    static int on_client_verify(int ok, X509_STORE_CTX* chain);
    bool resumes() const { return !refuses_resumption_; }
    int on_alpn(const unsigned char** out, unsigned char* length, ByteView offered);

  private:
    template <class Call>
    Step call(Call operation);
    bool ended_in_order() const;
    ChainHandle with_issuers(STACK_OF(X509) * presented) const;
    void verify(X509* leaf, STACK_OF(X509) * presented, const UpstreamPolicy& policy);
    void check_staple(X509* leaf, const UpstreamPolicy& policy);
    void judge_by(const Staple& staple, X509* leaf, const UpstreamPolicy& policy);
    void note_status_fault(int fault, std::string_view why, X509* leaf);
    void note_staple(SSL_SESSION* session) const;
    bool compresses_leaf() const { return compression_ != 0 && version() == TLS1_3_VERSION; }
    void show_compressed_leaf() noexcept;
    void look_at_own_hello(ByteView message) noexcept;
    static BIO_METHOD* bio_method();
    static int bio_read(BIO* bio, char* into, int size);
    static int bio_write(BIO* bio, const char* from, int size);
    static long bio_control(BIO* bio, int command, long number, void* pointer);
    void end(const char* why);
    void note_record(ByteView header);
    bool has_dropped_a_change(int result) const;
    void note_version(ByteView server_hello);
    static void on_message(int write, int version, int type, const void* octets, std::size_t size, SSL* ssl,
                           void* self);

    SslHandle ssl_;
    ByteView input_;
    Bytes* output_ = nullptr;
    std::shared_ptr<const Leaf> leaf_;
    std::uint16_t compression_ = 0;  ///< the algorithm; 0: none
    std::string alpn_;
    std::string expected_name_;
    SessionCache* sessions_ = nullptr;
    Digest sessions_key_{};
    std::optional<Digest> also_under_;
    KeySink* keys_ = nullptr;
    std::string* ja4_ = nullptr;
    Verification verification_;
    WallTime chain_end_ = WallTime::max();  ///< of the certificates that a session of ours was believed by
    std::string stapled_;                   ///< what the staple said, also the one of a resumed session's beginning
    bool status_at_fault_ = false;          ///< by OCSP; also where verification had another fault before it
    bool shows_fault_ = false;              ///< the origin's fault is the client\'s to judge, each time anew
    CertificateHandle refused_;
    std::shared_ptr<const ClientTrust> client_trust_;
    std::vector<CertificateHandle> issuers_;  ///< fetched, beside what the origin sent
    Failure failure_;
    RateLimit renegotiation_limit_{3};
    RateLimit key_update_limit_{60};
    std::uint32_t handshakes_ = 0;
    bool ended_by_us_ = false;
    bool late_change_ = false;  ///< a ChangeCipherSpec came that is no record of TLS 1.3
    bool certificate_sent_ = false;
    bool certificate_requested_ = false;
    bool certificate_compressed_ = false;  ///< the peer's
    std::optional<std::uint8_t> raised_;   ///< the alert that our next ticket is to fail with
    std::uint8_t issuer_rounds_ = 0;
    std::optional<std::uint8_t>
        chosen_version_;  ///< the second octet of the one in the ServerHello, which TLS 1.3 says otherwise
    bool asks_for_issuers_ = false;
    bool no_more_issuers_ = false;
    bool refuses_resumption_ = false;
};

}  // namespace bascule::tls
