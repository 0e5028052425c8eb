#include "base/bytes.h"
#include "base/error.h"
#include "base/unique_fd.h"
#include "config/decode.h"
#include "config/message/message.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace bascule::config {
namespace {

void decode_process(const Section& file, Config& config) {
    if (const auto cancellation = file.child("cancellation")) {
        cancellation->read("client_gone", config.client_gone);
        cancellation->read("shutdown", config.shutdown);
    }
    for (const auto* unbuilt : {"metrics", "control"}) file.child(unbuilt);
    if (const auto tickets = file.child("tickets")) tickets->read("key_file", config.ticket_keys);
    config.learn = decode_learn(file);
    if (const auto limits = file.child("limits")) config.limits = decode_limits(*limits);
    if (const auto log = file.child("log")) config.log = decode_log(*log);
    file.read("error_page", config.error_page);
    file.read("workers", config.workers);
    file.read("user", config.user);
}

void decode_network(const Section& file, Config& config) {
    config.deny = {Cidr::parse("169.254.0.0/16").value(), Cidr::parse("fe80::/10").value()};
    if (const auto destinations = file.child("destinations")) destinations->read("deny", config.deny);
    if (const auto resolver = file.child("resolver")) config.resolver = decode_resolver(*resolver);
    if (const auto timeouts = file.child("timeouts")) lay_over(*timeouts, config.timeouts);
}

Config decode(const Section& file) {
    Config config;
    config.file = file.context().file;
    Ca ca;
    if (const auto section = file.child("ca")) lay_over(*section, ca);
    config.ca = std::make_shared<const Ca>(std::move(ca));
    Upstream upstream;
    if (const auto section = file.child("upstream")) lay_over(*section, upstream);
    config.upstream = std::make_shared<const Upstream>(std::move(upstream));
    config.certificates = decode_certificates(file);
    config.listeners = decode_listeners(file);
    decode_network(file, config);
    decode_process(file, config);
    decode_rules(file, config);
    decode_messages(file, config);
    return config;
}

std::optional<Config> decode_text(std::string_view yaml, Context& context) {
    const auto root = read_yaml(yaml, context.file, context.problems);
    if (!root) return std::nullopt;
    if (root->kind == Node::Kind::null) {
        context.problems.add({context.file}, "", "is empty; it needs at least ca and listeners");
        return std::nullopt;
    }
    if (root->kind != Node::Kind::map) {
        context.problems.add(context.place(*root), "",
                             "is not a map; write keys, as ca: {certificate: ca.crt, key: ca.key}");
        return std::nullopt;
    }
    return decode(Section(context, *root, "", ""));
}

}  // namespace

std::optional<std::string> read_file(const std::string& path, std::string& text) {
    constexpr std::size_t kLargest = 64_MiB + 1;  // one more than is accepted, so that the parser says so
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat about{};
    if (!fd || ::fstat(fd.get(), &about) != 0) {
        const auto hint =
            errno == ENOENT ? "; the packaged example is /usr/share/doc/bascule/examples/quickstart.yaml" : "";
        return errno_text(errno) + hint;
    }
    if (S_ISDIR(about.st_mode)) return "is a directory; name the file in it";
    std::string buffer(64_KiB, '\0');
    while (text.size() < kLargest) {
        const auto count = ::read(fd.get(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return errno_text(errno);
        if (count == 0) break;
        text.append(buffer, 0, static_cast<std::size_t>(count));
    }
    return std::nullopt;
}

namespace {

Loaded parse(std::string_view yaml, Context context) {
    Loaded loaded;
    loaded.config = decode_text(yaml, context);
    loaded.problems = context.problems.take_in_order();
    if (!loaded.problems.empty()) loaded.config.reset();
    return loaded;
}

}  // namespace

Loaded parse(std::string_view yaml, const std::string& path) {
    return parse(yaml, Context{.file = path});
}

Loaded parse_unbuilt(std::string_view yaml, const std::string& path) {
    return parse(yaml, Context{.file = path, .unbuilt = true});
}

Loaded load(const std::string& path) {
    std::string text;
    if (auto fault = read_file(path, text)) {
        return {.config = std::nullopt, .problems = {{.place = {path}, .path = "", .message = *std::move(fault)}}};
    }
    return parse(text, path);
}

}  // namespace bascule::config
