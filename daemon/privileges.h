#pragma once

#include <string>

namespace bascule::daemon {

/// Becomes `user` for good: its uid, gid and groups. Of the capabilities only CAP_NET_ADMIN stays, and only with
/// `keep_net_admin` (SO_MARK on connections to origins). Throws Error.
void become_user(const std::string& user, bool keep_net_admin);

/// Whom a signer that root starts becomes: bascule-signer, else nobody, else daemon, and not the one that the workers
/// are, so that they can send it no signal. Null where the system has none of them. One thread only.
const char* signer_user(const std::string& workers);

/// Opens /dev/null for standard streams that are closed: else a socket would get such a number, and what is written to
/// stderr would go to a peer.
void occupy_standard_streams();

/// As many descriptors as the hard limit allows; no core dumps, which would hold keys.
void prepare_process();

}  // namespace bascule::daemon
