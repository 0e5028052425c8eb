#pragma once

#include "base/bytes.h"
#include "tls/alert.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Reads a ClientHello (RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2) from the first bytes of a connection,
/// without answering and without OpenSSL.
namespace bascule::tls {

/// The largest opening that is collected before giving up: post-quantum key shares make hellos of many records.
inline constexpr std::size_t kLargestHello = 64_KiB;

struct ClientHello {
    std::uint16_t legacy_version = 0;
    std::vector<std::uint16_t> ciphers;
    std::vector<std::uint16_t> extensions;  ///< types, in order, GREASE included
    std::string server_name;                ///< as sent: printable ASCII, at most 255 octets; empty: none
    std::vector<std::string> alpn;
    std::vector<std::uint16_t> versions;  ///< supported_versions; empty: none
    std::vector<std::uint16_t> groups;
    std::vector<std::uint16_t> signature_algorithms;
    std::vector<std::uint16_t> key_shares;    ///< the groups of key_share, in order
    std::vector<std::uint16_t> compressions;  ///< compress_certificate (RFC 8879): the algorithms, in order
    bool offers_session = false;  ///< it would resume one: a ticket, a pre-shared key, a session ID before TLS 1.3
    std::size_t size = 0;         ///< octets of the opening that hold the hello, record headers included

    bool has_extension(std::uint16_t type) const;
    bool offers(std::uint16_t version) const;  ///< 0x0303, 0x0304: by supported_versions, else by legacy_version
    /// JA4 (the TLS client fingerprint, BSD-3): t13d1516h2_8daaf6152771_b186095e22b6
    std::string ja4() const;
};

/// Whether some TLS server takes this first octet for the beginning of TLS: a record, or a hello in SSLv2's format.
bool may_begin_tls(std::uint8_t octet);

enum class HelloState : std::uint8_t {
    need_more,  ///< so far it can still become a ClientHello
    not_tls,    ///< nothing that a TLS server would take for TLS; decided at the first byte that differs
    malformed,  ///< a TLS handshake record, but no ClientHello, or one that breaks its own lengths; another record of
                ///< TLS, a hello in a record of an odd version, an SSLv2 hello, which must not pass for a foreign
                ///< protocol: the peers could speak TLS after it
    complete,
};

struct HelloResult {
    HelloState state = HelloState::need_more;
    ClientHello hello;                  ///< complete only
    std::string fault{};                ///< malformed only, for the record
    Alert alert = Alert::decode_error;  ///< malformed only: what RFC 8446 section 6.2 answers it with
};

/// Pure: the whole opening so far, whatever its split over segments and records. For a single look; work is
/// proportional to the number of records, so an opening that grows octet by octet wants a HelloReader.
HelloResult parse_client_hello(ByteView opening);
/// The same for the handshake message alone, header included, without records.
HelloResult parse_client_hello_message(ByteView message);

/// The same for an opening that grows: each call gets the whole of it so far (never less than before), and goes on at
/// the record where the last call stopped, so that all calls together take time linear in its size.
class HelloReader {
  public:
    HelloResult read(ByteView opening);

  private:
    std::size_t next_ = 0;       ///< offset of the first record that is not whole yet
    std::size_t collected_ = 0;  ///< octets of the handshake message in the records before it
};

}  // namespace bascule::tls
