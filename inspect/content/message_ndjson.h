#pragma once

#include "inspect/message.h"

#include <string>

/// Messages exactly, one JSON object a line (keys in this order; what is not there has no key):
///     {"event":"message","id","exchange","stream","time","direction":"up"|"down","version","method","scheme",
///     "authority","path" or "status","reason","headers":[[NAME,VALUE]...],"body" or "body_base64","body_bytes",
///     "decoded_bytes","dropped","undecoded","trailers":[[NAME,VALUE]...],"whole":true|false}
///     {"event":"socket_message","id","exchange","stream","time","direction","kind":"text"|"binary"|"close","body" or
///     "body_base64","octets","dropped","close_code"}
/// `headers` are all that came, in order and case. A value that is not UTF-8 is null, and its base64 (RFC 4648 section
/// 4) follows it: [NAME,null,BASE64].
namespace bascule::inspect {

void append_ndjson_message(std::string& out, const MessagePlace& place, const Message& message);
void append_ndjson_message(std::string& out, const MessagePlace& place, const SocketMessage& message);

}  // namespace bascule::inspect
