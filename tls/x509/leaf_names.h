#pragma once

#include "base/bytes.h"
#include "tls/handles.h"

#include <string>

/// The subjectAltName of a leaf, made from the origin's (RFC 5280 section 4.2.1.6).
namespace bascule::tls {

/// The DER of the extension's value. DNS names, addresses, URIs and mail addresses are the origin's, octet by octet;
/// the kinds that no TLS client matches (otherName, directoryName...) stay out, and what cannot be a name (octets that
/// none has, addresses of a wrong size) as well. Without any: the origin's common name where that is a DNS name, else
/// `server_name`; `add_server_name` adds it where it is not covered yet. Throws Error: `server_name` is no name.
Bytes leaf_names(X509* origin, const std::string& server_name, bool add_server_name);

/// The same with the origin's names alone, those that are legal; empty where there are none, and no extension is due.
/// For a leaf that shows a fault.
Bytes names_of_origin(X509* origin);

/// How many names the certificate's extension holds.
std::size_t name_count(X509* certificate);

/// Whether leaf_names would use the server name: then it is part of what identifies the leaf.
bool leaf_needs_server_name(X509* origin, bool add_server_name);

/// Letters, digits, hyphens and underscores in labels of 1..63 octets, 253 in all; `*` may be the first label. Real
/// hosts have underscores anywhere, and hyphens where RFC 1123 has none.
bool is_dns_name(std::string_view name);

}  // namespace bascule::tls
