#include "daemon/watch/home.h"

#include "base/error.h"
#include "base/unique_fd.h"
#include "tls/signer/create_authority.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace bascule::daemon {
namespace {

namespace fs = std::filesystem;

/// Where distributions keep the roots in one file.
constexpr std::array<const char*, 4> kSystemBundles{"/etc/ssl/certs/ca-certificates.crt",  // Debian, Arch
                                                    "/etc/pki/tls/certs/ca-bundle.crt",    // Fedora, RHEL
                                                    "/etc/ssl/ca-bundle.pem",              // openSUSE
                                                    "/etc/ssl/cert.pem"};                  // Alpine

std::string variable(const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread here
    return value ? value : "";
}

std::string state_home() {
    if (const auto xdg = variable("XDG_STATE_HOME"); !xdg.empty()) return xdg + "/bascule";
    if (const auto home = variable("HOME"); !home.empty()) return home + "/.local/state/bascule";
    throw Error("neither XDG_STATE_HOME nor HOME is set: there is no place to keep a CA; set one of them");
}

std::string read_text(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

void write_text(const std::string& path, std::string_view text, fs::perms mode) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    fs::permissions(path, mode);
    file << text;
    file.close();
    if (!file) throw Error("{}: cannot be written: {}", path, errno_text(errno));
}

std::string system_roots() {
    const auto* found = std::ranges::find_if(kSystemBundles, [](const char* path) { return fs::exists(path); });
    return found == kSystemBundles.end() ? std::string() : read_text(*found);
}

/// A YAML scalar that nothing in a path can end.
std::string in_yaml(const std::string& path) {
    std::string text = "'";
    for (const char c : path) text += c == '\'' ? std::string("''") : std::string(1, c);
    return text + "'";
}

}  // namespace

Home::Home(const WatchOptions& options) {
    const auto state = state_home();
    fs::create_directories(state);
    fs::permissions(state, fs::perms::owner_all);
    folder_ = state + "/watch-XXXXXX";
    if (!::mkdtemp(folder_.data())) throw Error("{}: cannot be made: {}", folder_, errno_text(errno));
    if (options.config.empty()) {
        make_ca(state);
        use_own_configuration(options);
    } else {
        use_configuration(options);
    }
    run.watch =
        RunOptions::Watch{.headers = options.headers, .body = options.body, .json = options.json, .har = options.har};
    write_bundle();
    write_wget_file();
}

Home::~Home() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
}

/// One call at a time, so that certificate and key are of one pair.
void Home::make_ca(const std::string& folder) {
    const UniqueFd turn(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    ::flock(turn.get(), LOCK_EX);
    ca = folder + "/ca.crt";
    if (fs::exists(ca)) return;
    const auto made = tls::create_authority({.common_name = "Bascule watch CA of " + variable("USER")});
    write_text(folder + "/ca.key", made.key_pem, fs::perms::owner_read | fs::perms::owner_write);
    write_text(ca, made.certificate_pem, fs::perms(0644));
}

void Home::use_own_configuration(const WatchOptions& options) {
    listener = "watch";
    listen = !options.listen.empty() ? options.listen : options.command.empty() ? "127.0.0.1:8080" : "127.0.0.1:0";
    run.config_file = folder_ + "/bascule.yaml";
    const auto own_roots = variable("SSL_CERT_FILE");
    const auto trust = own_roots.empty() ? "[system]" : fmt::format("[system, {}]", in_yaml(fs::absolute(own_roots)));
    write_text(
        run.config_file,
        fmt::format("ca: {{certificate: {}, key: {}}}\n"
                    "listeners: [{{name: {}, address: {}, mode: explicit}}]\n"
                    "upstream: {{trust: {}}}\n",
                    in_yaml(ca), in_yaml(fs::path(ca).replace_extension("key")), listener, in_yaml(listen), trust),
        fs::perms(0600));
}

void Home::use_configuration(const WatchOptions& options) {
    run.config_file = options.config;
    run.listen = options.listen;
    auto loaded = load_for_run(run);
    if (!loaded.config) throw Error("{}", loaded.problems.front().text());
    const auto& listeners = loaded.config->listeners;
    const auto explicit_one = std::ranges::find(listeners, config::Mode::explicit_proxy, &config::Listener::mode);
    if (explicit_one == listeners.end()) {
        throw Error("{}: has no listener of mode explicit, which programs could be pointed at", options.config);
    }
    listener = explicit_one->name;
    listen = explicit_one->address.value.text();
    ca = fs::absolute(loaded.config->ca->certificate.value);
}

void Home::write_bundle() {
    bundle = folder_ + "/roots-and-ca.pem";
    const auto own_roots = variable("SSL_CERT_FILE");
    auto text = system_roots();
    if (!own_roots.empty()) text += "\n" + read_text(own_roots);
    write_text(bundle, text + "\n" + read_text(ca), fs::perms(0644));
}

void Home::write_wget_file() {
    wget_file = folder_ + "/wgetrc";
    const auto given = variable("WGETRC");
    const auto before = read_text(given.empty() ? variable("HOME") + "/.wgetrc" : given);
    write_text(wget_file, before + "\nca_certificate = " + bundle + "\n", fs::perms(0600));
}

Environment environment_for(const Home& home, const std::string& address) {
    const auto proxy = "http://" + address;
    Environment all;
    for (const auto* name : {"http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}) {
        all.emplace_back(name, proxy);
    }
    for (const auto* name : {"no_proxy", "NO_PROXY"}) all.emplace_back(name, "");
    for (const auto* name :
         {"SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "GIT_SSL_CAINFO", "PIP_CERT", "AWS_CA_BUNDLE",
          "CARGO_HTTP_CAINFO", "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", "npm_config_cafile", "DENO_CERT"}) {
        all.emplace_back(name, home.bundle);
    }
    all.emplace_back("NODE_EXTRA_CA_CERTS", home.ca);
    all.emplace_back("NODE_USE_ENV_PROXY", "1");
    all.emplace_back("WGETRC", home.wget_file);
    return all;
}

}  // namespace bascule::daemon
