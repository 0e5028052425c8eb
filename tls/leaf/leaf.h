#pragma once

#include "net/loop.h"
#include "tls/hello/client_hello.h"
#include "tls/library.h"
#include "tls/signer/authority.h"

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

/// Forged certificates: what a client is shown instead of the origin's.
namespace bascule::tls {

enum class LeafKeyPolicy : std::uint8_t { mirror, ecdsa_p256, rsa_2048 };

/// A certificate and its key, ready for a handshake. Immutable, shared: handshakes only take references.
struct Leaf {
    CertificateHandle certificate;
    KeyHandle key;
    ChainHandle chain;       ///< what is sent after the certificate; null: nothing
    std::string stands_in;   ///< "RSA-2048 for RSA-4096 until one of that size is made": its key; empty: as is wanted
    std::string serial;      ///< lower-case hex; empty: not forged, but one's own
    WallTime valid_from{};   ///< before it, where a clock was set back, a new one is forged
    WallTime refresh_at{};   ///< from then on as well (two thirds of its life)
    std::size_t octets = 0;  ///< what it counts for in the cache, compressed forms included

    /// The message that shows it, compressed: once, when it is first asked for. Empty: as compress_certificate says.
    const CompressedCertificate& compressed(std::uint16_t algorithm) const;

    struct Form {
        std::once_flag once;
        CompressedCertificate made;
    };
    static constexpr std::size_t kForms = 3;  ///< RFC 8879 section 7.3
    mutable std::array<Form, kForms> forms{};
};

struct LeafRequest {
    std::shared_ptr<const Authority> authority;
    X509* origin = nullptr;        ///< borrowed for the call
    std::string server_name;       ///< the name (or address) verified, lower-case A-labels
    bool add_server_name = false;  ///< verify: off: the SANs hold the server name as well
    /// verify: mirror, and the origin is not accepted: never a name or a day more than the origin's. Who signs it is
    /// `authority`'s matter: distrusted_authority() where dates and names do not show all that is wrong.
    bool show_fault = false;
    LeafKeyPolicy key = LeafKeyPolicy::mirror;
    const ClientHello* client =
        nullptr;  ///< whoever is shown it, borrowed; null: a client that takes every kind of key
    Duration lifetime{};
    net::EventLoop* loop = nullptr;  ///< its connections wait for one another's forging of the same leaf; null: none do
};

/// Builds and signs one leaf: SAN (always, but where a fault is shown of an origin without one; from the origin's
/// common name only where it has none and that is a valid DNS name), subject and EKU taken over, key type (and size,
/// bounded 2048..4096) mirrored where the client takes it, never CA:TRUE, KU fit for the key, AKI from the CA's own SKI
/// octets, random positive 128-bit serial, no AIA, CRLDP, must-staple or SCT. Valid from at most a day ago, for at most
/// `lifetime`, and not beyond the origin's and the CA's end (an origin that is not valid now bounds nothing where
/// add_server_name says that it is not verified). Throws Error where the origin's names cannot stand in a certificate,
/// unless a fault is shown: then they are left out.
net::Task<std::shared_ptr<const Leaf>> forge_leaf(const LeafRequest& request,
                                                  WallTime now = std::chrono::system_clock::now());

/// Makes the leaf keys that the policy needs most, once, at start: an RSA key takes a tenth of a second and more, in
/// which a worker that needs it would wait. Mirrored RSA keys larger than 2048 are made aside on first need
/// (leaf_keys.h).
void prepare_leaf_keys(LeafKeyPolicy policy);

/// All forged leaves of the process, shared by the workers, sharded, bounded in octets, least recently used out
/// first, aware of expiry. Two origins never share a leaf: the key holds the origin certificate's SHA-256, the
/// authority, the server name where the leaf depends on it, the policy and the lifetime. Of requests for the same leaf
/// at the same time one for each worker is forged, and the others wait for it; where it fails or is cancelled, the next
/// one tries.
class LeafCache {
  public:
    using Clock = WallTime (*)();
    explicit LeafCache(std::size_t octets = 64u << 20, Clock now = std::chrono::system_clock::now);
    ~LeafCache();
    net::Task<std::shared_ptr<const Leaf>> get(const LeafRequest& request);
    std::size_t octets() const;

  private:
    struct Shards;
    Clock now_;
    std::unique_ptr<Shards> shards_;
};

}  // namespace bascule::tls
