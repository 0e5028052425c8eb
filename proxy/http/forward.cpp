#include "proxy/http/forward.h"

#include "http/h1/forward.h"
#include "net/task/deadline.h"
#include "proxy/entry/plain_request.h"
#include "proxy/entry/preface.h"
#include "proxy/http/answers_for_client.h"
#include "proxy/http/kept_origin.h"
#include "proxy/http/own_answer.h"
#include "proxy/http/own_page.h"
#include "proxy/http/watch.h"
#include "proxy/inspected_relay.h"
#include "proxy/opening.h"
#include "proxy/passthrough.h"

#include <algorithm>
#include <array>
#include <utility>

namespace bascule::proxy {
namespace {

/// What goes on from one request to the next.
struct Forwarding {
    explicit Forwarding(Connection& of) : connection(of), origin(of) {}
    Connection& connection;
    KeptOrigin origin;
    std::optional<inspect::End> refused;  ///< the last request was answered here: why
};

// --- One exchange --------------------------------------------------------------------------------------------------

/// Repeating it changes nothing, and nothing of it is gone (RFC 9110 section 9.2.2, RFC 9112 section 9.3.1).
bool may_be_repeated(const http::RequestHead& head) {
    constexpr std::array<std::string_view, 3> safe{"GET", "HEAD", "OPTIONS"};
    const auto* length = std::get_if<http::Length>(&head.body);
    const bool empty = std::holds_alternative<http::NoBody>(head.body) || (length && length->octets == 0);
    return empty && std::ranges::find(safe, head.method) != safe.end();
}

void note_exchanges(Connection& connection) {
    connection.record.exchanges = connection.http_watch->book()->count();
    connection.http_watch.reset();
}

/// The origin has ended in the middle of the exchange: what the client is to see of that.
[[noreturn]] void throw_cut_short(Connection& connection) {
    const auto& walker = *connection.http_watch->http1();
    const bool reset = connection.upstream->ending() == net::Ending::reset;
    const auto how = reset ? How::reset : How::fin;
    if (walker.answered()) {
        connection.awaits = Awaits::told;
        throw Ended(By::upstream, how, "the origin answered and left before the request was whole");
    }
    if (walker.answer_begun()) {
        connection.awaits = reset ? Awaits::nothing : Awaits::told;
        throw Ended(By::upstream, how, "the origin left in the middle of its answer");
    }
    Ended lost(By::upstream, how, "the origin left without an answer");
    connection.http_watch->book()->replied(502, {lost.by, inspect::ExchangeHow::truncated, lost.detail});
    throw std::move(lost).with_status(502);
}

/// Until the client has taken the answers so far. A slow reader is not an idle one.
net::Task<void> all_taken(Connection& connection) {
    auto& client = *connection.client;
    const auto idle = connection.timeouts().idle;
    while (!client.flush() && !client.broken()) {
        const auto until = client.last_moved() + idle;
        if (until <= connection.loop.now()) {
            connection.awaits = Awaits::nothing;
            throw Ended(By::proxy, How::timeout,
                        fmt::format("the client took nothing for {} (timeouts.idle)", format_duration(idle)));
        }
        co_await net::with_deadline(connection.loop, until, net::drained(client));
    }
}

/// What ended the client's connection together with its last answer.
[[noreturn]] void throw_over(const Connection& connection) {
    if (connection.services.drain.is_set()) throw Ended(By::proxy, How::drain, "the daemon is stopping");
    throw Ended(http::persists(connection.request->head) ? By::upstream : By::client, How::fin, {});
}

enum class Outcome : std::uint8_t { goes_on, lost, ended };

/// Relays the request and its answer. `lost`: the origin has left without having said an octet.
net::Task<Outcome> relay_once(Connection& connection) {
    const auto& [head, target] = *connection.request;
    auto& traffic = connection.traffic;
    traffic = {.up = traffic.up, .down = traffic.down};
    const auto came_before = traffic.down;
    AnswersForClient client(connection, head, !http::persists(head));
    connection.client->unread(as_bytes(http::for_origin(head, target)));
    co_await relay_exchange(connection, client, *connection.upstream);
    if (!traffic.stopped) co_return Outcome::ended;
    const bool whole = connection.http_watch->http1()->all_whole();
    if (!whole && traffic.down == came_before && !connection.upstream->has_unread()) co_return Outcome::lost;
    if (whole) connection.awaits = Awaits::told;
    co_await all_taken(connection);
    if (!whole) throw_cut_short(connection);
    note_exchanges(connection);
    if (!client.origin_persists()) connection.upstream.reset();
    if (client.closes()) throw_over(connection);
    co_return Outcome::goes_on;
}

struct Reached {
    bool again = false;
    std::optional<Ended> refusal;  ///< there is no way
};
net::Task<Reached> try_to_reach(KeptOrigin& origin) try {
    const bool again = co_await origin.reach();
    co_return Reached{.again = again, .refusal = {}};
} catch (const Ended& ended) {
    if (ended.how == How::client_gone) throw;
    co_return Reached{.again = false, .refusal = ended};
}

net::Task<void> answer_instead(Forwarding& all, OwnAnswer answer) {
    const auto& end = answer.end;
    all.refused = {.by = end.by, .how = end.how, .step = all.connection.step, .detail = end.detail};
    co_await answer_here(all.connection, std::move(answer));
}

/// A request and its answer. Once more on a new connection, where the kept one turns out to have ended. False: the
/// connection has ended with it.
net::Task<bool> exchange(Forwarding& all) {
    auto& connection = all.connection;
    all.refused.reset();
    const auto reached = co_await try_to_reach(all.origin);
    if (reached.refusal) {
        co_await answer_instead(all, {.end = *reached.refusal});
        co_return true;
    }
    const auto outcome = co_await relay_once(connection);
    if (outcome != Outcome::lost) co_return outcome == Outcome::goes_on;
    if (!reached.again || !may_be_repeated(connection.request->head)) throw_cut_short(connection);
    connection.http_watch.reset();
    all.origin.forget();
    co_return co_await exchange(all);
}

net::Task<bool> serve_request(Forwarding& all) {
    if (!is_for_own_page(all.connection.request->target.authority)) co_return co_await exchange(all);
    all.connection.begin(inspect::Step::relay);
    co_await answer_instead(all, page_about_this_proxy());
    co_return true;
}

// --- Between requests ----------------------------------------------------------------------------------------------

/// True: the client has said something, or has ended. False: neither for timeouts.idle since it took the last answer.
net::Task<bool> client_moves(Connection& connection) {
    co_await all_taken(connection);
    const auto until = connection.loop.now() + connection.timeouts().idle;
    const auto moved = co_await net::with_deadline(connection.loop, until, first_bytes(*connection.client));
    co_return moved.has_value();
}

/// Until the client says more. False: it has ended instead, and with it the connection.
net::Task<bool> another_follows(Forwarding& all) {
    auto& connection = all.connection;
    connection.awaits = Awaits::told;
    connection.begin(inspect::Step::relay);
    const auto moved = co_await net::any_of(client_moves(connection), all.origin.mind());
    if (!std::get<0>(moved)) {
        throw Ended(
            By::proxy, How::fin,
            fmt::format("no further request within {} (timeouts.idle)", format_duration(connection.timeouts().idle)));
    }
    if (connection.client->has_unread()) co_return true;
    const bool reset = connection.client->ending() == net::Ending::reset;
    connection.end = {.by = By::client,
                      .how = reset ? How::reset : How::fin,
                      .step = inspect::Step::relay,
                      .detail = reset ? "the client reset the connection" : ""};
    if (all.refused && !reset) connection.end = std::move(*all.refused);
    co_return false;
}

}  // namespace

net::Task<Forwarded> forward(Connection& connection) {
    refuse_unasked(connection);
    Forwarding all(connection);
    while (connection.request) {
        const bool goes_on = co_await serve_request(all);
        if (!goes_on) co_return Forwarded::to_the_end;
        connection.request.reset();  // an idle connection holds no head
        const bool more = co_await another_follows(all);
        if (!more) co_return Forwarded::to_the_end;
        co_await next_request(connection);
    }
    connection.upstream.reset();
    co_return Forwarded::until_a_connect;
}

}  // namespace bascule::proxy
