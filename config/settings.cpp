#include "base/text.h"
#include "config/decode.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace bascule::config {
namespace {

void read_client_certificate(const Section& section, ClientCertificate& shown) {
    using Kind = ClientCertificate::Kind;
    if (const auto word = section.word("client_certificate")) {
        shown = {.kind = *word == "passthrough" ? Kind::passthrough : Kind::none, .certificate = {}, .key = {}};
    } else if (const auto files = section.child("client_certificate")) {
        shown.kind = Kind::files;
        for (const auto* name : {"certificate", "key"}) {
            if (!files->has(name)) files->problem(name, "is missing; certificate and key belong together");
        }
        files->read("certificate", shown.certificate);
        files->read("key", shown.key);
    }
}

}  // namespace

void lay_over(const Section& section, Ca& ca) {
    if (section.has("certificate") != section.has("key") && !ca.key.value.empty()) {
        section.problem(section.has("key") ? "key" : "certificate",
                        "certificate and key belong together; a rule gives both or neither");
    }
    section.read("certificate", ca.certificate);
    section.read("key", ca.key);
    if (const auto leaf = section.child("leaf")) {
        leaf->read("key", ca.leaf_key);
        leaf->read("lifetime", ca.leaf_lifetime);
    }
}

void lay_over(const Section& section, Upstream& upstream) {
    section.read("trust", upstream.trust);
    section.read("verify", upstream.verify);
    section.read("minimum_version", upstream.minimum_version);
    section.read("crl", upstream.crl);
    section.read("ocsp", upstream.ocsp);
    section.read("aia", upstream.aia);
    section.read("hello", upstream.hello);
    section.read("resumption", upstream.resumption);
    section.read("legacy", upstream.legacy);
    section.read("post_quantum", upstream.post_quantum);
    read_client_certificate(section, upstream.client_certificate);
    section.read("bind", upstream.bind);
    section.read("mark", upstream.mark);
}

void lay_over(const Section& section, Timeouts& timeouts) {
    section.read("first_bytes", timeouts.first_bytes);
    section.read("peek", timeouts.peek);
    section.read("connect", timeouts.connect);
    section.read("handshake", timeouts.handshake);
    section.read("idle", timeouts.idle);
    section.read("half_close", timeouts.half_close);
    section.read("request_head", timeouts.request_head);
    section.read("response_head", timeouts.response_head);
    section.read("lifetime", timeouts.lifetime);
    section.read("drain", timeouts.drain);
}

Resolver decode_resolver(const Section& section) {
    constexpr std::uint16_t kDnsPort = 53;
    Resolver resolver;
    section.read("hosts", resolver.hosts);
    section.read("timeout", resolver.timeout);
    const auto servers = section.values("servers");
    for (const auto& value : servers) {
        if (servers.size() == 1 && value.node.text == "system") break;
        SocketAddress server{.ip = {}, .port = kDnsPort};
        if (value.node.kind == Node::Kind::scalar && (parse(value.node, server.ip) || parse(value.node, server)) &&
            server.port != 0) {
            resolver.servers.push_back(server);
        } else if (value.node.text == "system") {
            section.problem(value, "system stands alone; name it or servers, not both");
        } else {
            section.wrong(value);
        }
    }
    return resolver;
}

Limits decode_limits(const Section& section) {
    Limits limits;
    section.read("connections", limits.connections);
    section.read("connections_per_source", limits.connections_per_source);
    section.read("renegotiations_per_minute", limits.renegotiations_per_minute);
    section.read("key_updates_per_minute", limits.key_updates_per_minute);
    return limits;
}

std::optional<Learn> decode_learn(const Section& file) {
    const auto section = file.child("learn");
    if (!section) return std::nullopt;
    Learn learn;
    section->read("after", learn.after);
    section->read("for", learn.keep);
    section->read("scope", learn.scope);
    return learn;
}

std::vector<OwnCertificate> decode_certificates(const Section& file) {
    std::vector<OwnCertificate> certificates;
    for (const auto& section : file.children("certificates")) {
        auto& own = certificates.emplace_back();
        own.names = decode_names(section).set;
        section.read("certificate", own.certificate);
        section.read("key", own.key);
    }
    return certificates;
}

void read_field_names(const Section& section, std::string_view key, std::vector<std::string>& names) {
    section.read(key, names);
    for (auto& name : names) name = to_lower(name);
    for (const auto* word : {"none", "all"}) {
        if (names.size() > 1 && std::ranges::find(names, word) != names.end()) {
            section.problem(key, fmt::format("{} stands alone; write it or names, not both", word));
        }
    }
    if (names.size() == 1 && names.front() == "none") names.clear();
}

Log decode_log(const Section& section) {
    Log log;
    section.read("level", log.level);
    section.read("format", log.format);
    section.read("output", log.output);
    read_field_names(section, "headers", log.headers);
    read_field_names(section, "redact", log.redact);
    log.all_headers = log.headers.size() == 1 && log.headers.front() == "all";
    if (section.has("output") && std::filesystem::path(log.output.value).filename() == "stdout") {
        section.problem("output", "stdout is taken by the start screen; write stderr, journal or the name of a file");
    }
    return log;
}

}  // namespace bascule::config
