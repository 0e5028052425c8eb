#pragma once

#include "inspect/exchange.h"
#include "inspect/fields.h"

/// The one list of what the record of an exchange holds, in the order of the output.
namespace bascule::inspect {

using Headers = std::vector<std::pair<std::string, std::string>>;

template <class Out>
void list_fields(const Headers& headers, Out& out) {
    for (const auto& [name, value] : headers) out(name, value);
}

template <class Out>
void list_fields(const MessageFacts& message, Out& out) {
    out("head_bytes", message.head_bytes);
    out("body_bytes", message.body_bytes);
    out("decoded_bytes", message.decoded_bytes);
    out("content_type", message.content_type);
    out("content_encoding", message.content_encoding);
    out("trailers", message.trailers);
    if (!message.headers.empty()) out("headers", message.headers);
}

template <class Out>
void list_fields(const GrpcFacts& grpc, Out& out) {
    out("messages_up", grpc.messages_up);
    out("messages_down", grpc.messages_down);
    out("status", grpc.status);
}

template <class Out>
void list_fields(const ExchangeTimings& timings, Out& out) {
    out("request", timings.request);
    out("wait", timings.wait);
    out("response", timings.response);
    out("total", timings.total);
}

template <class Out>
void list_fields(const ExchangeEnd& end, Out& out) {
    out("by", end.by);
    out("how", end.how);
    out("detail", end.detail);
}

template <class Out>
void list_fields(const ExchangeRecord& record, Out& out) {
    out("id", record.id);
    out("exchange", record.exchange);
    out("stream", record.stream);
    out("source", record.source);
    out("version", record.version);
    out("upstream_version", record.upstream_version);
    out("method", record.method);
    out("scheme", record.scheme);
    out("authority", record.authority);
    out("path", record.path);
    out("status", record.status);
    out("informational", record.informational);
    if (record.request.head_bytes > 0) out("request", record.request);
    if (record.response.head_bytes > 0) out("response", record.response);
    out("grpc", record.grpc);
    out("timings_ms", record.timings);
    out("rule", record.rule);
    out("did", record.did);
    out("end", record.end);
}

template <class Out>
void list_fields(const WebSocketRecord& record, Out& out) {
    out("id", record.id);
    out("exchange", record.exchange);
    out("stream", record.stream);
    out("source", record.source);
    out("scheme", record.scheme);
    out("authority", record.authority);
    out("path", record.path);
    out("messages_up", record.messages_up);
    out("messages_down", record.messages_down);
    out("bytes_up", record.bytes_up);
    out("bytes_down", record.bytes_down);
    out("close_code", record.close_code);
    out("duration_ms", record.duration_ms);
    out("rule", record.rule);
    out("end", record.end);
}

}  // namespace bascule::inspect
