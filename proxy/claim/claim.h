#pragma once

#include "proxy/connection.h"

namespace bascule::proxy {

/// Whether a verdict to pass TLS through was reached by a name that the client claims, and so needs the rule's `check`:
/// the rule asked for the name, or an earlier one that would not have let it through was missed for the name alone (a
/// lie can dodge a rule as well as meet one). Not where the name is not the client's: the target of a `forward`
/// listener, or the address itself.
bool rests_on_claim(const Connection& connection);

/// The rules do not have the last word on TLS: passthrough may have been learned, which changes the verdict here, and
/// where it rests on the word of a client it is checked.
[[gnu::noinline]] net::Task<void> settle_verdict(Connection& connection);

/// The same without TLS: nothing vouches for a name there, so that one that is let through by its name is served like
/// any other, unless the rule's `check` believes it (none; name, where it is the one asked for).
void settle_plain_verdict(Connection& connection);

/// Makes a verdict to pass through into one to intercept where the server name is not what the rule's `check` asks for;
/// the record's reason says why. `certificate` asks the very address that is connected, by a handshake on a connection
/// of its own, with the rule's trust (whatever `verify` says), within timeouts.handshake; its result is remembered.
[[gnu::noinline]] net::Task<void> check_claim(Connection& connection);

}  // namespace bascule::proxy
