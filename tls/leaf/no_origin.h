#pragma once

#include <openssl/types.h>

namespace bascule::tls {

/// What stands for the origin's certificate where there is none to mirror: without names, valid always, with a key of
/// P-256. A leaf that is forged by it holds nothing but the server name (LeafRequest::add_server_name). Borrowed: it
/// lives as long as the process.
X509* no_origin();

}  // namespace bascule::tls
