#include "config/decode.h"

#include <fmt/format.h>

#include <array>
#include <map>
#include <utility>

namespace bascule::config {
namespace {

void check_mode(const Section& section, const Listener& listener) {
    const auto mode = name_of(listener.mode);
    if (section.has("port") && listener.mode != Mode::sni) {
        section.problem("port", fmt::format("has no meaning in mode {}; only mode sni has a port", mode));
    }
    if (section.has("target") && listener.mode != Mode::forward) {
        section.problem("target", fmt::format("has no meaning in mode {}; write mode: forward", mode));
    }
    if (section.has("starttls") && listener.mode == Mode::sni) {
        section.problem("starttls",
                        "has no meaning in mode sni, which knows the destination from the ClientHello; write "
                        "mode: forward, or give the rule starttls");
    }
    if (!section.has("target") && listener.mode == Mode::forward) {
        section.problem("target", "is missing; mode forward needs one, as db.example:5432");
    }
}

/// Anyone who reaches it could reach everything that we can reach.
void check_not_open(const Section& section, const Listener& listener) {
    if (listener.mode != Mode::explicit_proxy || section.has("allow")) return;
    const auto& address = listener.address.value;
    if (listener.address.place.line == 0 || address.ip.is_loopback()) return;
    section.problem("address", fmt::format("{} is not loopback: everyone who reaches it would have an open proxy; say "
                                           "who may use it, allow: [10.0.0.0/8], or listen on 127.0.0.1",
                                           address.text()));
}

Listener decode_listener(const Section& section) {
    Listener listener;
    listener.place = section.place();
    section.read("address", listener.address);
    section.read("mode", listener.mode);
    section.read("allow", listener.allow);
    section.read("proxy_protocol", listener.proxy_protocol);
    section.read("port", listener.port);
    section.read("target", listener.target);
    section.read("client_ca", listener.client_ca);
    section.read("starttls", listener.starttls);
    section.read("name", listener.name);
    if (listener.name.empty())
        listener.name = fmt::format("{}-{}", name_of(listener.mode), listener.address.value.text());
    check_mode(section, listener);
    check_not_open(section, listener);
    return listener;
}

}  // namespace

std::string_view name_of(Mode mode) {
    switch (mode) {
        case Mode::explicit_proxy:
            return "explicit";
        case Mode::transparent:
            return "transparent";
        case Mode::sni:
            return "sni";
        case Mode::forward:
            return "forward";
    }
    std::unreachable();
}

std::string_view name_of(StartTls dialect) {
    constexpr std::array<std::string_view, 10> names{"smtp", "imap",     "pop3",  "ftp",  "ldap",
                                                     "xmpp", "postgres", "mysql", "nntp", "sieve"};
    return names.at(static_cast<std::size_t>(dialect));
}

std::vector<Listener> decode_listeners(const Section& file) {
    std::vector<Listener> listeners;
    std::map<std::string, int, std::less<>> names;
    std::map<SocketAddress, int> addresses;
    for (const auto& section : file.children("listeners")) {
        auto listener = decode_listener(section);
        const auto [name, is_new_name] = names.try_emplace(listener.name, listener.place.line);
        const bool is_bound = listener.address.value.port != 0;
        if (!is_new_name && (section.has("name") || !is_bound)) {
            section.problem("name", fmt::format("{} is the name of the listener at line {} too; give each its own",
                                                in_quotes(listener.name), name->second));
        }
        if (is_bound) {
            const auto [address, is_new] = addresses.try_emplace(listener.address.value, listener.place.line);
            if (!is_new) {
                section.problem("address", fmt::format("{} is the address of the listener at line {} too",
                                                       listener.address.value.text(), address->second));
            }
        }
        listeners.push_back(std::move(listener));
    }
    return listeners;
}

}  // namespace bascule::config
