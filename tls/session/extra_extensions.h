#pragma once

#include "tls/hello/offer.h"

#include <openssl/ssl.h>

namespace bascule::tls {

/// Has the sessions of this context send those extensions of an offer that OpenSSL has no setting for. What an origin
/// answers is obeyed, or (status_request_v2, whose answer OpenSSL could not read) refused as a weak choice is.
void add_extra_extensions(SSL_CTX* context, const Offer& offer);

}  // namespace bascule::tls
