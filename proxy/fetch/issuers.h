#pragma once

#include "proxy/connection.h"

namespace bascule::proxy {

/// Fetches the issuer that the session lacks, by the URLs in its certificate (upstream.aia), and adds what was found;
/// adds nothing where there is nothing to be had, or the session has had its share: at most three URLs of a certificate
/// and three certificates of a chain, each as fetch() bounds it. What one connection has fetched serves the others.
net::Task<void> add_missing_issuers(const Connection& connection, tls::Session& session);

/// The stream's handshake, with the issuers that the origin has left out. Both must outlive it.
net::Task<tls::HandshakeResult> handshake_with_issuers(const Connection& connection, tls::TlsStream& stream);

}  // namespace bascule::proxy
