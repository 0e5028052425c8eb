#pragma once

#include "tls/leaf/leaf.h"

#include <array>
#include <memory>

namespace bascule::tls {

/// The key of every leaf of one kind, and what certificates say about it.
struct LeafKey {
    KeyHandle key;
    Bytes id;  ///< the subjectKeyIdentifier
    bool rsa = false;
};

/// One key per type and size, made in this process on first need and kept until it ends; never the CA's, never on
/// disk. Making a P-256 key takes microseconds, RSA-2048 a tenth of a second and RSA-4096 seconds: the common ones are
/// made at start (prepare_leaf_keys), the large ones aside, on a thread of their own and of low priority, when the
/// first origin has such a key. Until one is there, the next smaller one that is stands in for it. A client that cannot
/// check what an origin's kind of key signs is shown a P-256 key.
class LeafKeys {
  public:
    enum class Kind : std::uint8_t { p256, p384, ed25519, mldsa44, mldsa65, mldsa87, rsa2048, rsa3072, rsa4096 };

    /// The kind that a leaf is to have, and the one that it gets.
    struct Choice {
        Kind wanted;
        Kind shown;
        std::string stands_in;  ///< Leaf::stands_in
    };

    static LeafKeys& instance();

    /// RSA keys of other sizes become the next larger kind, and 4096 at most; P-521 becomes P-384; a type that is
    /// not here, P-256.
    static Kind kind_for(LeafKeyPolicy policy, X509* origin);
    static std::string_view name_of(Kind kind);  ///< "RSA-4096"
    /// Whether the client offers the one scheme that keys of this kind sign with: Ed25519, and in TLS 1.3 ML-DSA. Kinds
    /// that have several are taken for granted.
    static bool is_taken_by(const ClientHello& client, Kind kind);

    Choice choose(const LeafRequest& request);

    /// The kind itself where its key is there, or is made at once; else it begins to be made, and the next smaller kind
    /// that is there is told. Never waits.
    Kind at_hand(Kind kind);
    /// Waits for the key where at_hand() does not tell the kind.
    const LeafKey& get(Kind kind);

  private:
    struct Slots;
    void make_aside(Kind kind);
    LeafKeys();
    ~LeafKeys();
    std::unique_ptr<Slots> slots_;
};

}  // namespace bascule::tls
