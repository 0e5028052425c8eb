#pragma once

#include "inspect/record.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

/// The record of one exchange (a request and its answer) as plain data: written when it ends, however it ends.
namespace bascule::inspect {

enum class ExchangeHow : std::uint8_t {
    complete,      ///< both the request and the answer are whole, or the answer is and made the rest needless
    reset_stream,  ///< one side gave it up (RST_STREAM)
    ambiguous,     ///< two readers could read it differently: it was not passed on
    reset,         ///< these end the connection around it:
    truncated,
    fin,
    alert,
    timeout,
    limit,
    error,
    drain,
    killed,
    blocked,  ///< these are answered by the proxy itself, in the origin's stead:
    denied,
    loop,
    unresolved,
    refused,
    unreachable,
    client_gone  ///< before anything was done about it
};
std::string_view name_of(ExchangeHow how);

/// One direction. `headers` as log.headers and log.redact have them, names in lower case.
struct MessageFacts {
    std::uint64_t head_bytes = 0;
    std::uint64_t body_bytes = 0;
    std::optional<std::uint64_t> decoded_bytes;
    std::string content_type;
    std::string content_encoding;
    std::string trailers;  ///< their names
    std::vector<std::pair<std::string, std::string>> headers;
};

struct GrpcFacts {
    std::uint64_t messages_up = 0, messages_down = 0;
    std::string status;  ///< grpc-status of the trailers
};

/// Milliseconds: until the request was whole; from there to the answer's head; from there to its end.
struct ExchangeTimings {
    std::optional<double> request, wait, response;
    double total = 0;
};

struct ExchangeEnd {
    By by = By::proxy;
    ExchangeHow how = ExchangeHow::complete;
    std::string detail;
};

/// An empty string or an absent optional is a fact that is not known, and no key in the output.
struct ExchangeRecord {
    WallTime time{};      ///< of the end
    std::string_view id;  ///< of the connection
    std::uint32_t exchange = 0;
    std::optional<std::uint32_t> stream;
    std::string_view source;
    std::string version;
    std::string upstream_version;
    std::string method;
    std::string scheme;
    std::string authority;
    std::string path;
    std::optional<std::uint32_t> status;
    std::optional<std::uint32_t> informational;
    MessageFacts request, response;
    std::optional<GrpcFacts> grpc;
    ExchangeTimings timings;
    std::string_view rule;
    std::vector<std::string> did;  ///< by message rules: RULE:ACTION
    ExchangeEnd end;
};

/// A WebSocket, from the answer that began it on; counts are of messages, octets of their payload on the wire.
struct WebSocketRecord {
    WallTime time{};  ///< of the end
    std::string_view id;
    std::uint32_t exchange = 0;
    std::optional<std::uint32_t> stream;
    std::string_view source;
    std::string scheme;  ///< ws, wss
    std::string authority;
    std::string path;
    std::uint64_t messages_up = 0, messages_down = 0;
    std::uint64_t bytes_up = 0, bytes_down = 0;
    std::optional<std::uint32_t> close_code;
    double duration_ms = 0;
    std::string_view rule;
    ExchangeEnd end;
};

}  // namespace bascule::inspect
