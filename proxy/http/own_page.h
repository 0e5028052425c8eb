#pragma once

#include "proxy/entry/preface.h"

/// What a browser behind an explicit listener sees at http://bascule.local/: the certificate to trust, and how. No such
/// name can be in the DNS (RFC 6762 section 3): nobody else is asked.
namespace bascule::proxy {

bool is_for_own_page(const PlainRequest& request);

/// Answers, and ends the connection. Throws Ended.
net::Task<void> show_own_page(Connection& connection, const PlainRequest& request);

}  // namespace bascule::proxy
