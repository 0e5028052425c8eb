#pragma once

#include "http/page_server.h"
#include "http/reply.h"
#include "proxy/connection.h"

#include <string>

/// What a browser behind an explicit listener sees at http://bascule.local/: the certificate to trust, and how, and
/// whether it trusts it already, which the page finds out by https://bascule.local/. No such name can be in the DNS
/// (RFC 6762 section 3): nobody else is asked.
namespace bascule::proxy {

bool is_for_own_page(const HostPort& target);

/// The answer to the connection's request, its content included.
std::string own_page(const Connection& connection, http::Then then);

/// Of a tunnel to it, once the client is told that it stands: reads the ClientHello, and ends the story so that
/// trusted_page() is what the client sees (tell_by_page). Throws Ended.
net::Task<void> begin_trusted_page(Connection& connection);
http::Page trusted_page();

}  // namespace bascule::proxy
