#pragma once

#include "base/address.h"
#include "base/duration.h"
#include "base/place.h"
#include "rules/message/message_rules.h"
#include "rules/rules.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// YAML to plain typed structs. What needs OpenSSL or a socket to check (does the key match, is the port free) is
/// checked in daemon/, with the places kept here. The same table of keys serves decoding, `bascule schema` and the
/// test that looks for every key in the man page.
namespace bascule::config {

/// A value and where it was written; a default has an empty place.
template <class T>
struct At {
    T value{};
    Place place{};
};

enum class LeafKey : std::uint8_t { mirror, ecdsa_p256, rsa_2048 };

struct Ca {
    At<std::string> certificate;  ///< path, made absolute or relative to the working directory, ready to open
    At<std::string> key;          ///< path
    LeafKey leaf_key = LeafKey::mirror;
    Duration leaf_lifetime = std::chrono::hours(24 * 30);
};

enum class Mode : std::uint8_t { explicit_proxy, transparent, sni, forward };
std::string_view name_of(Mode mode);  ///< "explicit", "transparent", "sni", "forward"

/// Protocols that begin in the clear and turn into TLS.
enum class StartTls : std::uint8_t { smtp, imap, pop3, ftp, ldap, xmpp, postgres, mysql, nntp, sieve };
std::string_view name_of(StartTls dialect);  ///< as it is written

struct Listener {
    std::string name;
    Place place;
    At<SocketAddress> address;
    Mode mode = Mode::explicit_proxy;
    std::vector<Cidr> allow;  ///< empty: everyone (only where the listener needs no list)
    bool proxy_protocol = false;
    std::uint16_t port = 443;                  ///< mode sni: the port connected
    std::optional<HostPort> target;            ///< mode forward
    std::optional<At<std::string>> client_ca;  ///< PEM file: clients must show a certificate of one of these CAs
    std::optional<StartTls> starttls;
};

/// A certificate of one's own, shown instead of a forged one.
struct OwnCertificate {
    std::shared_ptr<const rules::NameSet> names;
    At<std::string> certificate;  ///< path, PEM with its chain
    At<std::string> key;          ///< path
};

enum class Verify : std::uint8_t { enforce, off, mirror };
enum class TlsVersion : std::uint8_t { tls12, tls13 };
enum class Ocsp : std::uint8_t { staple, require, off, ask };
enum class Hello : std::uint8_t { mirror, own };
enum class Resumption : std::uint8_t { client, shared, off };
enum class PostQuantum : std::uint8_t { mirror, require };

/// What an origin is shown that asks for a client certificate.
struct ClientCertificate {
    enum class Kind : std::uint8_t { none, passthrough, files } kind = Kind::none;
    At<std::string> certificate;  ///< files: path, PEM with its chain
    At<std::string> key;          ///< files: as ca.key
};

struct Upstream {
    std::vector<At<std::string>> trust{{.value = "system", .place = {}}};  ///< "system" or a PEM file's path
    Verify verify = Verify::enforce;
    TlsVersion minimum_version = TlsVersion::tls12;
    std::vector<At<std::string>> crl;  ///< paths
    Ocsp ocsp = Ocsp::staple;
    bool aia = false;
    Hello hello = Hello::mirror;
    Resumption resumption = Resumption::client;
    bool legacy = false;
    PostQuantum post_quantum = PostQuantum::mirror;
    ClientCertificate client_certificate;
    std::optional<IpAddress> bind;
    std::optional<std::uint32_t> mark;
};

struct Timeouts {
    Duration first_bytes = std::chrono::milliseconds(300);
    Duration peek = std::chrono::seconds(10);
    Duration connect = std::chrono::seconds(10);
    Duration handshake = std::chrono::seconds(10);
    Duration idle = std::chrono::minutes(5);
    Duration half_close = std::chrono::seconds(60);
    Duration request_head = std::chrono::seconds(30);  ///< of inspected HTTP
    std::optional<Duration> response_head;             ///< likewise
    std::optional<Duration> lifetime;
    Duration drain = std::chrono::seconds(30);
};

struct Resolver {
    std::vector<SocketAddress> servers;  ///< empty: the system's (resolv.conf)
    std::string hosts = "/etc/hosts";
    Duration timeout = std::chrono::seconds(5);
};

struct Limits {
    std::uint32_t connections = 50'000;
    std::optional<std::uint32_t> connections_per_source;
    std::uint32_t renegotiations_per_minute = 3;
    std::uint32_t key_updates_per_minute = 60;
};

enum class ClientGone : std::uint8_t { cancel, finish };
enum class Shutdown : std::uint8_t { drain, now };

enum class Level : std::uint8_t { debug, info, warning, error };
enum class Format : std::uint8_t { text, logfmt, json, journal };
struct Log {
    Level level = Level::info;
    Format format = Format::text;
    At<std::string> output{.value = "stderr", .place = {}};  ///< "stderr", "journal" or a file's path
    bool all_headers = false;                                ///< fields in the records of exchanges
    std::vector<std::string> headers;                        ///< else these, in lower case
    bool exchanges_first = false;                            ///< not of the file, as what follows: for `bascule watch`
    bool content = false;                                    ///< messages are shown
    std::string if_nothing;                                  ///< what is said at the end, where nothing came
    std::vector<std::string> redact{"authorization", "proxy-authorization", "cookie", "set-cookie"};
};

enum class ContentFormat : std::uint8_t { text, raw, ndjson };
/// What passed, decrypted. `file` is a path that may hold {id}; exactly one of `file` and `to_stderr` is set.
struct ContentLog {
    std::optional<At<std::string>> file;
    bool to_stderr = false;
    std::uint64_t limit = 1 << 20;  ///< octets per connection
    std::uint64_t body = 64 << 10;  ///< of them, octets per HTTP message
    ContentFormat format = ContentFormat::text;
};

/// How a server name is checked before a connection is let through by it.
enum class Check : std::uint8_t { none, name, certificate };

/// What is looked into where a connection is intercepted, or in the clear.
enum class Inspect : std::uint8_t { http, none };

/// Whether a client of HTTP is told by a page, and not by an alert, that there is no way to the origin.
enum class ErrorPage : std::uint8_t { on, off };

/// Passthrough learned from clients that refuse our leaf.
struct Learn {
    enum class Scope : std::uint8_t { client, server_name };
    std::uint32_t after = 2;  ///< refusals
    Duration keep = std::chrono::hours(24);
    Scope scope = Scope::client;
};

/// Everything that a rule may override, whole: the file's top-level values with the rule's own laid over them. The
/// last element of Config::settings holds for `default`.
struct Settings {
    std::shared_ptr<const Ca> ca;
    std::shared_ptr<const Upstream> upstream;  ///< rules that change nothing share the same object
    Timeouts timeouts;
    std::optional<ContentLog> content;
    std::optional<At<std::string>> keys;  ///< file that takes the TLS secrets
    std::optional<At<std::string>> har;   ///< file that takes HTTP exchanges
    Check check = Check::certificate;
    Inspect inspect = Inspect::http;
    ErrorPage error_page = ErrorPage::on;
    std::optional<StartTls> starttls;
    std::optional<Learn> learn;  ///< absent: nothing is learned from clients that refuse our leaf
    bool never_learn = false;    ///< `learn: never`: nor from origins that want a client certificate
};

struct Config {
    std::string file;  ///< as given on the command line
    std::shared_ptr<const Ca> ca;
    std::vector<OwnCertificate> certificates;
    std::vector<Listener> listeners;
    std::shared_ptr<const Upstream> upstream;
    ErrorPage error_page = ErrorPage::on;
    std::vector<Cidr> deny;  ///< destinations never connected to
    Resolver resolver;
    Timeouts timeouts;
    ClientGone client_gone = ClientGone::cancel;
    Shutdown shutdown = Shutdown::drain;
    Limits limits;
    std::optional<At<std::string>> ticket_keys;  ///< path; absent: made at start, rotated
    std::optional<Learn> learn;
    std::optional<std::uint32_t> workers;  ///< absent: one per core
    std::optional<At<std::string>> user;
    Log log;
    std::shared_ptr<const rules::RuleSet> rules;
    std::vector<Settings> settings;  ///< one per rule, in order, then the default's
    std::shared_ptr<const rules::MessageRules> messages;

    const Settings& settings_for(const rules::Verdict& verdict) const {
        return verdict.index ? settings[*verdict.index] : settings.back();
    }
};

/// One mistake: `file:line:column: path: message`.
struct Problem {
    Place place;
    std::string path;  ///< `upstream.verify`, `rules[2].match.server_name`; empty for the file itself
    std::string message;

    std::string text() const;
};

struct Loaded {
    std::optional<Config> config;   ///< absent where there is a problem
    std::vector<Problem> problems;  ///< all of them, in the file's order
};

/// Reads and checks a file. Never throws for what a file may hold.
Loaded load(const std::string& path);
/// The same for a text, as if read from `path` (list files are still looked for beside it).
Loaded parse(std::string_view yaml, const std::string& path);

/// Message rules that never act, because an earlier one answers all that they match.
std::vector<Problem> doubts_about_messages(const Config& config);

/// JSON Schema, draft-07, of the file.
std::string schema();

}  // namespace bascule::config
