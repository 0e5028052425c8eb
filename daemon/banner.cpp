#include "daemon/banner.h"

#include "tls/signer/authority_doubts.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace bascule::daemon {
namespace {

std::string shell_line(const OpenListener& listener, const std::string& ca) {
    const auto address = listener.address.text();
    const auto port = listener.address.port;
    switch (listener.entry->mode) {
        case config::Mode::explicit_proxy:
            return fmt::format("curl --proxy http://{} --cacert {} https://example.org/", address, ca);
        case config::Mode::sni:
            return fmt::format("curl --connect-to ::{} --cacert {} https://example.org/", address, ca);
        case config::Mode::forward:
            return fmt::format("curl --connect-to ::{} --cacert {} https://{}/", address, ca,
                               listener.entry->target->text());
        default:
            return fmt::format(
                "nft add rule ip nat prerouting tcp dport 443 redirect to :{}   # then: curl --cacert {} "
                "https://example.org/ on a client behind this machine",
                port, ca);
    }
}

}  // namespace

std::string banner(const proxy::Policy& policy, const std::vector<OpenListener>& listeners) {
    const auto& config = policy.config();
    const auto ca = std::filesystem::absolute(config.ca->certificate.value).lexically_normal().string();
    std::string text =
        fmt::format("bascule: configuration {} ({} rules)\n\n", config.file, config.rules->rules().size());
    for (const auto& listener : listeners) {
        text += fmt::format("  listening on {:<24} {} ({})\n", listener.address.text(),
                            config::name_of(listener.entry->mode), listener.entry->name);
    }
    const auto& authority = policy.authority();
    text += fmt::format("\n  CA           {}\n  fingerprint  sha256 {}\n  expires      {}\n", authority.subject(),
                        authority.fingerprint(), fmt::format("{:.19}Z", format_time(authority.not_after())));
    if (!authority.chain().issuers.empty() || authority.chain().root) {
        text += fmt::format("  clients trust {}\n", tls::trust_anchor_text(authority));
    }
    text += fmt::format(
        "\nA client trusts the CA once {} is installed on it. Debian:\n"
        "  cp {} /usr/local/share/ca-certificates/bascule.crt && update-ca-certificates\n"
        "Chromium: certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n bascule -i {}\n",
        ca, ca, ca);
    if (!listeners.empty()) {
        const auto best = std::ranges::find(listeners, config::Mode::explicit_proxy,
                                            [](const OpenListener& entry) { return entry.entry->mode; });
        text += fmt::format("\nTry:\n  {}\n\n", shell_line(best != listeners.end() ? *best : listeners.front(), ca));
    }
    return text;
}

}  // namespace bascule::daemon
