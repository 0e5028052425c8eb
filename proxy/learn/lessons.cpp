#include "proxy/learn/lessons.h"

#include "tls/alert.h"

#include <algorithm>
#include <array>

namespace bascule::proxy {
namespace {

using Because = LearnedEntry::Because;

// A client that refuses without an alert leaves within so long of the handshake's end.
constexpr Duration kAtOnce = std::chrono::seconds(2);
// How long it is remembered that an origin wants a client certificate, where `learn` does not say.
constexpr Duration kRememberWanted = std::chrono::hours(24);

/// RFC 8446 section 6.2: bad_certificate, unsupported_certificate, certificate_unknown, unknown_ca. Not
/// certificate_expired, which speaks of a clock.
bool refuses_certificate(std::uint8_t alert) {
    constexpr std::array<std::uint8_t, 4> kRefusals{42, 43, 46, 48};
    return std::ranges::find(kRefusals, alert) != kRefusals.end();
}

/// What servers say to a client that shows none: certificate_required (RFC 8446 section 4.4.2.4); before TLS 1.3
/// handshake_failure (RFC 5246 section 7.4.6), bad_certificate, and no_certificate of SSL 3.0, which some still send.
bool wants_certificate(std::uint8_t alert) {
    constexpr std::array<std::uint8_t, 4> kWanting{40, 41, 42, 116};
    return std::ranges::find(kWanting, alert) != kWanting.end();
}

bool may_learn(const Connection& connection) {
    // A TLS client that sits behind the origin's address (STARTTLS, reversed) is not the one that is known here.
    return !connection.settings->never_learn && !connection.listener->client_ca && !connection.reversed;
}

bool passes_where_certificate_is_wanted(const Connection& connection) {
    return connection.settings->upstream->client_certificate.kind == config::ClientCertificate::Kind::passthrough;
}

/// The origin's certificate was good: what the client did not like is ours.
bool origin_is_verified(const Connection& connection) {
    return connection.upstream_tls && connection.upstream_tls->session().verification().ok();
}

/// In whole seconds, as the file has it.
WallTime after(Duration span) {
    const auto until = std::chrono::system_clock::now() + std::chrono::duration_cast<WallTime::duration>(span);
    return std::chrono::ceil<std::chrono::seconds>(until);
}

/// Counted by name alone where nothing is learned: the count is then for the record only.
Subject subject_of(const Connection& connection) {
    const auto& learn = connection.settings->learn;
    const bool by_client = learn && learn->scope == config::Learn::Scope::client;
    return {.client = by_client ? std::optional(connection.source.ip) : std::nullopt,
            .server_name = connection.server_name};
}

void remember(Connection& connection, LearnedEntry entry) {
    const auto until = format_time(entry.until);
    connection.services.shared.log.event(
        inspect::Level::info, "learned",
        fmt::format("{}: {} is passed through {} until {}", text_of(entry), entry.subject.server_name,
                    entry.subject.client ? "for " + entry.subject.client->text() : "for everybody", until),
        {{"listener", connection.listener->name},
         {"id", connection.record.id},
         {"source", connection.source.text()},
         {"server_name", entry.subject.server_name},
         {"alert", entry.alert},
         {"until", until}});
    connection.services.shared.learned.remember(std::move(entry));
}

}  // namespace

bool apply_learned(Connection& connection) {
    const auto& learn = connection.settings->learn;
    const bool wanted = passes_where_certificate_is_wanted(connection);
    if ((!learn && !wanted) || !may_learn(connection)) return false;
    const bool of_all = learn && learn->scope == config::Learn::Scope::server_name;
    const auto entry = connection.services.shared.learned.find(connection.source.ip, connection.server_name, of_all,
                                                               std::chrono::system_clock::now());
    if (!entry || !(entry->because == Because::refused ? learn.has_value() : wanted)) return false;
    connection.verdict.action = rules::Action::passthrough;
    connection.add_reason(fmt::format("learned: {}, until {:.19}Z", text_of(*entry), format_time(entry->until)));
    connection.learned = true;
    return true;
}

std::string note_refusal(Connection& connection, std::optional<std::uint8_t> alert) {
    auto& shared = connection.services.shared;
    const auto& learn = connection.settings->learn;
    if (alert && !refuses_certificate(*alert)) return {};
    const bool learns = learn && may_learn(connection) && origin_is_verified(connection);
    const auto subject = subject_of(connection);
    const auto times = shared.refusals.add(subject, tls::steady_time());
    auto said = times == 1 ? std::string()
                           : fmt::format("; {} times for this name{}", times,
                                         subject.client ? " by " + subject.client->text() : std::string());
    if (!learns || times < learn->after) return said;
    shared.refusals.forget(subject);
    remember(connection, {.subject = subject,
                          .until = after(learn->keep),
                          .because = Because::refused,
                          .alert = alert ? tls::alert_name(*alert) : std::string(),
                          .times = times});
    return said + "; from now on it is passed through";
}

std::optional<std::string> learn_from_relay(Connection& connection, RelayStart began) {
    const auto& traffic = connection.traffic;
    auto& refusals = connection.services.shared.refusals;
    if (!connection.client_tls) return std::nullopt;
    if (traffic.up > began.up) {
        if (refusals.any()) refusals.forget(subject_of(connection));
        return std::nullopt;
    }
    const bool shown = connection.client_tls->session().certificate_sent();  // not where the session was resumed
    if (!shown || !traffic.by_first || traffic.how == net::Ending::none || traffic.timed_out) return std::nullopt;
    const auto alert = connection.client_tls->session().failure().alert;
    // In HTTP/2 both sides begin with SETTINGS (RFC 9113 section 3.4).
    if (!alert && traffic.was_answered && connection.record.alpn != "h2") return std::nullopt;
    const bool at_once = traffic.ended_at - began.at < kAtOnce;
    const bool refused = traffic.how == net::Ending::failed ? alert.has_value() : at_once;
    if (traffic.how == net::Ending::failed && !refused) return std::nullopt;
    return refused ? note_refusal(connection, alert) : std::string();
}

std::string note_origin_alert(Connection& connection, std::uint8_t alert) {
    const auto& session = connection.upstream_tls->session();
    const bool wanted = session.certificate_requested() && session.peer_proved_its_key() && wants_certificate(alert) &&
                        origin_is_verified(connection);
    if (!wanted || !passes_where_certificate_is_wanted(connection) || !may_learn(connection)) return {};
    const auto& learn = connection.settings->learn;
    remember(connection, {.subject = {.client = connection.source.ip, .server_name = connection.server_name},
                          .until = after(learn ? learn->keep : kRememberWanted),
                          .because = Because::certificate_wanted,
                          .alert = tls::alert_name(alert),
                          .times = 1});
    return "; from now on this client is let through to it";
}

}  // namespace bascule::proxy
