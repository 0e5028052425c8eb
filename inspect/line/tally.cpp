#include "inspect/line/tally.h"

#include "inspect/line/line.h"

#include <fmt/format.h>

namespace bascule::inspect {
namespace {

constexpr std::uint32_t kFirstError = 400;

std::uint64_t octets_of(const MessageFacts& message) {
    return message.head_bytes + message.body_bytes;
}

/// A client that gives an exchange up has its reasons, and often what it wanted.
bool has_failed(const ExchangeEnd& end) {
    const bool given_up = end.how == ExchangeHow::reset_stream && end.by == By::client;
    return end.how != ExchangeHow::complete && !given_up;
}

}  // namespace

void Tally::add(const ExchangeEnd& end, std::uint64_t up, std::uint64_t down) {
    ++exchanges_;
    failed_ += has_failed(end) ? 1 : 0;
    up_ += up;
    down_ += down;
}

void Tally::add(const ExchangeRecord& record) {
    add(record.end, octets_of(record.request), octets_of(record.response));
    of_error_ += record.status.value_or(0) >= kFirstError ? 1 : 0;
}

void Tally::add(const WebSocketRecord& record) {
    add(record.end, record.bytes_up, record.bytes_down);
}

void Tally::add(const ConnectionRecord& record) {
    failed_ += course_of(record) == Course::failed && !told_by_exchanges(record) ? 1 : 0;
    if (record.exchanges.value_or(0) > 0) return;
    up_ += record.bytes_up;
    down_ += record.bytes_down;
}

std::string Tally::text() const {
    const std::uint64_t exchanges = exchanges_;
    auto text = fmt::format("{} exchange{}", exchanges, exchanges == 1 ? "" : "s");
    if (of_error_ > 0) text += fmt::format(", {} with an error status", of_error_.load());
    if (failed_ > 0) text += fmt::format(", {} failed", failed_.load());
    const std::chrono::duration<double, std::milli> span = std::chrono::steady_clock::now() - since_;
    return text + fmt::format(", {} up, {} down, {}", size_text(up_), size_text(down_), span_text(span.count()));
}

}  // namespace bascule::inspect
