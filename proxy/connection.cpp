#include "proxy/connection.h"

#include "http/h1/head.h"
#include "proxy/claim/claim.h"
#include "proxy/entry/plain_request.h"
#include "proxy/entry/preface.h"
#include "proxy/farewell.h"
#include "proxy/http/error_page.h"
#include "proxy/http/first_request.h"
#include "proxy/http/forward.h"
#include "proxy/http/own_answer.h"
#include "proxy/http/own_page.h"
#include "proxy/http/watch.h"
#include "proxy/intercept.h"
#include "proxy/opening.h"
#include "proxy/passthrough.h"
#include "proxy/reach.h"
#include "proxy/starttls/starttls.h"
#include "proxy/tap/content_tap.h"

#include <random>

namespace bascule::proxy {
namespace {

// While draining, a connection in which nothing has moved for so long ends.
constexpr Duration kIdleOnDrain = std::chrono::seconds(1);

/// Steps 3 to 7 for a connection whose first bytes tell what it is.
net::Task<void> serve_opening(Connection& connection) {
    if (connection.protocol != rules::Protocol::tls) {
        settle_plain_verdict(connection);
        co_await serve_in_the_clear(connection);
        co_return;
    }
    co_await settle_verdict(connection);
    if (connection.verdict.action == rules::Action::intercept) {
        co_await intercept(connection);
    } else {
        co_await passthrough(connection);
    }
}

/// CONNECT and SOCKS: what can be judged without the hello is judged, and the origin connected, before the client is
/// told that its connection stands.
net::Task<void> answer_request(Connection& connection) {
    co_await decide(connection);
    co_await reach_upstream(connection);
    confirm(connection);
}

net::Task<void> serve_tunnel(Connection& connection) {
    const bool asked = connection.awaits != Awaits::nothing;
    if (asked && is_for_own_page(connection.target)) {
        confirm(connection);
        co_await begin_trusted_page(connection);
    }
    if (asked) co_await answer_request(connection);
    const bool spoke = !waits_for_greeting(connection) && co_await peek(connection);
    if (!spoke) {
        if (!asked) {
            co_await decide(connection);
            co_await reach_upstream(connection);
        }
        co_await wait_for_first_word(connection);
    }
    const bool decided = co_await decide(connection);
    if (!decided) refuse_unreadable_request(connection);
    if (!connection.upstream) co_await reach_upstream(connection);
    co_await serve_opening(connection);
}

/// Counted when it is known who the client is: a PROXY header may have said so.
void count_source(Connection& connection) {
    const auto most = connection.policy->config().limits.connections_per_source;
    if (!most) return;
    auto slot = connection.services.shared.connections.enter_source(connection.source.ip, *most);
    if (!slot) {
        throw Ended(By::proxy, How::limit,
                    fmt::format("limits.connections_per_source: {} has {} open", connection.source.ip.text(), *most));
    }
    connection.source_slot = std::move(*slot);
}

/// The story of a connection from its first byte to the end of its relay.
net::Task<void> story(Connection& connection) {
    if (!connection.listener->proxy_protocol) count_source(connection);
    co_await learn_destination(connection);
    if (connection.listener->proxy_protocol) count_source(connection);
    const bool ends = connection.request && co_await forward(connection) == Forwarded::to_the_end;
    if (!ends) co_await serve_tunnel(connection);
}

/// Ends the story from outside when the connection has lived for its timeouts.lifetime, which a rule may set.
net::Task<void> end_of_life(Connection& connection) {
    const net::Time born = connection.loop.now();
    while (true) {
        const auto lifetime = connection.timeouts().lifetime;
        connection.adopted.reset();
        if (!lifetime) {
            co_await connection.adopted.wait();
        } else if (born + *lifetime > connection.loop.now()) {
            co_await net::any_of(connection.loop.sleep_until(born + *lifetime), connection.adopted.happened());
        } else {
            throw Ended(By::proxy, How::timeout,
                        fmt::format("the connection has lived for {} (timeouts.lifetime)", format_duration(*lifetime)));
        }
    }
}

/// Ends the story from outside when the daemon drains.
net::Task<void> cut(Connection& connection) {
    co_await connection.services.drain.wait();
    while (true) {
        const net::Time until = std::min(connection.last_moved() + kIdleOnDrain, connection.services.drain_until);
        if (until <= connection.loop.now()) throw Ended(By::proxy, How::drain, "the daemon is stopping");
        co_await connection.loop.wait_until(until);
    }
}

/// The same for what is said after the story.
net::Task<void> drained_or_over(Connection& connection) {
    try {
        co_await net::any_of(end_of_life(connection), cut(connection));
    } catch (const Ended&) {
        co_return;  // the record has the end of the story
    }
}

/// Runs the story to its end; what it ended by, if not in order.
net::Task<std::optional<Ended>> run(Connection& connection) {
    try {
        co_await net::any_of(story(connection), end_of_life(connection), cut(connection));
    } catch (const Ended& ended) {
        co_return ended;
    } catch (const std::exception& error) {
        co_return Ended(By::proxy, How::error, error.what()).with_status(500);
    }
    co_return std::nullopt;
}

/// What is said after the story. noinline: its frame is not to be there as long as the story.
[[gnu::noinline]] net::Task<void> tell(Connection& connection, const Ended& ended) {
    connection.end = {.by = ended.by, .how = ended.how, .step = connection.step, .detail = ended.detail};
    connection.note_end_time();
    if (is_told_by_page(connection, ended)) {
        co_await net::any_of(tell_by_page(connection, ended), drained_or_over(connection));
    } else {
        co_await say_farewell(connection, ended);
    }
}

/// Unpredictable is not needed, unique is: a random start per worker, counted up in the first seven digits, which tell
/// connections apart for the eye.
std::string make_id() {
    constexpr std::uint64_t step = std::uint64_t{1} << 36;
    static thread_local std::uint64_t next = [] {
        std::random_device random;
        return static_cast<std::uint64_t>(random()) << 32 | random();
    }();
    next += step + (next + step < next ? 1 : 0);  // after a round of them the rest is another
    return fmt::format("{:016x}", next);
}

}  // namespace

Connection::Connection(Services& all, std::shared_ptr<const config::Listener> entry, net::Accepted accepted)
    : services(all),
      loop(all.loop),
      policy(all.policy),
      listener(std::move(entry)),
      settings(&policy->config().settings.back()),
      adopted(loop),
      client(std::make_unique<net::TcpStream>(loop, std::move(accepted.socket))),
      source(accepted.peer),
      started_(std::chrono::steady_clock::now()) {
    record.id = make_id();
    record.listener = listener->name;
    record.mode = config::name_of(listener->mode);
    record.source = source.text();
    record.silent = true;  // so far
    auto& log = services.shared.log;
    if (!log.wants(inspect::Level::debug)) return;
    log.event(inspect::Level::debug, "opened", fmt::format("{} by listener {}", record.source, record.listener),
              {{"id", record.id}, {"listener", record.listener}, {"source", record.source}});
}

Connection::~Connection() {
    auto& log = services.shared.log;
    if (!log.wants_records()) return;
    if (record.time == WallTime{}) note_end_time();
    if (end.how == How::drain && end.detail.empty()) {
        end.step = step;  // destroyed in the middle of its story
        end.detail = "the daemon stopped";
    }
    if (http_watch && http_watch->book()) {
        http_watch->book()->close(end);
        record.exchanges = http_watch->book()->count();
    }
    if (is_unanswered(*this)) note_unanswered(*this);
    content.reset();
    if (record.http.empty()) record.exchanges.reset();
    if (reversed) tell_by_sides();
    record.silent = record.silent && end.how == How::client_gone && traffic.up + traffic.down == 0;
    record.end = std::move(end);
    record.bytes_up = traffic.up;
    record.bytes_down = traffic.down;
    record.server_name = server_name;
    if (protocol) record.protocol = rules::name_of(*protocol);
    if (upstream_tls && upstream_tls->session().certificate_requested()) record.certificate_requested = true;
    if (judged) record.rule = verdict.name;
    record.rule_at = verdict.rule_at;
    const bool plain = protocol && *protocol != rules::Protocol::tls && verdict.action == rules::Action::intercept;
    record.action = rules::name_of(plain ? rules::Action::passthrough : verdict.action);
    log.write(record);
}

/// The record speaks of the client's and the upstream's side, whichever of them was the TLS client.
void Connection::tell_by_sides() {
    std::swap(traffic.up, traffic.down);
    std::swap(record.client_tls, record.upstream_tls);
    if (end.by != By::proxy) end.by = end.by == By::client ? By::upstream : By::client;
}

void Connection::note_end_time() {
    const Duration span = net::Time(std::chrono::steady_clock::now()) - started_;
    record.time = std::chrono::system_clock::now();
    record.timings.total = std::chrono::duration<double, std::milli>(span).count();
}

void Connection::log_keys(tls::Session& session, std::unique_ptr<KeyTap>& tap, std::string_view leg) {
    if (!settings->keys) return;
    tap = std::make_unique<KeyTap>(services.shared.keys, settings->keys->value, record.id, leg);
    session.log_keys_to(*tap);
}

net::Time Connection::last_moved() const {
    return upstream ? std::max(client->last_moved(), upstream->last_moved()) : client->last_moved();
}

rules::Facts Connection::facts() const {
    rules::Facts facts;
    facts.listener = listener->name;
    facts.source = source.ip;
    facts.port = target.port;
    facts.destination = connected ? connected : target_address;
    facts.protocol = protocol;
    // Before the hello a name that was asked for stands for the one that the hello will bring: a name that is blocked
    // is refused with a 403, and not connected first. An address stands for nothing: the hello may bring a name.
    if (protocol || (!server_name.empty() && !target_address)) facts.server_name = server_name;
    if (unreadable) facts.server_name.reset();
    if (hello) facts.alpn = std::span<const std::string>(hello->alpn);
    if (!hello && protocol) facts.alpn = std::span<const std::string>();
    return facts;
}

void Connection::add_reason(std::string_view why) {
    record.reason += record.reason.empty() ? "" : "; ";
    record.reason += why;
}

void Connection::adopt(rules::Verdict chosen) {
    verdict = std::move(chosen);
    judged = true;
    settings = &policy->config().settings_for(verdict);
    adopted.set();
}

net::Task<void> Connection::client_gone() {
    const bool setting_up =
        step == inspect::Step::resolve || step == inspect::Step::connect || step == inspect::Step::upstream_handshake;
    if (!setting_up || policy->config().client_gone == config::ClientGone::finish) {
        co_await loop.wait_until(net::Time::max());
    } else {
        co_await client->gone(fin_means_gone);
    }
}

net::Task<void> handle_connection(Services& services, std::shared_ptr<const config::Listener> listener,
                                  net::Accepted accepted, ConnectionCount::Slot slot) {
    Connection connection(services, std::move(listener), std::move(accepted));
    connection.slot = std::move(slot);
    const auto ended = co_await run(connection);
    if (ended) co_await tell(connection, *ended);
}

}  // namespace bascule::proxy
