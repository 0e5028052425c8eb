#pragma once

#include <openssl/ssl.h>

namespace bascule::tls {

/// Has the sessions of this context refuse what an origin chooses below the floor, as soon as it has said so: a version
/// before `minimum_version`, a suite or a scheme that is not allowed (allows_cipher, allows_scheme). Their first hello
/// may offer it all the same; what they offer in a renegotiation is allowed. The session's failure() says what it was.
/// Our own certificate may be of any strength: that is the origin's to judge.
void check_choices(SSL_CTX* context, int minimum_version);

}  // namespace bascule::tls
