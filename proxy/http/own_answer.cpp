#include "proxy/http/own_answer.h"

#include "http/h1/forward.h"
#include "http/h1/watched.h"
#include "http/reply.h"
#include "net/task/deadline.h"
#include "proxy/entry/plain_request.h"
#include "proxy/farewell.h"
#include "proxy/http/exchange_book.h"
#include "proxy/http/own_page.h"
#include "proxy/tap/content_tap.h"

namespace bascule::proxy {
namespace {

// Content of a request that is answered here is read away up to so much, so that the next request can be found.
constexpr std::size_t kMostReadAway = 64_KiB;

/// The connection's request, and what is known of it.
struct Asked {
    Asked(Connection& connection, bool recorded)
        : book(connection, false, recorded),
          walker(book, http::WatchedH1::Tunnels::pass, http::WatchedH1::Extent::exchange) {
        const auto& [head, target] = *connection.request;
        walker.admit(true, as_bytes(http::for_origin(head, target)));
    }
    ExchangeBook book;
    http::WatchedH1 walker;
};

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

net::Task<bool> finds_the_next(Connection& connection, http::WatchedH1& walker) {
    const auto& head = connection.request->head;
    if (!http::persists(head) || connection.services.drain.is_set()) co_return false;
    if (!walker.asked() && head.field("Expect")) co_return false;
    const auto until = connection.loop.now() + connection.timeouts().request_head;
    const auto found = co_await net::with_deadline(connection.loop, until, read_away(connection, walker));
    co_return found.value_or(false);
}

std::string text_of(const Connection& connection, const OwnAnswer& answer, http::Then then) {
    auto text = answer.page ? own_page(connection, then) : http::reply(status_of(answer.end), answer.end.detail, then);
    if (connection.request->head.method == "HEAD") text.resize(text.find("\r\n\r\n") + 4);
    return text;
}

bool is_recorded(const Connection& connection) {
    return connection.settings->inspect == config::Inspect::http &&
           connection.verdict.action != rules::Action::passthrough &&
           !is_for_own_page(connection.request->target.authority);
}

void note_exchange(Connection& connection, const ExchangeBook& book) {
    connection.record.http = "watched";
    connection.record.exchanges = book.count();
}

}  // namespace

OwnAnswer page_about_this_proxy() {
    return {.end = Ended(By::proxy, How::fin, "the page about this proxy was shown"), .page = true};
}

net::Task<void> answer_here(Connection& connection, OwnAnswer answer) {
    const auto& end = answer.end;
    const bool recorded = is_recorded(connection);
    tap_content(connection);
    Asked asked(connection, recorded);
    const bool goes_on = co_await finds_the_next(connection, asked.walker);
    asked.book.replied(status_of(end), {end.by, how_of(end.how), end.detail});
    if (recorded) note_exchange(connection, asked.book);
    connection.client->push(as_bytes(text_of(connection, answer, goes_on ? http::Then::keep : http::Then::close)));
    connection.awaits = Awaits::told;
    co_await connection.loop.yield();  // there may be many of them in a row
    if (!goes_on) throw answer.end;
}

bool is_unanswered(const Connection& connection) {
    return connection.request && !connection.http_watch && connection.awaits == Awaits::http_reply &&
           is_recorded(connection);
}

void note_unanswered(Connection& connection) {
    tap_content(connection);
    Asked asked(connection, true);
    if (connection.told_status) asked.book.answered_instead(*connection.told_status);
    asked.book.close(connection.end);
    note_exchange(connection, asked.book);
}

}  // namespace bascule::proxy
