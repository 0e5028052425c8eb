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
/// made at start (prepare_leaf_keys), the large ones on a thread of their own when the first origin has such a key.
class LeafKeys {
  public:
    enum class Kind : std::uint8_t { p256, p384, ed25519, rsa2048, rsa3072, rsa4096 };

    static LeafKeys& instance();

    /// RSA keys of other sizes become the next larger kind, and 4096 at most; P-521 becomes P-384; a type that is
    /// not here, P-256.
    static Kind kind_for(LeafKeyPolicy policy, X509* origin);

    /// Whether get() returns at once. Where it would not, begins to make the key; ask again later.
    bool ready(Kind kind);
    const LeafKey& get(Kind kind);

  private:
    struct Slots;
    LeafKeys();
    ~LeafKeys();
    std::unique_ptr<Slots> slots_;
};

}  // namespace bascule::tls
