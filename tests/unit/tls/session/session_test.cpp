#include "tls/session/session.h"

#include "tests/support/catch.h"
#include "tests/support/library.h"
#include "tests/support/tls_peer.h"

#include <malloc.h>
#include <openssl/err.h>

#include <random>
#include <set>

using namespace bascule;
using namespace bascule::tls;
using namespace bascule::test;
using test::Contains;
using Kind = Step::Kind;

namespace {

const TlsWorld& world() {
    static const TlsWorld made;
    return made;
}

/// A session of ours and a peer, joined by the test without any stream.
class Talk {
  public:
    Talk(Session& session, TlsPeer& peer, std::size_t piece = SIZE_MAX)
        : session_(session), peer_(peer), piece_(piece) {
        session_.output_to(out_);
    }

    /// Carries octets to and fro, in pieces, until nothing moves any more or the session has ended.
    Step::Kind run() {
        while (true) {
            advance({});
            const Bytes from_peer = carry();
            for (ByteView rest(from_peer); !rest.empty() && !ended();
                 rest = rest.subspan(std::min(piece_, rest.size()))) {
                advance(rest.first(std::min(piece_, rest.size())));
            }
            if (ended() || (from_peer.empty() && out_.empty())) break;
        }
        carry();
        return last_;
    }
    std::string heard;

  private:
    bool ended() const { return last_ == Kind::failed || last_ == Kind::close_notify; }
    Bytes carry() {
        for (ByteView rest(out_); !rest.empty(); rest = rest.subspan(std::min(piece_, rest.size()))) {
            peer_.receive(rest.first(std::min(piece_, rest.size())));
        }
        out_.clear();
        return peer_.go_on();
    }
    void advance(ByteView ciphertext) {
        session_.feed(ciphertext);
        if (!done_) {
            last_ = session_.handshake().kind;
            done_ = last_ == Kind::done;
        }
        while (done_) {
            std::array<std::uint8_t, 17 * 1024> plain{};
            const Step step = session_.read(plain);
            last_ = step.kind;
            if (last_ != Kind::done) break;
            heard += as_text(ByteView(plain).first(step.octets));
        }
        session_.take_unused();
    }

    Session& session_;
    TlsPeer& peer_;
    std::size_t piece_;
    Bytes out_;
    bool done_ = false;
    Step::Kind last_ = Kind::need_input;
};

/// Ours as the server, before a client.
struct ServerSide {
    explicit ServerSide(int version = TLS1_3_VERSION) : peer(TlsPeer::Role::client, nullptr, version) {
        session.show_leaf(world().leaf());
    }
    ClientLegContexts contexts{nullptr};
    Session session{contexts.for_answer({}), Session::Role::server};
    TlsPeer peer;
};

/// Ours as the client, before an origin.
struct ClientSide {
    explicit ClientSide(int version = TLS1_3_VERSION, const Issued& shown = world().origin, bool enforce = true)
        : context(world().upstream_context(enforce)), peer(TlsPeer::Role::server, &shown, version) {
        session.expect_name("app.example");
        session.offer_server_name("app.example");
    }
    std::unique_ptr<UpstreamContext> context;
    Session session{context_of(*context).get(), Session::Role::client};
    TlsPeer peer;
};

constexpr int kCertificate = 11;
constexpr int kCompressedCertificate = 25;        // RFC 8879 section 4
constexpr std::size_t kMostSaid = (1 << 24) - 1;  // the size of the message that it was

/// The kinds of handshake messages that a peer says and hears.
void note_messages(SSL* ssl, std::set<int>& kinds) {
    SSL_set_msg_callback(ssl, [](int, int, int type, const void* octets, std::size_t, SSL*, void* into) {
        if (type != SSL3_RT_HANDSHAKE) return;
        static_cast<std::set<int>*>(into)->insert(*static_cast<const unsigned char*>(octets));
    });
    SSL_set_msg_callback_arg(ssl, &kinds);
}

/// A certificate of some size; of `one` octet repeated, nearly all of it can be compressed away, and of others nothing.
Issued certificate_of_size(std::size_t octets, bool one = true) {
    Bytes comment{0x16, 0x83};  // IA5String, with a length of three octets
    for (const unsigned shift : {16U, 8U, 0U}) comment.push_back(static_cast<std::uint8_t>(octets >> shift));
    std::minstd_rand noise;
    for (std::size_t i = 0; i < octets; ++i) comment.push_back(one ? 'x' : static_cast<std::uint8_t>(noise() >> 8));
    CertificateSpec spec{.common_name = "app.example", .names = {"app.example"}, .extensions = {}};
    spec.extensions.push_back({NID_netscape_comment, false, "", comment});
    return issue(spec, &world().root);
}

/// Ours as the client that offers compression, before an origin that takes it.
struct CompressingOrigin {
    explicit CompressingOrigin(const Issued& shown) : peer(TlsPeer::Role::server, &shown) {
        note_messages(peer.ssl(), messages);
        session.expect_name("app.example");
    }
    static ClientHello hello() {
        ClientHello made;
        made.versions = {TLS1_3_VERSION};
        made.compressions = {kZlib};
        return made;
    }
    Kind run() { return Talk(session, peer).run(); }

    std::set<int> messages;
    UpstreamContext context{{.verifier = world().verifier()}};
    Session session{context.shape_for(hello(), {}).context.get(), Session::Role::client};
    TlsPeer peer;
};

template <class Side>
void check_in_pieces(int version, std::size_t piece) {
    Side side(version);
    side.peer.say("hello");
    Talk talk(side.session, side.peer, piece);
    CHECK(talk.run() == Kind::need_input);
    CHECK(side.peer.ready());
    CHECK(talk.heard == "hello");
    CHECK(side.session.write(as_bytes("and hello")).kind == Kind::done);
    talk.run();
    CHECK(side.peer.heard == "and hello");
}

}  // namespace

TEST_CASE("a handshake may be cut into pieces of any size, in both roles and versions") {
    const int version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    const std::size_t piece = GENERATE(1U, 2U, 3U, 5U, 7U, 64U, 1000U, 65536U);
    check_in_pieces<ServerSide>(version, piece);
    check_in_pieces<ClientSide>(version, piece);
}

TEST_CASE("a finished handshake is told in IANA names") {
    ClientSide side(TLS1_2_VERSION);
    CHECK(Talk(side.session, side.peer).run() == Kind::need_input);
    const auto agreed = side.session.negotiated();
    CHECK(agreed.version == "TLSv1.2");
    CHECK(agreed.cipher == SSL_CIPHER_standard_name(SSL_get_current_cipher(side.peer.ssl())));
    CHECK_THAT(agreed.cipher, test::StartsWith("TLS_ECDHE_ECDSA_"));
    CHECK(agreed.group == "x25519");
    CHECK_FALSE(agreed.resumed);
    CHECK(agreed.alpn.empty());
    CHECK(side.session.verification().ok());
    CHECK(ERR_peek_error() == 0);
}

TEST_CASE("the client is answered the ALPN that was asked for, where it offered it, and none otherwise") {
    const auto answered = [](const std::string& answer, const std::vector<std::string>& offered) {
        ServerSide side;
        side.session.answer_alpn(answer);
        if (!offered.empty()) side.peer.offer_alpn(offered);
        CHECK(Talk(side.session, side.peer).run() == Kind::need_input);
        CHECK(side.peer.ready());
        const unsigned char* name = nullptr;
        unsigned length = 0;
        SSL_get0_alpn_selected(side.peer.ssl(), &name, &length);
        const std::string seen(as_text({name, length}));
        CHECK(side.session.negotiated().alpn == seen);
        return seen;
    };
    CHECK(answered("h2", {"h2", "http/1.1"}) == "h2");
    CHECK(answered("http/1.1", {"h2", "http/1.1"}) == "http/1.1");
    CHECK(answered("", {"h2", "http/1.1"}).empty());
    CHECK(answered("h2", {}).empty());
    CHECK(answered("h3", {"h2"}).empty());
}

TEST_CASE("the origin's choice of ALPN is known") {
    ClientSide side;
    side.session.offer_alpn({"h2", "http/1.1"});
    side.peer.choose_alpn("http/1.1");
    CHECK(Talk(side.session, side.peer).run() == Kind::need_input);
    CHECK(side.session.negotiated().alpn == "http/1.1");
}

TEST_CASE("a session capped at TLS 1.2 agrees on no more, in both roles") {
    ServerSide server;
    server.session.at_most(TLS1_2_VERSION);
    CHECK(Talk(server.session, server.peer).run() == Kind::need_input);
    CHECK(server.session.negotiated().version == "TLSv1.2");
    ClientSide client;
    client.session.at_most(TLS1_2_VERSION);
    CHECK(Talk(client.session, client.peer).run() == Kind::need_input);
    CHECK(client.session.negotiated().version == "TLSv1.2");
}

TEST_CASE("an origin that is not verified gets the alert that fits, and the failure says what was wrong") {
    SECTION("a root that nobody trusts") {
        const auto stranger = make_root("Stranger");
        const auto shown = issue({.common_name = {}, .names = {"app.example"}, .extensions = {}}, &stranger);
        ClientSide side(TLS1_3_VERSION, shown);
        CHECK(Talk(side.session, side.peer).run() == Kind::failed);
        CHECK(side.peer.alert == SSL_AD_UNKNOWN_CA);
    }
    SECTION("another name") {
        const auto shown = issue({.common_name = {}, .names = {"other.example"}, .extensions = {}}, &world().root);
        ClientSide side(TLS1_2_VERSION, shown);
        CHECK(Talk(side.session, side.peer).run() == Kind::failed);
        CHECK(side.peer.alert == SSL_AD_BAD_CERTIFICATE);
        CHECK(side.session.verification().code == X509_V_ERR_HOSTNAME_MISMATCH);
    }
    SECTION("expired") {
        CertificateSpec spec{.common_name = {}, .names = {"app.example"}, .extensions = {}};
        spec.end = std::chrono::system_clock::now() - std::chrono::hours(1);
        const auto shown = issue(spec, &world().root);
        ClientSide side(TLS1_3_VERSION, shown);
        CHECK(Talk(side.session, side.peer).run() == Kind::failed);
        CHECK(side.peer.alert == SSL_AD_CERTIFICATE_EXPIRED);
        CHECK_THAT(side.session.failure().text, Contains("certificate verify failed"));
        CHECK_FALSE(side.session.failure().alert);
    }
    CHECK(ERR_peek_error() == 0);
}

TEST_CASE("without enforcement the fault is known and the handshake goes on") {
    const auto stranger = make_root("Stranger");
    const auto shown = issue({.common_name = {}, .names = {"app.example"}, .extensions = {}}, &stranger);
    ClientSide side(TLS1_3_VERSION, shown, false);
    CHECK(Talk(side.session, side.peer).run() == Kind::need_input);
    CHECK(side.peer.ready());
    CHECK_FALSE(side.session.verification().ok());
}

TEST_CASE("an alert from the peer is told by its number") {
    // The client trusts nothing: our leaf is unknown to it.
    ServerSide side(GENERATE(TLS1_2_VERSION, TLS1_3_VERSION));
    SSL_set_verify(side.peer.ssl(), SSL_VERIFY_PEER, nullptr);
    CHECK(Talk(side.session, side.peer).run() == Kind::failed);
    CHECK(side.session.failure().alert == SSL_AD_UNKNOWN_CA);
    CHECK_THAT(side.session.failure().text, Contains("unknown ca"));
    CHECK_FALSE(side.session.failure().limit);
}

TEST_CASE("a server without a leaf refuses, and says so") {
    ServerSide side;
    side.session.show_leaf(nullptr);
    CHECK(Talk(side.session, side.peer).run() == Kind::failed);
    CHECK(side.peer.alert.has_value());
}

TEST_CASE("a client that is asked for a certificate must show one of those CAs") {
    const int version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    const auto root = make_root("Staff");
    const TemporaryDirectory directory;
    const auto trust = ClientTrust::load(directory.write("staff.pem", to_pem(root.x509())));
    CertificateSpec spec{.common_name = "Ann", .names = {}, .extended_key_usage = "clientAuth", .extensions = {}};
    ServerSide side(version);
    side.session.ask_for_certificate(trust);
    Talk talk(side.session, side.peer);
    SECTION("none") {
        CHECK(talk.run() == Kind::failed);
        CHECK(side.session.lacks_certificate());
        CHECK(side.session.refused_certificate() == nullptr);
        CHECK(side.peer.alert == (version == TLS1_3_VERSION ? 116 : SSL_AD_HANDSHAKE_FAILURE));
    }
    SECTION("one of another CA") {
        const auto stranger = issue(spec);
        SSL_use_certificate(side.peer.ssl(), stranger.x509());
        SSL_use_PrivateKey(side.peer.ssl(), stranger.key.get());
        CHECK(talk.run() == Kind::failed);
        CHECK_FALSE(side.session.lacks_certificate());
        REQUIRE(side.session.refused_certificate());
        CHECK(X509_cmp(side.session.refused_certificate(), stranger.x509()) == 0);
        CHECK(side.session.client_fault() == "self-signed certificate");
        CHECK(side.peer.alert == SSL_AD_UNKNOWN_CA);
    }
    SECTION("a good one, also when the client renegotiates") {
        const auto ann = issue(spec, &root);
        SSL_use_certificate(side.peer.ssl(), ann.x509());
        SSL_use_PrivateKey(side.peer.ssl(), ann.key.get());
        CHECK(talk.run() == Kind::need_input);
        REQUIRE(side.session.peer_certificate());
        CHECK(X509_cmp(side.session.peer_certificate(), ann.x509()) == 0);
        if (version == TLS1_2_VERSION) {
            side.peer.renegotiate();
            CHECK(talk.run() == Kind::need_input);
            CHECK(side.session.renegotiations() == 1);
        }
    }
    CHECK(ERR_peek_error() == 0);
}

TEST_CASE("what is not TLS fails with words") {
    ServerSide side;
    Bytes out;
    side.session.output_to(out);
    side.session.feed(as_bytes("GET / HTTP/1.1\r\nHost: app.example\r\n\r\n"));
    CHECK(side.session.handshake().kind == Kind::failed);
    CHECK_THAT(side.session.failure().text, Contains("http request"));
    CHECK(ERR_peek_error() == 0);
}

TEST_CASE("one session's errors reach no other") {
    ServerSide healthy;
    Talk talk(healthy.session, healthy.peer);
    CHECK(talk.run() == Kind::need_input);
    ServerSide broken;
    Bytes out;
    broken.session.output_to(out);
    broken.session.feed(as_bytes("garbage that is certainly no record"));
    CHECK(broken.session.handshake().kind == Kind::failed);
    // Someone else's mess as well: a call that asks SSL_get_error without clearing first would take it for its own.
    ERR_put_error(ERR_LIB_SSL, 0, SSL_R_BAD_LENGTH, __FILE__, __LINE__);
    healthy.peer.say("still fine");
    CHECK(talk.run() == Kind::need_input);
    CHECK(talk.heard == "still fine");
    CHECK(healthy.session.failure().text.empty());
    CHECK(ERR_peek_error() == 0);
}

TEST_CASE("writing nothing is nothing, and a large write becomes many records at once") {
    ServerSide side;
    Talk talk(side.session, side.peer);
    talk.run();
    CHECK(side.session.write({}).kind == Kind::done);
    const std::string large(300'000, 'x');
    CHECK(side.session.write(as_bytes(large)).kind == Kind::done);
    talk.run();
    CHECK(side.peer.heard == large);
}

TEST_CASE("the end of one direction leaves the other open") {
    const int version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    SECTION("theirs") {
        ServerSide side(version);
        Talk talk(side.session, side.peer);
        talk.run();
        side.peer.close();
        CHECK(talk.run() == Kind::close_notify);
        CHECK(side.session.write(as_bytes("one more word")).kind == Kind::done);
        talk.run();
        CHECK(side.peer.heard == "one more word");
    }
    SECTION("ours") {
        ServerSide side(version);
        Talk talk(side.session, side.peer);
        talk.run();
        side.session.close_notify();
        side.session.close_notify();  // once more does no harm
        talk.run();
        CHECK(side.peer.closed);
        side.peer.say("one more word");
        CHECK(talk.run() == Kind::need_input);
        CHECK(talk.heard == "one more word");
    }
}

TEST_CASE("renegotiations are counted, and the one above the limit is answered by a fatal alert") {
    ServerSide side(TLS1_2_VERSION);
    side.session.limit(2, 60);
    Talk talk(side.session, side.peer);
    talk.run();
    for (unsigned round = 1; round <= 2; ++round) {
        side.peer.renegotiate();
        CHECK(talk.run() == Kind::need_input);
        CHECK_FALSE(side.session.handshaking());
        CHECK(side.session.renegotiations() == round);
    }
    side.peer.renegotiate();
    CHECK(talk.run() == Kind::failed);
    CHECK(side.session.failure().limit);
    CHECK(side.session.failure().text == "too many renegotiations");
    CHECK(side.peer.alert == SSL_AD_NO_RENEGOTIATION);
}

TEST_CASE("a HelloRetryRequest is no renegotiation") {
    ServerSide side;
    side.session.limit(0, 0);
    SSL_set1_groups_list(side.peer.ssl(), "X448:P-256");  // sends a share of a group that we do not have
    CHECK(Talk(side.session, side.peer).run() == Kind::need_input);
    CHECK(side.peer.ready());
    CHECK(side.session.negotiated().group == "secp256r1");
    CHECK(side.session.renegotiations() == 0);
}

TEST_CASE("key updates are counted, and too many are answered by a fatal alert") {
    ServerSide side;
    side.session.limit(0, 5);
    Talk talk(side.session, side.peer);
    talk.run();
    for (int round = 0; round < 5; ++round) {
        side.peer.update_keys(true);
        CHECK(talk.run() == Kind::need_input);
    }
    CHECK_FALSE(side.peer.failed);
    side.peer.update_keys(true);
    CHECK(talk.run() == Kind::failed);
    CHECK(side.session.failure().limit);
    CHECK(side.session.failure().text == "too many key updates");
    CHECK(side.peer.alert.has_value());
}

TEST_CASE("a hundred key updates in both directions carry every octet") {
    ClientSide side;
    side.session.limit(0, 1000);
    Talk talk(side.session, side.peer);
    talk.run();
    std::string said;
    for (int round = 0; round < 100; ++round) {
        side.peer.update_keys(round % 2 == 0);
        const std::string text = "round " + std::to_string(round) + ";";
        said += text;
        side.peer.say(text);
        CHECK(side.session.write(as_bytes(text)).kind == Kind::done);
        CHECK(talk.run() == Kind::need_input);
    }
    CHECK(talk.heard == said);
    CHECK(side.peer.heard == said);
}

TEST_CASE("a client that offers it gets the leaf compressed, where the library can") {
    const auto sent = [](int version, const std::vector<std::uint16_t>& offered) {
        ServerSide side(version);
        auto leaf = std::make_shared<Leaf>();
        const auto shown = certificate_of_size(4096);
        leaf->certificate = share(shown.x509());
        leaf->key = share(shown.key.get());
        side.session.show_leaf(leaf);
        side.session.compress_leaf(offered);
        std::set<int> messages;
        note_messages(side.peer.ssl(), messages);
        CHECK(Talk(side.session, side.peer).run() == Kind::need_input);
        CHECK(side.peer.ready());
        CHECK(side.session.certificate_sent());
        CHECK(X509_cmp(SSL_get0_peer_certificate(side.peer.ssl()), shown.x509()) == 0);
        if (!offered.empty()) CHECK(leaf->compressed(offered.front()).octets.size() < 2048);
        return messages;
    };
    const int form = has_certificate_compression() ? kCompressedCertificate : kCertificate;
    CHECK(compressions().empty() != has_certificate_compression());
    CHECK(sent(TLS1_3_VERSION, compressions()).contains(form));
    CHECK(sent(TLS1_3_VERSION, {}).contains(kCertificate));
    CHECK(sent(TLS1_2_VERSION, compressions()).contains(kCertificate));
}

TEST_CASE("a form that would not be smaller is none") {
    CertificateSpec spec;
    spec.common_name = "x";
    if (has_ml_dsa()) spec.key = "ML-DSA-65";  // five kilobytes of key and signature
    const auto noise = issue(spec);
    CHECK(compress_certificate(noise.x509(), nullptr, kZstd).octets.empty());
    CHECK(compress_certificate(noise.x509(), nullptr, 77).octets.empty());
}

TEST_CASE("a session has no copy of the compressed leaf once it has shaken hands") {
    constexpr std::size_t size = 64 << 10;
    const auto shown = certificate_of_size(size, false);
    auto leaf = std::make_shared<Leaf>();
    leaf->certificate = share(shown.x509());
    leaf->key = share(shown.key.get());
    const auto held = [&](const std::vector<std::uint16_t>& offered) {
        const ClientLegContexts contexts(nullptr);
        Session session(contexts.for_answer({}), Session::Role::server);
        session.show_leaf(leaf);
        session.compress_leaf(offered);
        {
            TlsPeer peer(TlsPeer::Role::client, nullptr);
            CHECK(Talk(session, peer).run() == Kind::need_input);
            CHECK(peer.ready());
        }
        return mallinfo2().uordblks;
    };
    held(compressions());  // the leaf has its forms from here on
    const auto without = held({});
    CHECK(held(compressions()) < without + size / 2);
}

TEST_CASE("what an origin has compressed is read, up to the size that its certificates may have") {
    const auto large = certificate_of_size(400 << 10);
    CompressingOrigin origin(large);
    compress_certificate(origin.peer.ssl());
    CHECK(origin.run() == Kind::need_input);
    CHECK(origin.peer.ready());
    CHECK(origin.messages.contains(has_certificate_compression() ? kCompressedCertificate : kCertificate));

    const auto too_large = certificate_of_size(600 << 10);
    CompressingOrigin other(too_large);
    compress_certificate(other.peer.ssl());
    CHECK(other.run() == Kind::failed);
    CHECK_FALSE(other.peer.ready());
}

TEST_CASE("a compressed certificate that swells is refused") {
    const std::size_t said = GENERATE(as<std::size_t>{}, kMostSaid, 1001U, 999U);
    const std::size_t content = GENERATE(as<std::size_t>{}, kMostSaid, 1000U);
    CompressingOrigin origin(world().origin);
    pretend_certificate(origin.peer.ssl(), Bytes(content, 0), said);
    const bool can = has_certificate_compression();  // else nothing was asked to be compressed
    CHECK(origin.run() == (can ? Kind::failed : Kind::need_input));
    if (can)
        CHECK(origin.session.failure().text == (said == kMostSaid ? "excessive message size" : "bad decompression"));
    CHECK(origin.peer.ready() != can);
}
