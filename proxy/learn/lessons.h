#pragma once

#include "proxy/connection.h"

/// What a connection teaches for the next ones (`learn`, `upstream.client_certificate: passthrough`), and what was
/// learned for it.
namespace bascule::proxy {

/// Makes a verdict to intercept into one to pass through, where that was learned; true: it did, and the record's reason
/// says so. A rule that says `learn: never`, and a listener that asks clients for certificates, learn nothing.
bool apply_learned(Connection& connection);

/// The client ended the handshake after it was shown our certificate: by this alert, or without one. Returns how often
/// it has happened, as the end of a sentence; empty: this was the first time.
std::string note_refusal(Connection& connection, std::optional<std::uint8_t> alert);

/// Where a relay began: what was said in the clear before TLS is counted already.
struct RelayStart {
    net::Time at;
    std::uint64_t up = 0;
};

/// What the relay's end says about our certificate: a client that sent something has accepted it; one that left at once
/// without a word has refused it (with TLS 1.3, and where a program looks at the certificate only after the
/// handshake), unless the origin spoke first: its greeting may be all that was wanted. What note_refusal() returns,
/// where it left at once; empty where it left later without a word; nothing: it has accepted it, or did not end this.
std::optional<std::string> learn_from_relay(Connection& connection, RelayStart began);

/// The origin ended the session by this alert: it was learned, if that is to be, that it wants a certificate of the
/// client's own. Returns what that means for the client, as the end of a sentence; empty: it was not.
std::string note_origin_alert(Connection& connection, std::uint8_t alert);

}  // namespace bascule::proxy
