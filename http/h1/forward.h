#pragma once

#include "http/h1/answer.h"
#include "http/h1/head.h"
#include "http/h1/head_end.h"

/// What a proxy changes of the heads that it forwards (RFC 9110 section 7.6, RFC 9112 section 3.2 and 9.6): the form of
/// the target, and the fields that are meant for the next hop only: Connection and what it names, Keep-Alive,
/// Proxy-Connection, Proxy-Authorization, Proxy-Authenticate, Proxy-Authentication-Info, TE, Upgrade. Everything else
/// stays, in order and case as it came. Connection cannot remove Host or what frames the content.
namespace bascule::http {

/// Whether the client's connection goes on after the answer (RFC 9112 section 9.3). HTTP/1.0: no.
bool persists(const RequestHead& head);

/// Whether the request asks to become a WebSocket (RFC 6455 section 4.1): the one Upgrade that is forwarded.
bool wants_socket(const RequestHead& head);

/// The head to send to the origin: origin-form target, Host equal to the authority (RFC 9112 section 3.2.2); Trailer
/// stays with chunked. `Connection: close` where the client's connection ends after the answer. The version stays the
/// client's, so that the answer is one that it can read.
std::string for_origin(const RequestHead& head, const AbsoluteTarget& target);

/// A head of the origin's as it is for the client.
struct AnswerHead {
    std::string text;
    std::size_t size = 0;  ///< octets that it had
    int status = 0;
    bool persists = false;  ///< the origin's connection goes on after it
    bool closes = false;    ///< the client's does not, and is told so
};
/// `octets` begin with a whole head, which has been found good by check_answer() for what was asked. The version is our
/// own (RFC 9112 section 2.3). `client_closes`: the client's connection ends after this answer, as it does where the
/// content ends with the origin's. Of 101 the Upgrade stays.
AnswerHead for_client(std::string_view octets, const Asked& asked, bool client_closes);

}  // namespace bascule::http
