#include "http/h1/watched.h"

#include "base/text.h"
#include "http/h1/request.h"
#include "http/h1/unasked.h"
#include "http/h1/views.h"
#include "http/reply.h"

#include <algorithm>
#include <array>
#include <utility>

namespace bascule::http {
namespace {

// A client that pipelines more than this waits for answers: memory stays bounded.
constexpr std::size_t kMostWaiting = 1000;

constexpr std::string_view kUnasked = "the origin sent octets that answer no request (RFC 9112 section 9.2)";

// Of the head at hand; of the thread and not of the connection: an idle one holds no buffer.
thread_local std::vector<FieldView> head_fields;

/// Names that must not come after the content they would have framed or routed (RFC 9110 section 6.5.1).
bool is_forbidden_trailer(std::string_view name) {
    constexpr std::array<std::string_view, 3> forbidden{"Content-Length", "Transfer-Encoding", "Host"};
    return std::ranges::any_of(forbidden, [&](auto other) { return equals_ignoring_case(name, other); });
}

}  // namespace

std::size_t WatchedH1::admit(bool up, ByteView octets) {
    std::size_t passed = 0;
    while (passed < octets.size() && !fault_) {
        const auto some = step(up, octets.subspan(passed));
        if (some == 0) break;
        passed += some;
        tell_later();
    }
    return passed;
}

/// What the client did wrong, once all before it is answered.
void WatchedH1::tell_later() {
    if (later_ && !answers_to_come()) fault_ = std::exchange(later_, std::nullopt);
}

std::size_t WatchedH1::step(bool up, ByteView octets) {
    if (over()) return 0;
    if (way(up).body) return take_body(up, octets);  // also after an early 101
    if (tunnel_) {
        if (leaves_) return 0;
        told_.body(down_.exchange, up, octets);
        return octets.size();
    }
    if (!up && unasked_) return take_unasked(octets);
    return up ? take_request(octets) : take_answer(octets);
}

/// A head. What the client did wrong is told after the answers to what came before.
void WatchedH1::refuse(bool up, BadHead bad, ByteView octets) {
    Fault fault{.up = up, .what = std::move(bad.what), .quote = start_line(as_text(octets))};
    fault.status = up ? bad.status : 502;
    if (up ? down_.finished : waiting_.empty()) fault.answer = Fault::Answer::none;
    if (up) fault.exchange = up_.exchange + 1;
    if (!up && !waiting_.empty()) fault.exchange = waiting_.front().exchange;
    (up && answers_to_come() ? later_ : fault_) = std::move(fault);
}

/// In the middle of a message: a part of it has been passed on.
void WatchedH1::break_off(bool up, std::string what) {
    fault_ = Fault{.up = up,
                   .what = std::move(what),
                   .status = up ? 400 : 502,
                   .answer = Fault::Answer::begun,
                   .exchange = way(up).exchange};
    if (up && !answering_ && waiting_.size() == 1) fault_->answer = Fault::Answer::due;
    if (up && !answering_ && waiting_.empty()) fault_->answer = Fault::Answer::none;
}

std::string WatchedH1::last_words(const Fault& fault, bool to_client) const {
    return to_client && fault.answer == Fault::Answer::due ? reply(fault.status, fault.what) : std::string();
}

// --- Content -------------------------------------------------------------------------------------------------------

void WatchedH1::begin_body(bool up, Framing framing) {
    way(up).body.emplace(framing);
    if (way(up).body->ended()) end_body(up);
}

std::size_t WatchedH1::take_body(bool up, ByteView octets) {
    Way& from = way(up);
    const auto taken = from.body->take_run(octets.subspan(from.held));
    if (!taken) {
        break_off(up, "the chunks of the content are malformed (RFC 9112 section 7.1)");
        return 0;
    }
    if (!taken->content.empty()) told_.body(from.exchange, up, taken->content);
    if (!from.body->trailers().empty()) return hold_trailers(up, taken->octets);
    if (from.body->ended()) end_body(up);
    return taken->octets;
}

/// Nothing of them passes before all of them are known.
std::size_t WatchedH1::hold_trailers(bool up, std::size_t more) {
    Way& from = way(up);
    from.held += more;
    if (from.body->ended()) {
        end_body(up);
    } else if (from.finished) {
        break_off(up, "the trailers are not whole (RFC 9112 section 7.1.2)");
    }
    return from.body || fault_ ? 0 : std::exchange(from.held, 0);
}

void WatchedH1::tell_trailers(bool up, const std::string& lines) {
    head_fields.clear();
    split_fields(lines, head_fields);
    if (std::ranges::any_of(head_fields, [](const FieldView& field) { return is_forbidden_trailer(field.name); })) {
        return break_off(up, "trailers hold a field that frames or routes (RFC 9110 section 6.5.1)");
    }
    told_.trailers(way(up).exchange, up, head_fields);
}

void WatchedH1::end_body(bool up) {
    Way& from = way(up);
    if (!from.body->trailers().empty()) tell_trailers(up, from.body->trailers());
    if (fault_) return;
    from.body.reset();
    if (!up) answering_ = false;
    told_.ended(from.exchange, up);
}

// --- Heads ---------------------------------------------------------------------------------------------------------

/// Whether what the client sends next cannot be told yet, or is too much.
bool WatchedH1::must_wait() const {
    if (later_ || waiting_.size() >= kMostWaiting) return true;
    if (extent_ == Extent::exchange && up_.exchange > 0) return true;
    return !waiting_.empty() && (waiting_.back().asked.upgrade || waiting_.back().asked.connect);
}

void WatchedH1::check_finished(bool up) const {
    if (way(up).finished) throw BadHead{400, "the head is not whole (RFC 9112 section 2.1)"};
}

std::size_t WatchedH1::take_request(ByteView octets) try {
    if (must_wait()) {
        if (down_.finished && extent_ == Extent::connection)
            throw BadHead{400, "no answer will come to what precedes this request"};
        return 0;
    }
    const auto text = as_text(octets);
    if (!blank_ && text.starts_with("\r\n")) {  // one is tolerated before a request (RFC 9112 section 2.2)
        blank_ = true;
        return 2;
    }
    if (!blank_ && text == "\r") return up_.finished ? 1 : 0;
    const auto end = up_.head.find(text);
    if (!end) {
        check_finished(true);
        return 0;
    }
    read_request(text.substr(0, *end));
    return *end;
} catch (BadHead& bad) {
    refuse(true, std::move(bad), octets);
    return 0;
}

void WatchedH1::read_request(std::string_view text) {
    head_fields.clear();
    const auto line = parse_request(text, head_fields);
    const auto known = find_known(head_fields, false);
    const auto framing = check_request(line, known);
    auto view = view_of(line, known);
    check_authority(line, known);
    view.fields = head_fields;
    view.head_bytes = text.size();
    up_.head.restart();
    blank_ = false;
    waiting_.push_back({++up_.exchange,
                        {.head = line.method == "HEAD",
                         .connect = line.method == "CONNECT",
                         .upgrade = known.upgrade != nullptr,
                         .socket = equals_ignoring_case(view.protocol, "websocket")}});
    http2_ = known.upgrade ? asks_for_http2(line, head_fields) : nullptr;
    told_.request(up_.exchange, view);
    begin_body(true, framing);
}

std::size_t WatchedH1::take_answer(ByteView octets) try {
    const auto text = as_text(octets);
    if (waiting_.empty() && !may_be_unasked(text)) throw BadHead{502, std::string(kUnasked)};
    const auto end = down_.head.find(text);
    if (!end) {
        check_finished(false);
        return 0;
    }
    waiting_.empty() ? read_unasked(text.substr(0, *end)) : read_answer(text.substr(0, *end));
    return *end;
} catch (BadHead& bad) {
    refuse(false, std::move(bad), octets);
    return 0;
}

/// It is of no exchange, and the last that the origin says.
void WatchedH1::read_unasked(std::string_view text) {
    head_fields.clear();
    const auto line = parse_answer(text, head_fields);
    const auto known = find_known(head_fields, true);
    unasked_ = std::make_unique<BodyEnd>(check_unasked(line, known, head_fields));
}

std::size_t WatchedH1::take_unasked(ByteView octets) {
    const auto taken = unasked_->take(octets).value_or(0);
    if (taken == 0) refuse(false, {502, std::string(kUnasked)}, octets);
    return taken;
}

/// Told before 101 is: the exchange goes on as a stream.
void WatchedH1::agree_on_http2(const KnownFields& known) {
    constexpr ExchangeId first_stream = 1;
    if (!agrees_to_http2(known.upgrade)) http2_.reset();
    if (!http2_) return;
    if (!http2_->settings)
        throw BadHead{
            502, "101 to h2c, although HTTP2-Settings is not there once, or not base64url (RFC 7540 section 3.2.1)"};
    told_.becomes_stream(down_.exchange, first_stream);
    up_.exchange = down_.exchange = first_stream;
}

void WatchedH1::read_answer(std::string_view text) {
    head_fields.clear();
    const auto line = parse_answer(text, head_fields);
    const auto asked = waiting_.front().asked;
    const auto known = find_known(head_fields, true);
    const auto framing = check_answer(line, known, asked);
    const ResponseView view{version_text(line.minor), line.status, line.reason, head_fields, text.size()};
    down_.exchange = waiting_.front().exchange;
    if (line.status == 101) agree_on_http2(known);
    down_.head.restart();
    if (is_informational(line.status)) {
        told_.informational(down_.exchange, view);
    } else {
        told_.response(down_.exchange, view);
    }
    tunnel_ = begins_tunnel(asked, line.status);
    leaves_ = tunnel_ && (http2_ || (tunnels_ == Tunnels::stop_before && !asked.socket));
    if (is_informational(line.status) || tunnel_) return;
    waiting_.erase(waiting_.begin());
    answering_ = true;
    begin_body(false, framing);
}

void WatchedH1::ended(bool up, bool in_order) {
    Way& from = way(up);
    from.finished = true;
    if (in_order && from.body && from.body->endless()) end_body(up);
    if (!up && later_) later_->answer = Fault::Answer::none;
    tell_later();
}

}  // namespace bascule::http
