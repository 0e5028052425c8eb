#pragma once

#include "base/bytes.h"

#include <array>

namespace bascule::net {

/// One worker's buffers, used by whichever connection is being served at the moment and never across a wait. An idle
/// connection has none.
struct Scratch {
    static constexpr std::size_t kReceive = 64_KiB;
    alignas(64) std::array<std::uint8_t, kReceive> receive;
    alignas(64) std::array<std::uint8_t, 17_KiB> plain;  ///< one decrypted record
    Bytes replies;  ///< ciphertext that reading produces (handshake, alerts, key updates)
    Bytes gather;   ///< records collected for one send, of `gatherer`
    const void* gatherer = nullptr;

    /// This thread's.
    static Scratch& mine();
};

}  // namespace bascule::net
