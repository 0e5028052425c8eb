#include "proxy/upstream_leg.h"

#include "proxy/advice.h"
#include "proxy/client_leg.h"
#include "proxy/fetch/issuers.h"
#include "proxy/fetch/statuses.h"
#include "proxy/learn/lessons.h"
#include "proxy/reach.h"
#include "tls/alert.h"
#include "tls/hash_fields.h"
#include "tls/x509/certificate.h"

#include <algorithm>

namespace bascule::proxy {
namespace {

using Kind = tls::HandshakeResult::Kind;
constexpr std::uint16_t kPadding = 21;  // RFC 7685: it comes and goes with the length of a hello, and is no shape
constexpr std::uint16_t kSessionTicket = 35;

void note_certificate(Connection& connection, const tls::Session& session) {
    X509* certificate = session.refused_certificate() ? session.refused_certificate() : session.peer_certificate();
    const auto& verification = session.verification();
    if (!certificate || verification.word.empty() || !connection.services.shared.log.wants_records()) return;
    const auto text = tls::described(certificate, verification.leaf);
    connection.record.certificate = inspect::CertificateFacts{.fingerprint = text->fingerprint,
                                                              .subject = text->subject,
                                                              .issuer = text->issuer,
                                                              .not_after = text->not_after,
                                                              .verify = verification.word,
                                                              .ocsp = verification.ocsp,
                                                              .forged_serial = {}};
}

/// Everything that a session with an origin must not be carried across.
/// `to` is the address with its port, or without.
tls::Digest session_key(const Connection& connection, const tls::Digest& shape, const std::string& to) {
    const bool shared = connection.settings->upstream->resumption == config::Resumption::shared;
    tls::Sha256 hash;
    hash.add(connection.policy->upstream_for(*connection.settings).digest()).add(shape);
    tls::add_text(hash, shared ? std::string() : connection.source.ip.text());
    tls::add_text(hash, to);
    tls::add_text(hash, connection.server_name);
    return hash.finish();
}

/// FTPS: a data connection that would resume the control connection's session, on another port, is to have its session
/// with the origin as well: servers demand it (vsftpd's require_ssl_reuse), to know that both are one client's.
/// A client that takes no tickets and brings no session is a new one to the origin each time.
void resume(const Connection& connection, tls::Session& session, const tls::Digest& shape) {
    constexpr std::uint16_t implicit_ftps = 990;
    const bool control = connection.began_in_the_clear || connection.target.port == implicit_ftps;
    auto& sessions = connection.services.shared.sessions;
    const auto of_host = session_key(connection, shape, connection.connected->ip.text());
    const auto of_port = session_key(connection, shape, connection.record.destination);
    const auto& hello = *connection.hello;
    if (hello.offers_session || hello.has_extension(kSessionTicket)) {
        session.resume_from(sessions, of_port, hello.offers_session && !control ? &of_host : nullptr);
    } else if (control) {
        session.keep_in(sessions, of_port);
    }
    if (control) session.keep_also_under(of_host);
}

std::unique_ptr<tls::Session> make_session(Connection& connection, const tls::UpstreamContext::Shape& shape) {
    const auto& hello = *connection.hello;
    auto session = std::make_unique<tls::Session>(shape.context.get(), tls::Session::Role::client);
    if (!hello.server_name.empty()) session->offer_server_name(connection.server_name);
    if (hello.has_extension(kPadding)) session->pad_hello();
    session->offer_alpn(hello.alpn);
    session->expect_name(connection.server_name);
    connection.log_keys(*session, connection.upstream_keys, "upstream");
    session->limit(UINT32_MAX, UINT32_MAX);  // the limits are for what clients start
    if (connection.settings->upstream->resumption != config::Resumption::off && !connection.reversed) {
        resume(connection, *session, shape.digest);
    }
    return session;
}

/// What our hello looks like: known from one that looked the same, or to be seen as it is sent, and told to the context
/// then (what is returned).
std::optional<tls::UpstreamContext::Look> note_ja4(Connection& connection, const tls::UpstreamContext& context,
                                                   const tls::Digest& shape, tls::Session& session) {
    if (!connection.services.shared.log.wants_records()) return std::nullopt;
    tls::UpstreamContext::Look look{.shape = shape,
                                    .named = !connection.hello->server_name.empty(),
                                    .offers_session = session.offers_session(),
                                    .padded = connection.hello->has_extension(kPadding),
                                    .alpn = connection.hello->alpn};
    auto& ja4 = connection.record.upstream_ja4;
    ja4 = context.known_ja4(look);
    if (!ja4.empty()) return std::nullopt;
    session.note_ja4(ja4);
    return look;
}

/// The same for the client: its version, and its suite and group where the client's hello has them.
tls::Answer answer_as(const tls::Negotiated& agreed, const Connection& connection) {
    const auto& groups = connection.hello->groups;
    const bool has_group = std::ranges::find(groups, agreed.group_number) != groups.end();
    return {.version = connection.upstream_tls->session().version(),
            .cipher = agreed.cipher_number,
            .group = has_group ? agreed.group_number : std::uint16_t{0},
            .legacy = connection.settings->upstream->legacy,
            .log_keys = connection.settings->keys.has_value()};
}

/// The handshake. A resumed one is verified like a full one.
net::Task<tls::HandshakeResult> handshake(Connection& connection) {
    auto& stream = *connection.upstream_tls;
    auto& session = stream.session();
    const auto& policy = connection.policy->upstream_for(*connection.settings).policy();
    auto result = co_await handshake_with_issuers(connection, stream);
    if (result.kind != Kind::done || !session.resumed()) co_return result;
    session.verify_again(policy);
    while (session.lacks_issuer()) {
        co_await add_missing_issuers(connection, session);
        session.verify_again(policy);
    }
    co_return result;
}

using Asking = tls::UpstreamContext::Asking;

/// One handshake on the connection that is there.
net::Task<tls::HandshakeResult> attempt(Connection& connection, Asking asking) {
    const auto& context = connection.policy->upstream_for(*connection.settings);
    const auto shape = context.shape_for(*connection.hello, asking);
    connection.upstream_tls =
        std::make_unique<tls::TlsStream>(connection.loop, *connection.upstream, make_session(connection, shape));
    const auto unseen = note_ja4(connection, context, shape.digest, connection.upstream_tls->session());
    auto result = co_await connection.during(inspect::Step::upstream_handshake,
                                             {connection.timeouts().handshake, "timeouts.handshake"},
                                             &connection.record.timings.upstream_handshake, handshake(connection));
    if (unseen) context.learn_ja4(*unseen, connection.record.upstream_ja4);
    auto& session = connection.upstream_tls->session();
    if (result.kind == Kind::done && lacks_status(connection, session)) {
        co_await connection.during(inspect::Step::upstream_handshake, {kStatusLimit, "upstream.ocsp"},
                                   &connection.record.timings.upstream_handshake, settle_status(connection, session));
    }
    co_return result;
}

/// Why the origin's handshake failed, as the ending that the client is told.
[[noreturn]] void throw_upstream_failure(Connection& connection, const tls::HandshakeResult& result) {
    const auto& verification = connection.upstream_tls->session().verification();
    if (result.kind == Kind::ended) {
        const bool reset = connection.upstream_tls->ending() == net::Ending::reset;
        throw Ended(By::upstream, reset ? How::reset : How::truncated,
                    fmt::format("{} {} during its TLS handshake", connection.record.destination,
                                reset ? "reset the connection" : "closed the connection"));
    }
    if (result.kind == Kind::alert) {
        const auto meaning = meaning_of_origin_alert(connection, result.alert);
        const auto learned = note_origin_alert(connection, result.alert);
        throw Ended(By::upstream, How::alert,
                    fmt::format("the origin refused the handshake (alert {}){}{}{}", tls::alert_name(result.alert),
                                meaning.empty() ? "" : ": ", meaning, learned))
            .with_alert(result.alert);
    }
    if (connection.upstream_tls->session().refused_certificate()) {
        const auto alert = tls::alert_for_verification(verification.code);
        throw Ended(By::proxy, How::unverified,
                    fmt::format("{}; {}", verification.detail, advice_on_certificate(verification.code)))
            .with_alert(static_cast<std::uint8_t>(alert));
    }
    throw Ended(By::upstream, How::error, meaning_of_failure(connection, connection.upstream_tls->session().failure()));
}

[[noreturn]] void throw_unknown_group(const Connection& connection) {
    throw Ended(
        By::proxy, How::error,
        fmt::format("{} exchanges keys over a Diffie-Hellman group of its own, which may be no group at all; let "
                    "it use ECDHE, or one of RFC 7919",
                    connection.record.destination));
}

/// A session was resumed that was made with certificates which are not accepted (any more): the origin may have others
/// by now, which only a full handshake shows.
bool resumed_in_vain(const Connection& connection, const tls::HandshakeResult& result) {
    const auto& session = connection.upstream_tls->session();
    return result.kind == Kind::done && session.resumed() && !session.verification().ok() &&
           connection.settings->upstream->verify != config::Verify::off;
}

bool relayed_nothing(const Connection& connection) {
    return connection.traffic.up + connection.traffic.down == 0;
}

/// An origin as it is remembered: its name and its port.
std::string origin_of(const Connection& connection) {
    return fmt::format("{}:{}", connection.server_name, connection.connected->port);
}

void note_weak_choice(Connection& connection, std::string_view choice) {
    connection.add_reason(
        fmt::format("the origin chose {}, which is not allowed, and was offered less than the client offers", choice));
}

/// What the client offers is offered whole where the origin can be asked again, and may choose well.
Asking asking_for(Connection& connection) {
    const auto& context = connection.policy->upstream_for(*connection.settings);
    const auto choice = context.weak_choice(origin_of(connection));
    if (!choice.empty()) note_weak_choice(connection, choice);
    return {.log_keys = connection.settings->keys.has_value(),
            .for_status = context.promises_staple(connection.server_name),
            .whole = choice.empty() && context.policy().mirror_hello && relayed_nothing(connection)};
}

/// The origin chose what it was offered with the whole hello, but is not allowed: it is remembered.
bool chose_badly(Connection& connection, Asking asking) {
    const auto& choice = connection.upstream_tls->session().failure().weak_choice;
    if (!asking.whole || choice.empty()) return false;
    connection.policy->upstream_for(*connection.settings).learn_weak_choice(origin_of(connection), choice);
    note_weak_choice(connection, choice);
    return true;
}

/// Another handshake, on another connection to the same address.
net::Task<tls::HandshakeResult> attempt_again(Connection& connection, Asking asking) {
    co_await reconnect_upstream(connection);
    auto result = co_await attempt(connection, asking);
    co_return result;
}

/// Handshakes, again where an origin is to be asked otherwise.
net::Task<tls::HandshakeResult> attempts(Connection& connection) {
    const auto& context = connection.policy->upstream_for(*connection.settings);
    auto asking = asking_for(connection);
    auto result = co_await attempt(connection, asking);
    if (result.kind != Kind::done && chose_badly(connection, asking)) {
        asking.whole = false;
        result = co_await attempt_again(connection, asking);
    }
    if (result.kind != Kind::done && connection.upstream_tls->session().should_have_asked_for_status()) {
        context.learn_promise(connection.server_name);
        if (!relayed_nothing(connection)) throw_upstream_failure(connection, result);
        asking.for_status = true;
        result = co_await attempt_again(connection, asking);
    }
    if (resumed_in_vain(connection, result)) {
        connection.upstream_tls->session().forget_sessions();
        if (relayed_nothing(connection)) result = co_await attempt_again(connection, asking);
    }
    co_return result;
}

}  // namespace

inspect::TlsFacts facts_of(tls::Negotiated agreed) {
    return {.version = std::move(agreed.version),
            .cipher = std::move(agreed.cipher),
            .group = std::move(agreed.group),
            .resumed = agreed.resumed};
}

// Declared noinline, as the client's: the compiler would lay the frame of the handshake into intercept's own, where it
// would take 1.6 KB for as long as the connection is relayed.
net::Task<void> shake_hands_upstream(Connection& connection) {
    const auto result = co_await attempts(connection);
    auto& session = connection.upstream_tls->session();
    note_certificate(connection, session);
    if (result.kind != Kind::done || session.refused_certificate()) throw_upstream_failure(connection, result);
    if (session.has_unknown_group()) throw_unknown_group(connection);
    if (shows_fault(connection)) connection.add_reason("verify: mirror: " + session.verification().detail);
    auto agreed = session.negotiated();
    connection.answer = answer_as(agreed, connection);
    connection.record.alpn = agreed.alpn;
    connection.record.upstream_tls = facts_of(std::move(agreed));
}

}  // namespace bascule::proxy
