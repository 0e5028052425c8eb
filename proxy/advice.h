#pragma once

#include "proxy/connection.h"

/// What went wrong with an origin most likely means, and which key of the configuration would help: for a person, as
/// the rest of a sentence.
namespace bascule::proxy {

/// About a certificate that is not accepted: `fault` is OpenSSL's X509_V_ERR code, or one of tls::OwnFault.
std::string advice_on_certificate(int fault);

/// The alert by which the origin refused the handshake, or ended the relay; empty: it says all there is to say.
std::string meaning_of_origin_alert(const Connection& connection, std::uint8_t alert);

/// About an origin that answered a ClientHello with no TLS, or with one that OpenSSL ended.
std::string meaning_of_failure(const Connection& connection, const tls::Failure& failure);

}  // namespace bascule::proxy
