#include "config/keys.h"

#include <algorithm>
#include <array>
#include <utility>

namespace bascule::config {
namespace {

// clang-format off
constexpr auto kKeys = std::to_array<Key>({
    {.section = "", .name = "ca", .type = Type::map, .required = true, .help = "The certificate authority that signs forged leaves."},
    {.section = "ca", .name = "certificate", .type = Type::path, .required = true, .help = "PEM file of the CA certificate."},
    {.section = "ca", .name = "key", .type = Type::key, .required = true, .help = "Its key: a PEM file (refused where group or others can read it), credential:NAME or pkcs11:URI."},
    {.section = "ca", .name = "leaf", .type = Type::map, .help = "What the forged leaves are like."},
    {.section = "ca.leaf", .name = "key", .type = Type::word, .fallback = "mirror", .words = "mirror|ecdsa-p256|rsa-2048", .help = "Key of a leaf; mirror copies type and size of the origin's."},
    {.section = "ca.leaf", .name = "lifetime", .type = Type::duration, .fallback = "30d", .min = "1h", .max = "397d", .help = "How long a leaf is valid."},

    {.section = "", .name = "certificates", .type = Type::maps, .fallback = "[]", .help = "Certificates used instead of forging, for some names."},
    {.section = "certificates[]", .name = "server_name", .type = Type::server_name, .list = true, .required = true, .help = "Names that it is shown for, in the forms of a rule's server_name."},
    {.section = "certificates[]", .name = "certificate", .type = Type::path, .required = true, .help = "PEM file of the certificate and its chain."},
    {.section = "certificates[]", .name = "key", .type = Type::key, .required = true, .help = "Its key: a PEM file (refused where group or others can read it), credential:NAME or pkcs11:URI."},

    {.section = "", .name = "listeners", .type = Type::maps, .required = true, .help = "Where clients are accepted."},
    {.section = "listeners[]", .name = "name", .type = Type::text, .help = "Name in rules and records; else mode-address."},
    {.section = "listeners[]", .name = "address", .type = Type::address, .required = true, .help = "Address and port listened on; port 0 lets the system choose."},
    {.section = "listeners[]", .name = "mode", .type = Type::word, .fallback = "explicit", .words = "explicit|transparent|sni|forward", .help = "How the destination is learned."},
    {.section = "listeners[]", .name = "allow", .type = Type::block, .list = true, .help = "Sources accepted; needed where an explicit listener is not on loopback."},
    {.section = "listeners[]", .name = "proxy_protocol", .type = Type::boolean, .fallback = "false", .help = "Expect the PROXY protocol, v1 or v2."},
    {.section = "listeners[]", .name = "port", .type = Type::number, .fallback = "443", .min = "1", .max = "65535", .help = "Mode sni: the port connected to."},
    {.section = "listeners[]", .name = "target", .type = Type::target, .help = "Mode forward: what every connection goes to."},
    {.section = "listeners[]", .name = "auth", .type = Type::path, .built = false, .help = "Password file for clients of an explicit listener."},
    {.section = "listeners[]", .name = "client_ca", .type = Type::path, .help = "Clients must show a certificate of one of the CAs in this PEM file."},
    {.section = "listeners[]", .name = "starttls", .type = Type::word, .words = "smtp|imap|pop3|ftp|ldap|xmpp|postgres|mysql|nntp|sieve", .help = "The protocol that begins in the clear and turns into TLS."},

    {.section = "", .name = "upstream", .type = Type::map, .help = "The TLS session to the origin."},
    {.section = "upstream", .name = "trust", .type = Type::path, .fallback = "system", .words = "system", .list = true, .help = "What an origin's certificate is verified against: system, PEM files."},
    {.section = "upstream", .name = "verify", .type = Type::word, .fallback = "enforce", .words = "enforce|off|mirror", .help = "What is done about an origin's bad certificate; mirror shows the client the same fault."},
    {.section = "upstream", .name = "minimum_version", .type = Type::word, .fallback = "TLSv1.2", .words = "TLSv1.2|TLSv1.3", .help = "The least TLS version spoken to origins."},
    {.section = "upstream", .name = "crl", .type = Type::path, .fallback = "[]", .list = true, .may_be_empty = true, .help = "PEM files of revocation lists."},
    {.section = "upstream", .name = "ocsp", .type = Type::word, .fallback = "staple", .words = "staple|require|off|ask", .help = "What is made of OCSP answers: a stapled one is honoured, a good one required, all ignored, or the responder asked where none was stapled."},
    {.section = "upstream", .name = "aia", .type = Type::boolean, .fallback = "false", .help = "Fetch missing intermediates."},
    {.section = "upstream", .name = "hello", .type = Type::word, .fallback = "mirror", .words = "mirror|own", .help = "Whose ClientHello the origin sees: the client's, as far as it can be said, or one of our own."},
    {.section = "upstream", .name = "resumption", .type = Type::word, .fallback = "client", .words = "client|shared|off", .help = "Who may resume a session with an origin: the same client address, everyone, nobody."},
    {.section = "upstream", .name = "legacy", .type = Type::boolean, .fallback = "false", .help = "TLS 1.0 and 1.1, RSA key exchange, legacy renegotiation."},
    {.section = "upstream", .name = "post_quantum", .type = Type::word, .fallback = "mirror", .words = "mirror|require", .help = "Groups that quantum computers do not break: as the client offers them, where the library can; require: where it cannot, the connection is refused."},
    {.section = "upstream", .name = "client_certificate", .type = Type::map, .fallback = "none", .words = "none|passthrough", .help = "What is shown to origins that ask for a certificate; passthrough: where one is refused without, the client's next connection is let through."},
    {.section = "upstream.client_certificate", .name = "certificate", .type = Type::path, .help = "PEM file of the certificate and its chain."},
    {.section = "upstream.client_certificate", .name = "key", .type = Type::key, .help = "Its key, in the forms of ca.key."},
    {.section = "upstream", .name = "bind", .type = Type::ip, .fallback = "none", .words = "none", .help = "Source address of connections to origins."},
    {.section = "upstream", .name = "mark", .type = Type::number, .fallback = "none", .words = "none", .min = "1", .max = "4294967295", .help = "SO_MARK of connections to origins, so that they are not redirected."},
    {.section = "upstream", .name = "source", .type = Type::word, .fallback = "proxy", .built = false, .harmless = true, .help = "Whose address origins see: proxy or client."},
    {.section = "upstream", .name = "proxy_protocol", .type = Type::word, .fallback = "none", .built = false, .harmless = true, .help = "Tell origins the client's address, v1 or v2."},
    {.section = "upstream", .name = "proxy", .type = Type::text, .fallback = "none", .built = false, .harmless = true, .help = "Reach origins through this proxy."},

    {.section = "", .name = "destinations", .type = Type::map, .help = "Addresses that may be connected to."},
    {.section = "destinations", .name = "deny", .type = Type::block, .fallback = "169.254.0.0/16|fe80::/10", .list = true, .may_be_empty = true, .help = "Never connected to; loopback is added unless the listener is on loopback."},

    {.section = "", .name = "resolver", .type = Type::map, .help = "How names become addresses."},
    {.section = "resolver", .name = "servers", .type = Type::server, .fallback = "system", .words = "system", .list = true, .help = "Name servers; system: those of resolv.conf."},
    {.section = "resolver", .name = "hosts", .type = Type::path, .fallback = "/etc/hosts", .help = "Names found here are not asked for."},
    {.section = "resolver", .name = "timeout", .type = Type::duration, .fallback = "5s", .min = "1ms", .help = "For a whole look-up."},

    {.section = "", .name = "timeouts", .type = Type::map, .help = "How long each step may take."},
    {.section = "timeouts", .name = "first_bytes", .type = Type::duration, .fallback = "300ms", .per_rule = false, .help = "A client silent this long may be waiting for the server to speak."},
    {.section = "timeouts", .name = "peek", .type = Type::duration, .fallback = "10s", .min = "1ms", .per_rule = false, .help = "For a hello that has begun."},
    {.section = "timeouts", .name = "connect", .type = Type::duration, .fallback = "10s", .min = "1ms", .help = "For the TCP connection to the origin."},
    {.section = "timeouts", .name = "handshake", .type = Type::duration, .fallback = "10s", .min = "1ms", .help = "For each TLS handshake."},
    {.section = "timeouts", .name = "idle", .type = Type::duration, .fallback = "5m", .min = "1ms", .help = "Without a byte in either direction."},
    {.section = "timeouts", .name = "half_close", .type = Type::duration, .fallback = "60s", .help = "For the other direction once one has ended."},
    {.section = "timeouts", .name = "request_head", .type = Type::duration, .fallback = "30s", .min = "1ms", .help = "Inspected HTTP: from the first octet of a request's head to its last."},
    {.section = "timeouts", .name = "response_head", .type = Type::duration, .fallback = "none", .words = "none", .min = "1ms", .help = "Inspected HTTP: from the request's end to the head of its answer."},
    {.section = "timeouts", .name = "lifetime", .type = Type::duration, .fallback = "none", .words = "none", .min = "1ms", .help = "For a whole connection."},
    {.section = "timeouts", .name = "drain", .type = Type::duration, .fallback = "30s", .help = "For connections that are in use when bascule stops."},

    {.section = "", .name = "cancellation", .type = Type::map, .help = "What ends a connection early."},
    {.section = "cancellation", .name = "client_gone", .type = Type::word, .fallback = "cancel", .words = "cancel|finish", .help = "The client leaves while the origin is being reached."},
    {.section = "cancellation", .name = "reload", .type = Type::word, .fallback = "keep", .built = false, .harmless = true, .help = "Which connections end when the rules change."},
    {.section = "cancellation", .name = "shutdown", .type = Type::word, .fallback = "drain", .words = "drain|now", .help = "How connections end when bascule stops."},

    {.section = "", .name = "limits", .type = Type::map, .help = "How much is served at once."},
    {.section = "limits", .name = "connections", .type = Type::number, .fallback = "50000", .min = "1", .max = "10000000", .help = "Connections at once."},
    {.section = "limits", .name = "connections_per_source", .type = Type::number, .fallback = "none", .words = "none", .min = "1", .max = "10000000", .help = "Connections at once from one address."},
    {.section = "limits", .name = "renegotiations_per_minute", .type = Type::number, .fallback = "3", .min = "0", .max = "1000000", .help = "That a client starts, per connection."},
    {.section = "limits", .name = "key_updates_per_minute", .type = Type::number, .fallback = "60", .min = "0", .max = "1000000", .help = "That a client starts, per connection."},

    {.section = "", .name = "tickets", .type = Type::map, .help = "Session tickets for clients."},
    {.section = "tickets", .name = "key_file", .type = Type::path, .fallback = "none", .words = "none", .help = "Ticket keys shared by several hosts."},
    {.section = "", .name = "learn", .type = Type::map, .fallback = "off", .words = "off", .help = "Passthrough learned from clients that refuse our certificate."},
    {.section = "learn", .name = "after", .type = Type::number, .fallback = "2", .min = "1", .max = "1000", .help = "Refusals before connections are let through."},
    {.section = "learn", .name = "for", .type = Type::duration, .fallback = "24h", .min = "1s", .help = "How long it is remembered."},
    {.section = "learn", .name = "scope", .type = Type::word, .fallback = "client", .words = "client|server_name", .help = "For whom: the client that refused, or everyone who asks for the name."},
    {.section = "", .name = "error_page", .type = Type::word, .fallback = "on", .words = "on|off", .help = "on: a client of HTTP is told by a page, and not by an alert, that there is no way to the origin."},
    {.section = "", .name = "workers", .type = Type::number, .fallback = "auto", .words = "auto", .min = "1", .max = "256", .help = "Event loops; auto: one per core."},
    {.section = "", .name = "user", .type = Type::text, .fallback = "none", .words = "none", .help = "Started as root: become this user once all is open."},

    {.section = "", .name = "rules", .type = Type::maps, .fallback = "[]", .help = "What is done with a connection; the first match wins, and no match means intercept."},
    {.section = "rules[]", .name = "name", .type = Type::text, .help = "Name in records; else rule-1, rule-2..."},
    {.section = "rules[]", .name = "match", .type = Type::map, .help = "All of these must hold; without any the rule holds always."},
    {.section = "rules[].match", .name = "listener", .type = Type::text, .list = true, .help = "Names of listeners."},
    {.section = "rules[].match", .name = "source", .type = Type::block, .list = true, .help = "Addresses of clients."},
    {.section = "rules[].match", .name = "destination", .type = Type::destination, .list = true, .help = "Addresses connected to, with or without a port."},
    {.section = "rules[].match", .name = "port", .type = Type::number, .min = "1", .max = "65535", .list = true, .help = "Ports connected to."},
    {.section = "rules[].match", .name = "server_name", .type = Type::server_name, .list = true, .help = "Exact names, *.suffix (not the apex), /regex/, or file:LIST with one of these per line."},
    {.section = "rules[].match", .name = "alpn", .type = Type::text, .list = true, .help = "Any of these offered by the client."},
    {.section = "rules[].match", .name = "protocol", .type = Type::word, .words = "tls|http|other", .list = true, .help = "What the first bytes are."},
    {.section = "rules[]", .name = "action", .type = Type::word, .fallback = "intercept", .words = "intercept|passthrough|block", .help = "What is done with a connection that matches."},
    {.section = "rules[]", .name = "check", .type = Type::word, .fallback = "certificate", .words = "none|name|certificate", .help = "How a claimed server name is checked: none, name or certificate."},
    {.section = "rules[]", .name = "starttls", .type = Type::word, .words = "smtp|imap|pop3|ftp|ldap|xmpp|postgres|mysql|nntp|sieve", .help = "The protocol that begins in the clear and turns into TLS."},
    {.section = "rules[]", .name = "inspect", .type = Type::word, .fallback = "http", .words = "http|none", .help = "What is looked into: HTTP, whose exchanges are recorded; none relays bytes."},
    {.section = "rules[]", .name = "error_page", .type = Type::word, .words = "on|off", .help = "Overrides the file's error_page."},
    {.section = "rules[]", .name = "learn", .type = Type::word, .fallback = "never", .words = "never", .help = "never: no passthrough is learned for these."},
    {.section = "rules[]", .name = "upstream", .type = Type::map, .of = "upstream", .help = "Laid over the file's upstream."},
    {.section = "rules[]", .name = "timeouts", .type = Type::map, .of = "timeouts", .help = "Laid over the file's timeouts."},
    {.section = "rules[]", .name = "ca", .type = Type::map, .of = "ca", .help = "Laid over the file's ca."},
    {.section = "rules[]", .name = "log", .type = Type::map, .help = "What is written about these connections."},
    {.section = "rules[].log", .name = "content", .type = Type::map, .help = "What passed, decrypted, in both directions."},
    {.section = "rules[].log.content", .name = "file", .type = Type::path, .help = "A file; {id} becomes the connection's id."},
    {.section = "rules[].log.content", .name = "output", .type = Type::word, .words = "stderr", .help = "Instead of a file."},
    {.section = "rules[].log.content", .name = "limit", .type = Type::size, .fallback = "1MiB", .min = "1", .max = "1024GiB", .help = "Octets written per connection."},
    {.section = "rules[].log.content", .name = "body", .type = Type::size, .fallback = "64KiB", .min = "1", .max = "16MiB", .help = "Octets of each HTTP message's content that are written, here and as HAR."},
    {.section = "rules[].log.content", .name = "format", .type = Type::word, .fallback = "text", .words = "text|raw|ndjson", .help = "How it is written."},
    {.section = "rules[].log", .name = "keys", .type = Type::path, .help = "TLS secrets, in the format of SSLKEYLOGFILE."},
    {.section = "rules[].log", .name = "har", .type = Type::path, .help = "HTTP exchanges with their content, as HAR 1.2."},

    {.section = "", .name = "http", .type = Type::maps, .fallback = "[]", .help = "Rules for HTTP messages: every one that matches acts, in order, until one ends the exchange."},
    {.section = "http[]", .name = "name", .type = Type::text, .help = "Name in records; else http-1, http-2..."},
    {.section = "http[]", .name = "match", .type = Type::map, .help = "All of these must hold; without any the rule holds always."},
    {.section = "http[].match", .name = "listener", .type = Type::text, .list = true, .help = "Names of listeners."},
    {.section = "http[].match", .name = "source", .type = Type::block, .list = true, .help = "Addresses of clients."},
    {.section = "http[].match", .name = "destination", .type = Type::destination, .list = true, .help = "Addresses connected to, with or without a port."},
    {.section = "http[].match", .name = "port", .type = Type::number, .min = "1", .max = "65535", .list = true, .help = "Ports connected to."},
    {.section = "http[].match", .name = "server_name", .type = Type::server_name, .list = true, .help = "Names in the ClientHello, in the forms of a rule's server_name."},
    {.section = "http[].match", .name = "alpn", .type = Type::text, .list = true, .help = "Any of these offered by the client."},
    {.section = "http[].match", .name = "protocol", .type = Type::word, .words = "tls|http|other", .list = true, .help = "What the first bytes of the connection are."},
    {.section = "http[].match", .name = "method", .type = Type::method, .list = true, .help = "Methods of requests; case counts."},
    {.section = "http[].match", .name = "host", .type = Type::server_name, .list = true, .help = "Hosts that requests name, without a port, in the forms of server_name."},
    {.section = "http[].match", .name = "path", .type = Type::pattern, .list = true, .help = "Paths as sent, without the query: exact, /beginning*, /regex/, file:LIST."},
    {.section = "http[].match", .name = "query", .type = Type::pattern, .list = true, .help = "Queries as sent, without the question mark."},
    {.section = "http[].match", .name = "header", .type = Type::pattern, .list = true, .named = true, .help = "Fields of the request: in each, one of the values."},
    {.section = "http[].match", .name = "status", .type = Type::status, .list = true, .help = "Statuses of responses: 404, 4xx, 400-499."},
    {.section = "http[].match", .name = "content_type", .type = Type::pattern, .list = true, .help = "Media types of responses, without parameters, whatever the case: text/html, image/*."},
    {.section = "http[].match", .name = "response_header", .type = Type::pattern, .list = true, .named = true, .help = "Fields of the response."},
    {.section = "http[].match", .name = "size", .type = Type::size_range, .list = true, .help = "Octets of the response's content, where its head says them: >10KiB, <1MiB, 10KiB-1MiB."},
    {.section = "http[]", .name = "do", .type = Type::maps, .words = "block|strip_alt_svc", .list = true, .required = true, .help = "What is done, in order."},
    {.section = "http[].do[]", .name = "block", .type = Type::map, .plain = "status", .help = "Ends the exchange with an error."},
    {.section = "http[].do[].block", .name = "status", .type = Type::number, .fallback = "403", .min = "400", .max = "599", .help = "Its status."},
    {.section = "http[].do[].block", .name = "page", .type = Type::path, .help = "A file that is shown; else a page of our own."},
    {.section = "http[].do[]", .name = "redirect", .type = Type::map, .plain = "to", .help = "Ends the exchange with another place to go to."},
    {.section = "http[].do[].redirect", .name = "to", .type = Type::url, .required = true, .help = "A URL, or a path."},
    {.section = "http[].do[].redirect", .name = "status", .type = Type::number, .fallback = "302", .min = "301", .max = "308", .help = "301, 302, 303, 307 or 308."},
    {.section = "http[].do[]", .name = "respond", .type = Type::map, .help = "Ends the exchange with an answer of one's own."},
    {.section = "http[].do[].respond", .name = "status", .type = Type::number, .fallback = "200", .min = "200", .max = "599", .help = "Its status."},
    {.section = "http[].do[].respond", .name = "file", .type = Type::path, .help = "A file with its content."},
    {.section = "http[].do[].respond", .name = "text", .type = Type::text, .may_be_empty = true, .help = "Its content."},
    {.section = "http[].do[].respond", .name = "content_type", .type = Type::text, .help = "Else by the name of the file; of a text text/plain; charset=utf-8."},
    {.section = "http[].do[]", .name = "rewrite_to", .type = Type::origin, .built = false, .help = "The origin that is asked instead."},
    {.section = "http[].do[]", .name = "set_header", .type = Type::field_value, .list = true, .named = true, .sided = Sided::must, .help = "Fields that are given these values, and no others."},
    {.section = "http[].do[]", .name = "add_header", .type = Type::field_value, .list = true, .named = true, .sided = Sided::must, .help = "Fields that are added."},
    {.section = "http[].do[]", .name = "remove_header", .type = Type::field, .list = true, .sided = Sided::must, .help = "Fields that are taken out."},
    {.section = "http[].do[]", .name = "replace_body", .type = Type::map, .help = "Replaces in contents, which are held whole for it."},
    {.section = "http[].do[].replace_body", .name = "request", .type = Type::maps, .help = "What is replaced in the request's content, in order."},
    {.section = "http[].do[].replace_body.request[]", .name = "pattern", .type = Type::text, .required = true, .help = "A text, or /regex/."},
    {.section = "http[].do[].replace_body.request[]", .name = "with", .type = Type::text, .may_be_empty = true, .required = true, .help = "What stands for it; behind a regex its groups are named by a backslash and a digit."},
    {.section = "http[].do[].replace_body", .name = "response", .type = Type::maps, .of = "http[].do[].replace_body.request[]", .help = "What is replaced in the response's content."},
    {.section = "http[].do[].replace_body", .name = "limit", .type = Type::size, .min = "1", .max = "64MiB", .required = true, .help = "Octets of a content that is held, decoded."},
    {.section = "http[].do[].replace_body", .name = "on_failure", .type = Type::word, .fallback = "pass", .words = "pass|block", .help = "What is done with a content that is longer, or in a coding that is not known."},
    {.section = "http[].do[]", .name = "delay", .type = Type::duration, .min = "1ms", .max = "1h", .sided = Sided::may, .help = "Time before a head goes on; the request's where no side is named."},
    {.section = "http[].do[]", .name = "throttle", .type = Type::rate, .sided = Sided::may, .help = "Octets of content in a time; the response's where no side is named, as below."},
    {.section = "http[].do[]", .name = "abort_after", .type = Type::size, .sided = Sided::may, .help = "Octets of content after which the exchange is reset."},
    {.section = "http[].do[]", .name = "strip_alt_svc", .type = Type::boolean, .help = "Take out what tells clients of another way to the origin (HTTP/3)."},
    {.section = "http[].do[]", .name = "log", .type = Type::map, .built = false, .help = "What is written about the exchange."},
    {.section = "http[].do[].log", .name = "level", .type = Type::word, .words = "debug|info|warning", .help = "The level of its record."},
    {.section = "http[].do[].log", .name = "headers", .type = Type::text, .words = "none|all", .list = true, .help = "Fields in its record: none, all, or their names."},
    {.section = "http[].do[]", .name = "status", .type = Type::number, .min = "200", .max = "599", .help = "Fault: the response has this status."},
    {.section = "http[].do[]", .name = "truncate_body", .type = Type::size, .sided = Sided::may, .help = "Fault: the content ends in order after so many octets."},
    {.section = "http[].do[]", .name = "corrupt", .type = Type::fraction, .sided = Sided::may, .help = "Fault: of so many octets of content one is changed."},
    {.section = "http[].do[]", .name = "drip", .type = Type::drip, .sided = Sided::may, .help = "Fault: so many octets of content at a time."},
    {.section = "http[].do[]", .name = "duplicate_header", .type = Type::field, .list = true, .sided = Sided::may, .help = "Fault: these fields come twice."},
    {.section = "", .name = "metrics", .type = Type::map, .help = "Figures for Prometheus."},
    {.section = "metrics", .name = "address", .type = Type::address, .fallback = "none", .built = false, .harmless = true, .help = "Where they are served."},
    {.section = "", .name = "control", .type = Type::map, .help = "The socket that bascule ctl talks to."},
    {.section = "control", .name = "socket", .type = Type::path, .fallback = "none", .built = false, .harmless = true, .help = "Its path."},

    {.section = "", .name = "log", .type = Type::map, .help = "The log and the records of connections."},
    {.section = "log", .name = "level", .type = Type::word, .fallback = "info", .words = "debug|info|warning|error", .help = "The least level written; records of connections are info."},
    {.section = "log", .name = "format", .type = Type::word, .fallback = "text", .words = "text|logfmt|json|journal", .later = "ecs", .help = "How it is written: a line for eyes, every field, JSON lines, fields of the journal."},
    {.section = "log", .name = "output", .type = Type::path, .fallback = "stderr", .words = "stderr|journal", .help = "Where it goes: stderr, journal or a file, reopened on SIGHUP."},
    {.section = "log", .name = "headers", .type = Type::text, .fallback = "none", .words = "none|all", .list = true, .help = "Header fields in the records of HTTP exchanges: none, all or a list of names."},
    {.section = "log", .name = "redact", .type = Type::text, .fallback = "authorization|proxy-authorization|cookie|set-cookie", .words = "none", .list = true, .may_be_empty = true, .help = "Fields whose values are written as a keyed hash; none: as they are."},
});
// clang-format on

struct Words {
    std::string_view noun;
    std::string_view example;
};

Words words_of(Type type) {
    switch (type) {
        case Type::map:
            return {"a map of keys", "keys below it, or {key: value}"};
        case Type::maps:
            return {"a list of maps", "items below it, each beginning with -"};
        case Type::text:
            return {"a text", "one word or a text in quotes"};
        case Type::path:
            return {"a path", "the name of a file"};
        case Type::key:
            return {"a private key", "the name of a file, credential:NAME or pkcs11:URI"};
        case Type::boolean:
            return {"a boolean", "true or false"};
        case Type::number:
            return {"a decimal number", "digits only, as 443"};
        case Type::duration:
            return {"a duration", "10s, 5m or 1h"};
        case Type::size:
            return {"a size", "512, 64KiB or 1MiB"};
        case Type::word:
            return {"a word", ""};
        case Type::ip:
            return {"an IP address", "192.0.2.1 or \"2001:db8::1\""};
        case Type::address:
            return {"an address and port", "127.0.0.1:8080 or \"[::1]:8080\""};
        case Type::target:
            return {"a host and port", "db.example:5432 or \"[2001:db8::1]:5432\""};
        case Type::server:
            return {"the address of a name server", "192.0.2.53, 192.0.2.53:53 or \"[2001:db8::53]:53\""};
        case Type::block:
            return {"a block of addresses", "10.0.0.0/8, \"fe80::/10\" or one address"};
        case Type::destination:
            return {"a block of addresses with or without a port", "10.0.0.0/8, 10.0.0.0/8:443 or \"[fe80::/10]:443\""};
        case Type::server_name:
            return {"a server name", "www.example, \"*.example\", /regex/ or file:LIST"};
        case Type::method:
            return {"a method", "GET or POST"};
        case Type::pattern:
            return {"a text", "a text, a beginning with * behind it, /regex/ or file:LIST"};
        case Type::status:
            return {"a status", "404, 4xx or 400-499"};
        case Type::size_range:
            return {"a range of sizes", "\">10KiB\", \"<1MiB\" or 10KiB-1MiB"};
        case Type::url:
            return {"a URL", "https://www.example/path, or /path on the same origin"};
        case Type::origin:
            return {"an origin", "https://host, https://host:8443 or http://127.0.0.1:8080"};
        case Type::field:
            return {"the name of a header field", "letters, digits and hyphens, as x-lab"};
        case Type::field_value:
            return {"the value of a header field", "a text"};
        case Type::rate:
            return {"a rate", "64KiB/s"};
        case Type::fraction:
            return {"a fraction", "1/1000"};
        case Type::drip:
            return {"octets at a time", "1B/100ms or 1KiB/1s"};
    }
    std::unreachable();
}

}  // namespace

std::span<const Key> all_keys() {
    return kKeys;
}

std::vector<const Key*> keys_of(std::string_view section, bool in_rule) {
    std::vector<const Key*> keys;
    for (const auto& key : kKeys) {
        if (key.section == section && (!in_rule || key.per_rule)) keys.push_back(&key);
    }
    return keys;
}

std::string section_of(const Key& key) {
    if (!key.of.empty()) return std::string(key.of);
    std::string section(key.section);
    if (!section.empty()) section += '.';
    section += key.name;
    return key.type == Type::maps ? section + "[]" : section;
}

std::vector<std::string_view> split_words(std::string_view words) {
    std::vector<std::string_view> list;
    while (!words.empty()) {
        const auto bar = words.find('|');
        list.push_back(words.substr(0, bar));
        words = bar == words.npos ? std::string_view() : words.substr(bar + 1);
    }
    return list;
}

std::string_view noun_of(Type type) {
    return words_of(type).noun;
}

std::string_view example_of(Type type) {
    return words_of(type).example;
}

}  // namespace bascule::config
