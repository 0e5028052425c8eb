#include "daemon/watch/home.h"

#include "base/error.h"
#include "base/unique_fd.h"
#include "daemon/watch/system_roots.h"
#include "tls/signer/create_authority.h"
#include "tls/x509/java_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace bascule::daemon {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFolder = "watch-";  // of one call

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

/// An open folder is locked until it is closed by us and by those that we have forked.
UniqueFd lock_folder(const std::string& path, int how) {
    UniqueFd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return ::flock(folder.get(), how) == 0 ? std::move(folder) : UniqueFd();
}

/// The folders of calls that were killed: nobody holds them.
void remove_left_overs(const std::string& state) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(state)) {
        if (!entry.path().filename().string().starts_with(kFolder)) continue;
        if (lock_folder(entry.path(), LOCK_EX | LOCK_NB)) fs::remove_all(entry.path(), ignored);
    }
}

RunOptions::Watch shown_by(const WatchOptions& options) {
    const auto* advice =
        options.capture ? "" : "nothing came through the proxy; a program that knows none is shown with --capture";
    return {.headers = options.headers,
            .body = options.body,
            .json = options.json,
            .har = options.har,
            .if_nothing = options.command.empty() ? "" : advice};
}

}  // namespace

Home::Home(const WatchOptions& options) {
    const auto state = state_home();
    fs::create_directories(state);
    fs::permissions(state, fs::perms::owner_all);
    {
        const auto turn = lock_folder(state, LOCK_EX);  // one call at a time
        remove_left_overs(state);
        make_folder(state);
        if (options.config.empty()) make_ca(state);
    }
    if (options.config.empty()) {
        use_own_configuration(options);
    } else {
        use_configuration(options);
    }
    run.watch = shown_by(options);
    write_bundle();
    write_java_store();
    write_wget_file();
    write_apt_file();
}

Home::~Home() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
}

void Home::make_folder(const std::string& state) {
    folder_ = fmt::format("{}/{}XXXXXX", state, kFolder);
    if (!::mkdtemp(folder_.data())) throw Error("{}: cannot be made: {}", folder_, errno_text(errno));
    held_ = lock_folder(folder_, LOCK_EX);
}

void Home::make_ca(const std::string& folder) {
    ca = folder + "/ca.crt";
    if (fs::exists(ca)) return;
    const auto made = tls::create_authority({.common_name = "Bascule watch CA of " + variable("USER")});
    write_text(folder + "/ca.key", made.key_pem, fs::perms::owner_read | fs::perms::owner_write);
    write_text(ca, made.certificate_pem, fs::perms(0644));
}

void Home::use_own_configuration(const WatchOptions& options) {
    listener = "watch";
    listen = !options.listen.empty() ? options.listen : options.command.empty() ? "127.0.0.1:8080" : "127.0.0.1:0";
    const auto* mode = options.capture ? "transparent" : "explicit";
    run.config_file = folder_ + "/bascule.yaml";
    const auto own_roots = variable("SSL_CERT_FILE");
    const auto trust = own_roots.empty() ? "[system]" : fmt::format("[system, {}]", in_yaml(fs::absolute(own_roots)));
    write_text(run.config_file,
               fmt::format("ca: {{certificate: {}, key: {}}}\n"
                           "listeners: [{{name: {}, address: {}, mode: {}}}]\n"
                           "upstream: {{trust: {}}}\n",
                           in_yaml(ca), in_yaml(fs::path(ca).replace_extension("key")), listener, in_yaml(listen), mode,
                           trust),
               fs::perms(0600));
}

void Home::use_configuration(const WatchOptions& options) {
    run.config_file = options.config;
    run.listen = options.listen;
    auto loaded = load_for_run(run);
    if (!loaded.config) throw Error("{}", loaded.problems.front().text());
    const auto& listeners = loaded.config->listeners;
    const auto mode = options.capture ? config::Mode::transparent : config::Mode::explicit_proxy;
    const auto chosen = std::ranges::find(listeners, mode, &config::Listener::mode);
    if (chosen == listeners.end()) {
        throw Error("{}: has no listener of mode {}", options.config,
                    options.capture ? "transparent, which a captured program needs"
                                    : "explicit, which programs could be pointed at");
    }
    listener = chosen->name;
    listen = chosen->address.value.text();
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

void Home::write_java_store() {
    java_store = folder_ + "/roots-and-ca.jks";
    const auto store = tls::java_trust_store(bundle);
    write_text(java_store, {reinterpret_cast<const char*>(store.data()), store.size()}, fs::perms(0644));
}

/// The user that apt fetches as could not enter our folder.
void Home::write_apt_file() {
    apt_file = folder_ + "/apt.conf";
    const auto given = variable("APT_CONFIG");
    const auto before = given.empty() ? std::string() : read_text(given);
    write_text(apt_file,
               fmt::format("{}\nAcquire::https::CaInfo \"{}\";\nAPT::Sandbox::User \"root\";\n", before, bundle),
               fs::perms(0600));
}

}  // namespace bascule::daemon
