#pragma once

#include "http/h1/reply.h"
#include "proxy/entry/preface.h"

#include <string>

/// What a browser behind an explicit listener sees at http://bascule.local/: the certificate to trust, and how. No such
/// name can be in the DNS (RFC 6762 section 3): nobody else is asked.
namespace bascule::proxy {

bool is_for_own_page(const PlainRequest& request);

/// The answer, its content included.
std::string own_page(const Connection& connection, const PlainRequest& request, http::Then then);

}  // namespace bascule::proxy
