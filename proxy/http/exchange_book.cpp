#include "proxy/http/exchange_book.h"

#include "base/text.h"
#include "proxy/connection.h"
#include "proxy/http/header_record.h"

#include <algorithm>

namespace bascule::proxy {
namespace {

using inspect::ExchangeEnd;
using inspect::ExchangeHow;

double milliseconds(Duration span) {
    return std::chrono::duration<double, std::milli>(span).count();
}

/// What the end of a connection is for an exchange that it cuts off.
ExchangeHow how_of(How how) {
    switch (how) {
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

void clear(inspect::MessageFacts& message) {
    message.head_bytes = message.body_bytes = 0;
    message.decoded_bytes.reset();
    message.content_type.clear();
    message.content_encoding.clear();
    message.trailers.clear();
    message.headers.clear();
}

void note_content(inspect::MessageFacts& message, http::FieldViews fields) {
    for (const auto& [name, value] : fields) {
        if (name.size() == 12 && equals_ignoring_case(name, "content-type")) message.content_type = value;
        if (name.size() == 16 && equals_ignoring_case(name, "content-encoding")) message.content_encoding = value;
    }
}

}  // namespace

/// One exchange that is under way.
struct ExchangeBook::Open {
    http::ExchangeId id = 0;
    inspect::ExchangeRecord record;
    net::Time began{};
    std::optional<net::Time> asked;     ///< the request was whole
    std::optional<net::Time> answered;  ///< the answer's head came
    bool answer_whole = false;

    void restart(http::ExchangeId fresh, net::Time now);
    /// 101, or a CONNECT that was granted: it lives as long as its octets flow.
    bool tunnel() const;
    inspect::MessageFacts& message(bool up) { return up ? record.request : record.response; }
};

void ExchangeBook::Open::restart(http::ExchangeId fresh, net::Time now) {
    id = fresh;
    began = now;
    asked.reset();
    answered.reset();
    answer_whole = false;
    record.status.reset();
    record.informational.reset();
    record.timings = {};
    clear(record.request);
    clear(record.response);
}

bool ExchangeBook::Open::tunnel() const {
    const auto status = record.status.value_or(0);
    return status == 101 || (record.method == "CONNECT" && status >= 200 && status < 300);
}

ExchangeBook::ExchangeBook(Connection& connection, bool streams)
    : connection_(connection), streams_(streams), kept_(connection.services.shared.log.wants_records()) {}

ExchangeBook::~ExchangeBook() = default;

ExchangeBook::Open* ExchangeBook::find(http::ExchangeId id) {
    const auto found = std::ranges::lower_bound(open_, id, {}, [](const auto& one) { return one->id; });
    return found == open_.end() || (*found)->id != id ? nullptr : found->get();
}

ExchangeBook::Open& ExchangeBook::open(http::ExchangeId id) {
    auto fresh = spare_ ? std::move(spare_) : std::make_unique<Open>();
    fresh->restart(id, connection_.loop.now());
    fresh->record.exchange = static_cast<std::uint32_t>(count_);
    const auto place = std::ranges::upper_bound(open_, id, {}, [](const auto& one) { return one->id; });
    return **open_.insert(place, std::move(fresh));
}

void ExchangeBook::request(http::ExchangeId id, const http::RequestView& head) {
    ++count_;
    if (!kept_) return;
    auto& record = open(id).record;
    record.version = head.version;
    record.method = head.method;
    record.scheme = head.scheme.empty() ? (connection_.client_tls ? "https" : "http") : head.scheme;
    record.authority = head.authority.empty() ? connection_.server_name : head.authority;
    record.path = head.path;
    record.request.head_bytes = head.head_bytes;
    note_content(record.request, head.fields);
    record_headers(connection_, head.fields, record.request.headers);
}

void ExchangeBook::informational(http::ExchangeId id, const http::ResponseView& head) {
    auto* exchange = find(id);
    if (!exchange) return;
    exchange->record.informational = exchange->record.informational.value_or(0) + 1;
    if (head.status == 101) response(id, head);
}

void ExchangeBook::response(http::ExchangeId id, const http::ResponseView& head) {
    auto* exchange = find(id);
    if (!exchange) return;
    auto& record = exchange->record;
    exchange->answered = connection_.loop.now();
    record.upstream_version = head.version;
    record.status = static_cast<std::uint32_t>(head.status);
    record.response.head_bytes = head.head_bytes;
    note_content(record.response, head.fields);
    record_headers(connection_, head.fields, record.response.headers);
}

void ExchangeBook::body(http::ExchangeId id, bool up, ByteView octets) {
    if (auto* exchange = find(id)) exchange->message(up).body_bytes += octets.size();
}

void ExchangeBook::trailers(http::ExchangeId id, bool up, http::FieldViews fields) {
    auto* exchange = find(id);
    if (!exchange) return;
    auto& names = exchange->message(up).trailers;
    for (const auto& field : fields) {
        names += names.empty() ? "" : ", ";
        names += field.name;
    }
}

void ExchangeBook::ended(http::ExchangeId id, bool up) {
    auto* exchange = find(id);
    if (!exchange) return;
    if (up) exchange->asked = connection_.loop.now();
    if (!up) exchange->answer_whole = true;
    if (exchange->asked && exchange->answer_whole) finish(*exchange, {By::upstream, ExchangeHow::complete, {}});
}

void ExchangeBook::reset(http::ExchangeId id, bool up, std::uint32_t code) {
    auto* exchange = find(id);
    if (!exchange) return;
    finish(*exchange, {up ? By::client : By::upstream, ExchangeHow::reset_stream, fmt::format("error code {}", code)});
}

void ExchangeBook::refused(const http::Fault& fault) {
    if (!kept_) return;
    if (open_.empty()) {
        ++count_;
        auto& record = open(0).record;
        record.version.clear();
        record.method.clear();
        record.authority.clear();
        record.path.clear();
    }
    auto& exchange = fault.up ? *open_.back() : *open_.front();
    if (fault.answer == http::Fault::Answer::due && !exchange.record.status)
        exchange.record.status = static_cast<std::uint32_t>(fault.status);
    const auto how = fault.kind == http::Fault::Kind::ambiguous ? ExchangeHow::ambiguous : ExchangeHow::limit;
    finish(exchange, {fault.up ? By::client : By::upstream, how,
                      fault.quote.empty() ? fault.what : fmt::format("{}: \"{}\"", fault.what, fault.quote)});
}

void ExchangeBook::close(const inspect::End& end) {
    const bool in_order = end.how == How::fin || end.how == How::close_notify;
    while (!open_.empty()) {
        const bool whole = in_order && open_.front()->tunnel();
        finish(*open_.front(), {end.by, whole ? ExchangeHow::complete : how_of(end.how), end.detail});
    }
}

std::optional<net::Time> ExchangeBook::waiting_since() const {
    for (const auto& exchange : open_) {
        if (exchange->asked && !exchange->answered) return exchange->asked;
    }
    return std::nullopt;
}

void ExchangeBook::finish(Open& exchange, ExchangeEnd end) {
    const auto found = std::ranges::find(open_, &exchange, [](const auto& one) { return one.get(); });
    spare_ = std::move(*found);
    open_.erase(found);
    write(*spare_, std::move(end));
}

void ExchangeBook::write(Open& exchange, ExchangeEnd end) {
    const auto now = connection_.loop.now();
    auto& record = exchange.record;
    record.time = std::chrono::system_clock::now();
    record.id = connection_.record.id;
    record.source = connection_.record.source;
    record.rule = connection_.verdict.name;
    if (streams_) record.stream = exchange.id;
    if (exchange.asked) record.timings.request = milliseconds(*exchange.asked - exchange.began);
    if (exchange.asked && exchange.answered) {
        record.timings.wait = milliseconds(std::max(*exchange.answered - *exchange.asked, Duration{}));
    }
    if (exchange.answered) record.timings.response = milliseconds(now - *exchange.answered);
    record.timings.total = milliseconds(now - exchange.began);
    record.end = std::move(end);
    connection_.services.shared.log.write(record);
}

}  // namespace bascule::proxy
