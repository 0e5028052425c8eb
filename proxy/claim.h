#pragma once

#include "proxy/connection.h"

namespace bascule::proxy {

/// The rules do not have the last word on TLS. Passthrough may have been learned, which changes the verdict here; and
/// where a verdict to pass through was reached by a name that the client claims it needs the rule's `check` (true): it
/// was learned, or the rule asked for the name, or an earlier one that would not have let it through was missed for the
/// name alone (a lie can dodge a rule as well as meet one). Not where the name is not the client's: the target of a
/// `forward` listener, or the address itself.
bool must_be_checked(Connection& connection);

/// Makes a verdict to pass through into one to intercept where the server name is not what the rule's `check` asks for;
/// the record's reason says why. `certificate` asks the very address that is connected, by a handshake on a connection
/// of its own, with the rule's trust (whatever `verify` says), within timeouts.handshake; its result is remembered.
[[gnu::noinline]] net::Task<void> check_claim(Connection& connection);

}  // namespace bascule::proxy
