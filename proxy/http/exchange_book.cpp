#include "proxy/http/exchange_book.h"

#include "http/h2/frame.h"
#include "proxy/connection.h"

#include <algorithm>

namespace bascule::proxy {
namespace {

using inspect::ExchangeEnd;
using inspect::ExchangeHow;

/// After a whole answer either side may so end what is left of the request (RFC 9113 section 8.1).
bool is_for_the_rest(std::uint32_t number) {
    const auto code = static_cast<http::h2::Code>(number);
    return code == http::h2::Code::no_error || code == http::h2::Code::stream_closed || code == http::h2::Code::cancel;
}

/// For a person: how far it had come.
std::string why_cut(OpenExchange& exchange, By by, net::Ending how) {
    const auto& record = exchange.record();
    const auto when = !record.status ? std::string("before it was answered")
                                     : fmt::format("within the answer, of which {} octets of content had come",
                                                   record.response.body_bytes);
    const bool unsaid = how == net::Ending::truncated;
    return fmt::format("the {} ended the connection{} {}{}", inspect::name_of(by),
                       unsaid ? " without close_notify" : "", when,
                       by == By::upstream ? "; ask again, and if it stays so look into the origin's log" : "");
}

/// The one that has ended last, to be used again: its texts keep their room. Of the thread and not of the connection:
/// an idle one holds none.
thread_local std::unique_ptr<OpenExchange> spare;

}  // namespace

ExchangeHow how_of(How how) {
    switch (how) {
        case How::blocked:
            return ExchangeHow::blocked;
        case How::denied:
            return ExchangeHow::denied;
        case How::loop:
            return ExchangeHow::loop;
        case How::unresolved:
            return ExchangeHow::unresolved;
        case How::refused:
            return ExchangeHow::refused;
        case How::unreachable:
            return ExchangeHow::unreachable;
        case How::client_gone:
            return ExchangeHow::client_gone;
        case How::reset:
            return ExchangeHow::reset;
        case How::alert:
            return ExchangeHow::alert;
        case How::timeout:
            return ExchangeHow::timeout;
        case How::limit:
            return ExchangeHow::limit;
        case How::drain:
            return ExchangeHow::drain;
        case How::killed:
            return ExchangeHow::killed;
        case How::fin:
        case How::close_notify:
        case How::truncated:
            return ExchangeHow::truncated;
        default:
            return ExchangeHow::error;
    }
}

ExchangeBook::ExchangeBook(Connection& connection, bool streams, bool recorded)
    : connection_(connection),
      streams_(streams),
      count_(connection.record.exchanges.value_or(0)),
      readers_(connection, recorded),
      kept_(recorded &&
            (connection.services.shared.log.wants_records() || connection.timeouts().response_head || readers_.any())) {
}

ExchangeBook::~ExchangeBook() = default;

OpenExchange* ExchangeBook::find(http::ExchangeId id) {
    const auto found = std::ranges::lower_bound(open_, id, {}, [](const auto& one) { return one->id(); });
    return found == open_.end() || (*found)->id() != id ? nullptr : found->get();
}

OpenExchange& ExchangeBook::open(http::ExchangeId id) {
    auto fresh = spare ? std::move(spare) : std::make_unique<OpenExchange>();
    fresh->restart(id, count_, connection_.loop.now(), readers_.copy());
    if (streams_) fresh->record().stream = id;
    const auto place = std::ranges::upper_bound(open_, id, {}, [](const auto& one) { return one->id(); });
    return **open_.insert(place, std::move(fresh));
}

void ExchangeBook::request(http::ExchangeId id, const http::RequestView& head) {
    ++count_;
    newest_ = std::max(newest_, id);
    if (kept_) open(id).ask(connection_, head);
}

void ExchangeBook::becomes_stream(http::ExchangeId id, http::ExchangeId stream) {
    streams_ = true;
    newest_ = stream;
    if (auto* exchange = find(id)) exchange->become_stream(stream);
}

void ExchangeBook::informational(http::ExchangeId id, const http::ResponseView& head) {
    auto* exchange = find(id);
    if (exchange) exchange->inform();
    if (head.status == 101 && !streams_) response(id, head);
}

void ExchangeBook::response(http::ExchangeId id, const http::ResponseView& head) {
    auto* exchange = find(id);
    if (!exchange || !exchange->answer(connection_, head, readers_)) return;
    connection_.services.shared.log.write(
        exchange->finish(connection_, {By::upstream, ExchangeHow::complete, "a WebSocket from here on"}));
    if (exchange->copy()) readers_.take(exchange->record(), *exchange->copy());
}

void ExchangeBook::body(http::ExchangeId id, bool up, ByteView octets) {
    if (auto* exchange = find(id)) exchange->take(up, octets);
}

void ExchangeBook::trailers(http::ExchangeId id, bool up, http::FieldViews fields) {
    if (auto* exchange = find(id)) exchange->note_trailers(up, fields);
}

void ExchangeBook::ended(http::ExchangeId id, bool up) {
    auto* exchange = find(id);
    if (!exchange) return;
    exchange->end(up, connection_.loop.now());
    if (exchange->whole()) finish(*exchange, answered());
}

/// By the origin, or by a page of ours: then the reason is the connection's.
ExchangeEnd ExchangeBook::answered() const {
    if (!connection_.answers_itself) return {By::upstream, ExchangeHow::complete, {}};
    return {By::proxy, ExchangeHow::complete, fmt::format("a page of the proxy's: {}", connection_.end.detail)};
}

void ExchangeBook::reset(http::ExchangeId id, bool up, std::uint32_t code) {
    auto* exchange = find(id);
    if (!exchange) return;
    const bool in_order = exchange->is_answered() && is_for_the_rest(code);
    const auto name = http::h2::name_of_code(code);
    finish(*exchange, {up ? By::client : By::upstream, in_order ? ExchangeHow::complete : ExchangeHow::reset_stream,
                       in_order ? fmt::format("the rest of the request was given up ({})", name) : name});
}

/// Of the message that was refused; perhaps the first that is heard of its exchange. Null: it has its record.
OpenExchange* ExchangeBook::guilty(http::ExchangeId id) {
    auto* known = find(id);
    if (known || id <= newest_) return known;
    ++count_;
    return &open(id);
}

void ExchangeBook::did(http::ExchangeId id, std::vector<std::string> deeds) {
    auto* exchange = find(id);
    if (!exchange || deeds.empty()) return;
    auto& all = exchange->record().did;
    all.insert(all.end(), std::make_move_iterator(deeds.begin()), std::make_move_iterator(deeds.end()));
}

void ExchangeBook::refused(const http::Fault& fault) {
    if (!kept_ || !fault.exchange) return;
    auto* exchange = guilty(*fault.exchange);
    if (!exchange) return;
    auto& status = exchange->record().status;
    const bool answered = fault.answer == http::Fault::Answer::due && !streams_;
    if (answered && !status) status = static_cast<std::uint32_t>(fault.status);
    const auto how = fault.kind == http::Fault::Kind::ambiguous ? ExchangeHow::ambiguous : ExchangeHow::limit;
    finish(*exchange, {fault.up ? By::client : By::upstream, how,
                       fault.quote.empty() ? fault.what : fmt::format("{}: \"{}\"", fault.what, fault.quote)});
}

void ExchangeBook::origin_left(net::Ending how) {
    for (std::size_t i = 0; i < open_.size();) {
        auto& exchange = *open_[i];
        if (exchange.is_answered() || exchange.tunnel()) {
            ++i;
        } else {
            finish(exchange, {By::upstream, ExchangeHow::truncated, why_cut(exchange, By::upstream, how)});
        }
    }
}

void ExchangeBook::replied(int status, const ExchangeEnd& end) {
    if (open_.empty()) return;
    auto& exchange = *open_.back();
    exchange.record().status = static_cast<std::uint32_t>(status);
    finish(exchange, end);
}

void ExchangeBook::close(const inspect::End& end) {
    const bool in_order = end.how == How::fin || end.how == How::close_notify;
    while (!open_.empty()) {
        auto& exchange = *open_.front();
        const bool whole = exchange.ends_whole(in_order);
        const bool said = whole || !end.detail.empty();
        finish(exchange, {end.by, whole ? ExchangeHow::complete : how_of(end.how),
                          said ? end.detail : why_cut(exchange, end.by, net::Ending::fin)});
    }
}

std::optional<net::Time> ExchangeBook::waiting_since() const {
    if (open_.empty()) return std::nullopt;
    if (streams_) return longest_wait();
    const auto since = open_.front()->waiting_since();
    return since ? std::optional(std::max(*since, last_finished_)) : std::nullopt;
}

std::optional<net::Time> ExchangeBook::longest_wait() const {
    std::optional<net::Time> longest;
    for (const auto& exchange : open_) {
        const auto since = exchange->waiting_since();
        if (since && (!longest || *since < *longest)) longest = since;
    }
    return longest;
}

void ExchangeBook::answered_instead(int status) {
    if (!streams_ && !open_.empty()) open_.front()->record().status = static_cast<std::uint32_t>(status);
}

/// Takes it off the book and writes what it came to.
void ExchangeBook::finish(OpenExchange& exchange, const ExchangeEnd& end) {
    const auto found = std::ranges::find(open_, &exchange, [](const auto& one) { return one.get(); });
    auto ended = std::move(*found);
    open_.erase(found);
    if (open_.empty()) open_.shrink_to_fit();
    last_finished_ = connection_.loop.now();
    write(*ended, end);
    ended->leave();
    spare = std::move(ended);
}

void ExchangeBook::write(OpenExchange& exchange, const ExchangeEnd& end) {
    auto& log = connection_.services.shared.log;
    auto* copy = exchange.copy().get();
    if (exchange.is_socket()) {
        log.write(exchange.finish_socket(connection_, end));
    } else {
        log.write(exchange.finish(connection_, end));
        if (copy) readers_.take(exchange.record(), *copy);
    }
    if (copy) readers_.finish(exchange.record(), end, *copy);
}

}  // namespace bascule::proxy
