#pragma once

#include "inspect/content/content_log.h"
#include "inspect/har/har_log.h"
#include "inspect/key_log.h"
#include "inspect/log.h"
#include "net/name/resolver.h"
#include "net/task/one_at_a_time.h"
#include "net/task/sync.h"
#include "proxy/claim/claim_verdicts.h"
#include "proxy/fetch/status_cache.h"
#include "proxy/learn/learned.h"
#include "proxy/learn/refusals.h"
#include "proxy/limits.h"
#include "proxy/policy/policy.h"
#include "tls/leaf/leaf.h"
#include "tls/session/client_leg_context.h"
#include "tls/session/session_cache.h"
#include "tls/verify/aia.h"

#include <memory>
#include <vector>

namespace bascule::proxy {

/// What all workers share. Outlives them.
struct Shared {
    inspect::Log& log;
    inspect::ContentWriter& content;
    inspect::KeyLog& keys;
    inspect::HarLog& har;
    tls::LeafCache& leaves;
    tls::ClientLegContexts& client_leg;
    tls::SessionCache& sessions;  ///< with origins
    ConnectionCount& connections;
    /// Where we listen, real ports: a destination among them is ourselves.
    std::vector<SocketAddress> listening;
    Refusals refusals{};
    Learned learned{};
    ClaimVerdicts claims{};
    tls::IssuerCache issuers{};
    StatusCache statuses{};
};

/// What the connections of one worker share. Used only on that worker's thread.
struct Services {
    Shared& shared;
    net::EventLoop& loop;
    net::Resolver& resolver;
    std::shared_ptr<const Policy> policy;  ///< for connections that begin now
    net::Event& drain;                     ///< set: connections end, idle ones at once
    net::Time drain_until = net::Time::max();
    net::OneAtATime<tls::Digest> probes{};  ///< handshakes that settle claims
    net::OneAtATime<tls::Digest> status_questions{};
};

}  // namespace bascule::proxy
