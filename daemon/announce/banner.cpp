#include "daemon/announce/banner.h"

#include "daemon/announce/announcements.h"
#include "daemon/announce/shell_word.h"
#include "daemon/announce/usable_address.h"
#include "net/local_address.h"
#include "tls/signer/authority_doubts.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace bascule::daemon {
namespace {

std::string shell_line(const OpenListener& listener, std::string_view ca) {
    const auto address = usable_address(listener, net::local_addresses()).text();
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

std::string trust_lines(std::string_view ca) {
    return fmt::format(
        "\nA client trusts the CA once {} is installed on it. Debian:\n"
        "  cp {} /usr/local/share/ca-certificates/bascule.crt && update-ca-certificates\n"
        "Chromium: certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n bascule -i {}\n",
        ca, ca, ca);
}

/// For programs that are started from a shell; the proxy itself only where a listener speaks that.
std::string environment_lines(const OpenListener& listener, std::string_view ca) {
    std::string text = "\nPrograms started after these lines in a shell trust it too (curl, Python, Node.js):\n";
    if (listener.entry->mode == config::Mode::explicit_proxy) {
        text +=
            fmt::format("  export https_proxy=http://{}\n", usable_address(listener, net::local_addresses()).text());
    }
    return text + fmt::format("  export SSL_CERT_FILE={0} REQUESTS_CA_BUNDLE={0} NODE_EXTRA_CA_CERTS={0}\n", ca);
}

const OpenListener& best_to_try(const std::vector<OpenListener>& listeners) {
    const auto best = std::ranges::find(listeners, config::Mode::explicit_proxy,
                                        [](const OpenListener& entry) { return entry.entry->mode; });
    return best != listeners.end() ? *best : listeners.front();
}

}  // namespace

std::string banner(const proxy::Policy& policy, const std::vector<OpenListener>& listeners) {
    const auto& config = policy.config();
    const auto ca = shell_word(std::filesystem::absolute(config.ca->certificate.value).lexically_normal().string());
    std::string text =
        fmt::format("bascule: configuration {} ({})\n\n", config.file, count_of(config.rules->rules().size(), "rule"));
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
    text += trust_lines(ca);
    if (!listeners.empty()) {
        const auto& best = best_to_try(listeners);
        text += environment_lines(best, ca);
        text += fmt::format("\nTry:\n  {}\n\n", shell_line(best, ca));
    }
    return text;
}

}  // namespace bascule::daemon
