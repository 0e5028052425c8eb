#include "proxy/http/forward.h"

#include "http/h1/forward.h"
#include "http/h1/reply.h"
#include "net/task/deadline.h"
#include "proxy/farewell.h"
#include "proxy/http/answers_for_client.h"
#include "proxy/http/own_page.h"
#include "proxy/http/watch.h"
#include "proxy/opening.h"
#include "proxy/passthrough.h"
#include "proxy/reach.h"
#include "proxy/tap/content_tap.h"

#include <algorithm>
#include <array>
#include <utility>

namespace bascule::proxy {
namespace {

// Content of a request that is answered here is read away up to so much, so that the next request can be found.
constexpr std::size_t kMostReadAway = 64_KiB;

/// Where connection.upstream leads to, and by which rule.
struct Origin {
    HostPort target;
    SocketAddress address;
    std::optional<std::size_t> rule;
};

/// What goes on from one request to the next.
struct Forwarding {
    explicit Forwarding(Connection& of) : connection(of) {}
    Connection& connection;
    Origin origin;
    std::optional<inspect::End> refused;  ///< the last request was answered here: why
};

// --- The way to the origin -----------------------------------------------------------------------------------------

bool leads_there(const Forwarding& all) {
    const auto& connection = all.connection;
    const auto& addresses = connection.addresses;  // those that a rule has admitted, where one asks for them
    return all.origin.target == connection.target && all.origin.rule == connection.verdict.index &&
           (addresses.empty() || std::ranges::find(addresses, all.origin.address) != addresses.end());
}

void take_again(Forwarding& all) {
    auto& connection = all.connection;
    connection.addresses.clear();
    connection.connected = all.origin.address;
    connection.record.destination = all.origin.address.text();
}

net::Task<void> reach_anew(Forwarding& all) {
    auto& connection = all.connection;
    connection.upstream.reset();
    co_await reach_upstream(connection);
    all.origin = {connection.target, *connection.connected, connection.verdict.index};
}

/// Judges the request and sees to a connection to its origin. True: it has been used before, and nothing has come since
/// the last answer: not its end, and no octet that nobody asked for (RFC 9112 section 9.2).
net::Task<bool> reach_origin(Forwarding& all) {
    auto& connection = all.connection;
    co_await decide(connection);
    const bool again = connection.upstream && leads_there(all) && connection.upstream->is_silent();
    if (again) {
        take_again(all);
    } else {
        co_await reach_anew(all);
    }
    co_return again;
}

struct Reached {
    bool again = false;
    std::optional<Ended> refusal;  ///< there is no way
};
net::Task<Reached> try_to_reach(Forwarding& all) try {
    const bool again = co_await reach_origin(all);
    co_return Reached{.again = again, .refusal = {}};
} catch (const Ended& ended) {
    if (ended.how == How::client_gone) throw;
    co_return Reached{.again = false, .refusal = ended};
}

// --- Answers of our own --------------------------------------------------------------------------------------------

/// Reads what is left of a request. False: it is too much, or takes too long, or waits for a word of ours (RFC 9110
/// section 10.1.1).
net::Task<bool> read_away(Connection& connection, http::WatchedH1& walker) {
    auto& client = *connection.client;
    std::size_t read = 0;
    Bytes held;  // trailers that are not whole; in the end what follows the request
    while (!walker.asked() && !walker.fault()) {
        const auto pulled = client.pull([&](ByteView octets) {
            held.insert(held.end(), octets.begin(), octets.end());
            const auto taken = walker.admit(true, held);
            held.erase(held.begin(), held.begin() + static_cast<std::ptrdiff_t>(taken));
            read += taken;
        });
        if (pulled == net::Pull::ended || read > kMostReadAway) co_return false;
        if (pulled == net::Pull::blocked) co_await client.until_readable();
    }
    client.unread(held);
    co_return walker.asked();
}

net::Task<bool> finds_the_next(Connection& connection, const PlainRequest& request, http::WatchedH1& walker) {
    if (!http::persists(request.head) || connection.services.drain.is_set()) co_return false;
    if (!walker.asked() && request.head.field("Expect")) co_return false;
    const auto until = connection.loop.now() + connection.timeouts().request_head;
    const auto found = co_await net::with_deadline(connection.loop, until, read_away(connection, walker));
    co_return found.value_or(false);
}

/// What answers a request here: `end` is what it is in the records; the page about this proxy is in none of exchanges.
struct OwnAnswer {
    Ended end;
    bool page = false;
};

std::string text_of(const Connection& connection, const PlainRequest& request, const OwnAnswer& answer,
                    http::Then then) {
    auto text =
        answer.page ? own_page(connection, request, then) : http::reply(status_of(answer.end), answer.end.detail, then);
    if (request.head.method == "HEAD") text.resize(text.find("\r\n\r\n") + 4);
    return text;
}

bool is_recorded(const Connection& connection, const OwnAnswer& answer) {
    return !answer.page && connection.settings->inspect == config::Inspect::http &&
           connection.verdict.action != rules::Action::passthrough;
}

/// Writes the record of the exchange, which `book` has begun.
void note_own_answer(Connection& connection, ExchangeBook& book, const Ended& end) {
    book.replied(status_of(end), {end.by, how_of(end.how), end.detail});
    connection.record.http = "watched";
    connection.record.exchanges = book.count();
}

/// Answers in the origin's stead, with a record of the exchange. True: the connection goes on.
net::Task<bool> answer_here(Forwarding& all, const PlainRequest& request, OwnAnswer answer) {
    auto& connection = all.connection;
    const bool recorded = is_recorded(connection, answer);
    tap_content(connection);
    ExchangeBook book(connection, false, recorded);
    http::WatchedH1 walker(book, http::WatchedH1::Tunnels::pass, http::WatchedH1::Extent::exchange);
    walker.admit(true, as_bytes(http::for_origin(request.head, request.target)));
    if (recorded) note_own_answer(connection, book, answer.end);

    const bool goes_on = co_await finds_the_next(connection, request, walker);
    all.refused = {.by = answer.end.by, .how = answer.end.how, .step = connection.step, .detail = answer.end.detail};
    const auto then = goes_on ? http::Then::keep : http::Then::close;
    connection.client->push(as_bytes(text_of(connection, request, answer, then)));
    co_await connection.loop.yield();  // there may be many of them in a row
    if (goes_on) co_return true;
    connection.awaits = Awaits::told;
    throw answer.end;
}

OwnAnswer page_about_this_proxy() {
    return {.end = Ended(By::proxy, How::fin, "the page about this proxy was shown"), .page = true};
}

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
[[noreturn]] void throw_over(const Connection& connection, const PlainRequest& request) {
    if (connection.services.drain.is_set()) throw Ended(By::proxy, How::drain, "the daemon is stopping");
    throw Ended(http::persists(request.head) ? By::upstream : By::client, How::fin, {});
}

enum class Outcome : std::uint8_t { goes_on, lost, ended };

/// Relays the request and its answer. `lost`: the origin has left without having said an octet.
net::Task<Outcome> relay_once(Forwarding& all, const PlainRequest& request) {
    auto& connection = all.connection;
    auto& traffic = connection.traffic;
    traffic = {.up = traffic.up, .down = traffic.down};
    const auto came_before = traffic.down;
    const bool closes = !http::persists(request.head);
    AnswersForClient client(connection, request.head, closes);
    connection.client->unread(as_bytes(http::for_origin(request.head, request.target)));
    co_await relay_exchange(connection, client, *connection.upstream);
    if (!traffic.stopped) co_return Outcome::ended;
    const bool whole = connection.http_watch->http1()->all_whole();
    if (!whole && traffic.down == came_before && !connection.upstream->has_unread()) co_return Outcome::lost;
    if (whole) connection.awaits = Awaits::told;
    co_await all_taken(connection);
    if (!whole) throw_cut_short(connection);
    note_exchanges(connection);
    if (!client.origin_persists()) connection.upstream.reset();
    if (client.closes()) throw_over(connection, request);
    co_return Outcome::goes_on;
}

/// The kept connection has swallowed the request: what was found out about the way is found out anew.
void forget_origin(Connection& connection) {
    connection.http_watch.reset();
    connection.upstream.reset();
    connection.addresses.clear();
    connection.connected.reset();
}

/// A request and its answer. Once more on a new connection, where the kept one turns out to have ended. False: the
/// connection has ended with it.
net::Task<bool> exchange(Forwarding& all, const PlainRequest& request) {
    auto& connection = all.connection;
    all.refused.reset();
    if (is_for_own_page(request.target.authority)) {
        connection.begin(inspect::Step::relay);
        co_return co_await answer_here(all, request, page_about_this_proxy());
    }
    auto reached = co_await try_to_reach(all);
    if (reached.refusal) co_return co_await answer_here(all, request, {.end = std::move(*reached.refusal)});
    const auto outcome = co_await relay_once(all, request);
    if (outcome != Outcome::lost) co_return outcome == Outcome::goes_on;
    if (!reached.again || !may_be_repeated(request.head)) throw_cut_short(connection);
    forget_origin(connection);
    co_return co_await exchange(all, request);
}

// --- Between requests ----------------------------------------------------------------------------------------------

/// The kept connection may end, or say what nobody asked for: then it is left. Does not finish.
net::Task<void> mind_the_origin(Connection& connection) {
    if (connection.upstream) {
        co_await first_bytes(*connection.upstream);
        connection.upstream.reset();
    }
    co_await connection.loop.wait_until(net::Time::max());
}

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
    const auto moved = co_await net::any_of(client_moves(connection), mind_the_origin(connection));
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

net::Task<Forwarded> forward(Connection& connection, PlainRequest first) {
    refuse_unasked(connection);
    Forwarding all(connection);
    std::optional<PlainRequest> request(std::move(first));
    while (request) {
        const bool goes_on = co_await exchange(all, *request);
        request.reset();  // an idle connection holds no head
        if (!goes_on) co_return Forwarded::to_the_end;
        const bool more = co_await another_follows(all);
        if (!more) co_return Forwarded::to_the_end;
        request = co_await next_request(connection);
    }
    connection.upstream.reset();
    co_return Forwarded::until_a_connect;
}

}  // namespace bascule::proxy
