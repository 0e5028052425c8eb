#pragma once

#include "base/bytes.h"
#include "tls/handles.h"

#include <string>

/// Whether a certificate is for a name (RFC 9525): subjectAltName only, never the common name.
namespace bascule::tls {

/// `server_name` is a DNS name, or an address in text form, which only an iPAddress matches. A dNSName matches where it
/// is letters, digits, hyphens and dots throughout, whatever the case; a wildcard is the whole left-most label, stands
/// for one label, and needs at least two more to its right.
bool certificate_is_for(X509* certificate, const std::string& server_name);

/// Whether no dNSName has an empty label: name constraints are not to be asked about those.
bool names_are_whole(X509* certificate);

/// Whether the CA's name constraints let `server_name` itself pass (RFC 5280 section 4.2.1.10): a wildcard in the leaf
/// may be within them, or at least not excluded, while the name that it is used for is not. X509_V_OK or the fault.
int constraints_on(X509* authority, const std::string& server_name);

}  // namespace bascule::tls
