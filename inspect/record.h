#pragma once

#include "base/duration.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The connection record as plain data: one per connection, written when it ends, however it ends.
namespace bascule::inspect {

/// What one leg's TLS session agreed on, in IANA names.
struct TlsFacts {
    std::string version;  ///< TLSv1.2, TLSv1.3
    std::string cipher;   ///< TLS_AES_128_GCM_SHA256
    std::string group;    ///< x25519, secp256r1
    bool resumed = false;
};

/// The origin's certificate, and what was made of it.
struct CertificateFacts {
    std::string fingerprint;  ///< SHA-256, lower-case hex
    std::string subject;      ///< RFC 4514
    std::string issuer;
    std::string not_after;      ///< RFC 3339
    std::string verify;         ///< "ok", or OpenSSL's short word for the fault
    std::string ocsp;           ///< what a stapled answer says: good, revoked, unknown, expired, invalid
    std::string forged_serial;  ///< lower-case hex, empty: nothing forged
};

/// The certificate that a client showed, and that was accepted.
struct ClientCertificateFacts {
    std::string fingerprint;  ///< SHA-256, lower-case hex
    std::string subject;      ///< RFC 4514
    std::string issuer;
    std::string not_after;  ///< RFC 3339
};

/// Milliseconds with fractions; a step that did not take place is absent.
struct Timings {
    std::optional<double> peek, resolve, connect, upstream_handshake, client_handshake;
    double total = 0;
};

enum class By : std::uint8_t { client, upstream, proxy };
enum class How : std::uint8_t {
    close_notify,
    fin,
    reset,
    truncated,
    blocked,
    unresolved,
    refused,
    unreachable,
    alert,
    unverified,
    timeout,
    limit,
    denied,
    loop,
    client_gone,
    error,
    drain,
    killed
};
enum class Step : std::uint8_t { accept, preface, peek, resolve, connect, upstream_handshake, client_handshake, relay };

std::string_view name_of(By by);
std::string_view name_of(How how);
std::string_view name_of(Step step);  ///< "upstream-handshake": as in the record

struct End {
    By by = By::proxy;
    How how = How::error;
    Step step = Step::accept;
    std::string detail;  ///< what happened and what to do, in one line for a person; may be empty
};

/// An empty string or an absent optional is a fact that is not known, and no key in the output.
struct ConnectionRecord {
    WallTime time{};  ///< of the end
    std::string id;
    std::string listener;
    std::string mode;
    std::string protocol;
    std::string source;
    std::string target;
    std::string destination;
    std::string server_name;
    std::string action;
    std::string rule;
    std::string rule_at;
    std::string reason;
    std::string alpn;
    std::optional<TlsFacts> client_tls, upstream_tls;
    std::optional<CertificateFacts> certificate;
    std::optional<ClientCertificateFacts> client_certificate;
    std::optional<bool> certificate_requested;  ///< true: the origin asked for a client's certificate
    std::string ja4;
    std::string upstream_ja4;
    std::vector<std::string_view>
        downgraded;                          ///< what the two ends would have had without us: post-quantum, version...
    std::string_view http;                   ///< how exchanges were inspected: watched
    std::optional<std::uint64_t> exchanges;  ///< of what was
    std::uint64_t bytes_up = 0;
    std::uint64_t bytes_down = 0;
    std::optional<std::uint64_t> content_dropped;  ///< octets that the content log could not take
    Timings timings;
    End end;
    bool silent = false;  ///< the client came and went without an octet: no field, but told at `debug` only
};

}  // namespace bascule::inspect
