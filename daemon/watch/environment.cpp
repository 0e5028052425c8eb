#include "daemon/watch/environment.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>

namespace bascule::daemon {
namespace {

constexpr std::array<const char*, 6> kProxyVariables{"http_proxy",  "https_proxy", "HTTP_PROXY",
                                                     "HTTPS_PROXY", "all_proxy",   "ALL_PROXY"};

/// Java takes options from one variable: ours follow those that are there.
std::string java_options(const std::string& ours) {
    const char* given = std::getenv("JAVA_TOOL_OPTIONS");  // NOLINT(concurrency-mt-unsafe): one thread here
    return given && *given ? fmt::format("{} {}", given, ours) : ours;
}

std::string java_trust(const Home& home) {
    return fmt::format("-Djavax.net.ssl.trustStore={} -Djavax.net.ssl.trustStorePassword=changeit", home.java_store);
}

std::string java_proxy(const std::string& address) {
    const auto colon = address.rfind(':');
    std::string options = "-Dhttp.nonProxyHosts=";  // else it goes to localhost by itself
    for (const auto* scheme : {"http", "https"}) {
        options += fmt::format(" -D{0}.proxyHost={1} -D{0}.proxyPort={2}", scheme, address.substr(0, colon),
                               address.substr(colon + 1));
    }
    return options;
}

Environment trust_with(const Home& home, const std::string& for_java) {
    Environment all;
    for (const auto* name :
         {"SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "GIT_SSL_CAINFO", "PIP_CERT", "AWS_CA_BUNDLE",
          "CARGO_HTTP_CAINFO", "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", "npm_config_cafile", "DENO_CERT",
          "HTTPLIB2_CA_CERTS", "NIX_SSL_CERT_FILE", "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE"}) {
        all.emplace_back(name, home.bundle);
    }
    all.emplace_back("NODE_EXTRA_CA_CERTS", home.ca);
    all.emplace_back("WGETRC", home.wget_file);
    all.emplace_back("APT_CONFIG", home.apt_file);
    all.emplace_back("JAVA_TOOL_OPTIONS", java_options(for_java));
    return all;
}

}  // namespace

Environment trust_environment(const Home& home) {
    return trust_with(home, java_trust(home));
}

Environment environment_for(const Home& home, const std::string& address) {
    const auto proxy = "http://" + address;
    Environment all = trust_with(home, java_trust(home) + " " + java_proxy(address));
    for (const auto* name : kProxyVariables) all.emplace_back(name, proxy);
    for (const auto* name : {"no_proxy", "NO_PROXY"}) all.emplace_back(name, "");
    all.emplace_back("NODE_USE_ENV_PROXY", "1");
    return all;
}

void forget_proxies() {
    for (const auto* name : kProxyVariables) ::unsetenv(name);  // NOLINT(concurrency-mt-unsafe): a child has one thread
}

}  // namespace bascule::daemon
