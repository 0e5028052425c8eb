#include "proxy/downgrade.h"

#include "tls/hello/downgrades.h"
#include "tls/hello/offer.h"
#include "tls/library.h"

namespace bascule::proxy {

void refuse_downgrade(Connection& connection) {
    const bool required = connection.settings->upstream->post_quantum == config::PostQuantum::require;
    const auto offered = tls::post_quantum_offer(*connection.hello);
    if (!required || offered.empty() || tls::can_mirror_post_quantum(*connection.hello)) return;
    connection.begin(inspect::Step::upstream_handshake);
    throw Ended(
        By::proxy, How::denied,
        fmt::format("the client offers a post-quantum key exchange ({}), which {} cannot do, and "
                    "upstream.post_quantum is require; run with OpenSSL 3.5 or newer, pass this name through, or "
                    "allow the downgrade (post_quantum: mirror)",
                    offered, tls::library_loaded()));
}

void note_downgrades(Connection& connection) {
    if (!connection.services.shared.log.wants_records()) return;
    connection.record.downgraded = tls::downgrades(*connection.hello, connection.upstream_tls->session().agreed(),
                                                   connection.client_tls->session().agreed());
}

}  // namespace bascule::proxy
