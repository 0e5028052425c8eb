#include "proxy/http/open_exchange.h"

#include "base/text.h"
#include "inspect/fields.h"
#include "proxy/connection.h"
#include "proxy/http/header_record.h"

#include <algorithm>

namespace bascule::proxy {
namespace {

double milliseconds(Duration span) {
    return std::chrono::duration<double, std::milli>(span).count();
}

void clear(inspect::MessageFacts& message) {
    message.head_bytes = message.body_bytes = 0;
    message.decoded_bytes.reset();
    message.content_type.clear();
    message.content_encoding.clear();
    message.trailers.clear();
    message.headers.clear();
}

// What peers say is kept up to here while an exchange is open, and shown no further: thousands may be open at once.
constexpr std::size_t kLongestPath = inspect::kLongestValue;
constexpr std::size_t kLongestText = 256;

std::string_view cut(std::string_view text, std::size_t longest = kLongestText) {
    return text.substr(0, longest);
}

void note_head(const Connection& connection, std::size_t size, http::FieldViews fields,
               inspect::MessageFacts& message) {
    message.head_bytes = size;
    for (const auto& [name, value] : fields) {
        if (name.size() == 12 && equals_ignoring_case(name, "content-type")) message.content_type = cut(value);
        if (name.size() == 16 && equals_ignoring_case(name, "content-encoding")) message.content_encoding = cut(value);
    }
    record_headers(connection, fields, message.headers);
}

}  // namespace

void OpenExchange::restart(http::ExchangeId fresh, std::uint64_t number, net::Time now,
                           std::unique_ptr<ExchangeCopy> copy) {
    id_ = fresh;
    began_ = now;
    asked_.reset();
    answered_.reset();
    answer_whole_ = wants_socket_ = false;
    copy_ = std::move(copy);
    record_.grpc.reset();
    record_.did.clear();
    record_.exchange = static_cast<std::uint32_t>(number);
    for (auto* text : {&record_.version, &record_.upstream_version, &record_.method, &record_.scheme,
                       &record_.authority, &record_.path}) {
        text->clear();
    }
    record_.status.reset();
    record_.informational.reset();
    record_.timings = {};
    clear(record_.request);
    clear(record_.response);
}

void OpenExchange::leave() {
    socket_.reset();
    copy_.reset();
    grpc_.reset();
}

void OpenExchange::ask(const Connection& connection, const http::RequestView& head) {
    record_.version = head.version;
    record_.method = cut(head.method);
    record_.scheme = !head.scheme.empty() ? cut(head.scheme) : connection.client_tls ? "https" : "http";
    record_.authority = cut(head.authority.empty() ? connection.server_name : head.authority);
    record_.path = cut(head.path, kLongestPath);
    wants_socket_ = equals_ignoring_case(head.protocol, "websocket");
    note_head(connection, head.head_bytes, head.fields, record_.request);
    if (copy_) copy_->ask(head, record_.scheme, record_.authority);
    if (record_.request.content_type.starts_with("application/grpc")) grpc_ = std::make_unique<Grpc>();
}

bool OpenExchange::answer(const Connection& connection, const http::ResponseView& head, MessageReaders& readers) {
    answered_ = connection.loop.now();
    if (!connection.answers_itself) record_.upstream_version = head.version;
    record_.status = static_cast<std::uint32_t>(head.status);
    note_head(connection, head.head_bytes, head.fields, record_.response);
    note_grpc_status(head.fields);  // an answer without content has its trailers there
    if (copy_) copy_->answer(head);
    if (wants_socket_ && tunnel()) socket_ = watch_socket(head.fields, socket_copy(readers));
    return is_socket();
}

std::unique_ptr<SocketCopy> OpenExchange::socket_copy(MessageReaders& readers) {
    if (!copy_) return nullptr;
    copy_->begin_socket();
    return std::make_unique<SocketCopy>(copy_->body_limit(), [this, &readers](const inspect::SocketMessage& message) {
        readers.take(record_.exchange, record_.stream, *copy_, message);
    });
}

void OpenExchange::take(bool up, ByteView octets) {
    message(up).body_bytes += octets.size();
    if (socket_) return socket_->take(up, octets);
    if (copy_) copy_->take(up, octets);
    if (grpc_) (up ? grpc_->up : grpc_->down).take(octets);
}

void OpenExchange::note_grpc_status(http::FieldViews fields) {
    if (!grpc_) return;
    for (const auto& [name, value] : fields) {
        if (name == "grpc-status") grpc_->status = cut(value);
    }
}

void OpenExchange::note_trailers(bool up, http::FieldViews fields) {
    if (!up) note_grpc_status(fields);
    if (copy_) copy_->note_trailers(up, fields);
    auto& names = message(up).trailers;
    for (const auto& field : fields) {
        if (names.size() > kLongestText) return;
        names += names.empty() ? "" : ", ";
        names += cut(field.name);
    }
}

void OpenExchange::end(bool up, net::Time now) {
    if (up) asked_ = now;
    if (!up) answer_whole_ = true;
    if (copy_) copy_->end(up);
}

bool OpenExchange::tunnel() const {
    const auto status = record_.status.value_or(0);
    return status == 101 || (record_.method == "CONNECT" && status >= 200 && status < 300);
}

void OpenExchange::note_times(net::Time now) {
    auto& timings = record_.timings;
    if (asked_) timings.request = milliseconds(*asked_ - began_);
    if (asked_ && answered_) timings.wait = milliseconds(std::max(*answered_ - *asked_, Duration{}));
    if (answered_) timings.response = milliseconds(now - *answered_);
    timings.total = milliseconds(now - began_);
}

void OpenExchange::note_decoded() {
    for (const bool up : {true, false}) message(up).decoded_bytes = copy_->side(up).message().decoded_bytes;
}

const inspect::ExchangeRecord& OpenExchange::finish(const Connection& connection, inspect::ExchangeEnd end) {
    record_.time = std::chrono::system_clock::now();
    record_.id = connection.record.id;
    record_.source = connection.record.source;
    record_.rule = connection.verdict.name;
    if (grpc_) record_.grpc = {grpc_->up.count(), grpc_->down.count(), grpc_->status};
    note_times(connection.loop.now());
    if (copy_) note_decoded();
    record_.end = std::move(end);
    return record_;
}

inspect::WebSocketRecord OpenExchange::finish_socket(const Connection& connection, inspect::ExchangeEnd end) const {
    inspect::WebSocketRecord record;
    record.time = std::chrono::system_clock::now();
    record.id = connection.record.id;
    record.exchange = record_.exchange;
    record.stream = record_.stream;
    record.source = connection.record.source;
    record.scheme = record_.scheme == "http" ? "ws" : "wss";
    record.authority = record_.authority;
    record.path = record_.path;
    record.rule = connection.verdict.name;
    record.duration_ms = milliseconds(connection.loop.now() - *answered_);
    record.end = std::move(end);
    socket_->tell(record);
    return record;
}

}  // namespace bascule::proxy
