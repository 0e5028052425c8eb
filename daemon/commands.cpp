#include "daemon/commands.h"

#include "base/error.h"
#include "config/config.h"
#include "daemon/version.h"
#include "proxy/policy/policy.h"
#include "tls/library.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <iterator>

namespace bascule::daemon {
namespace {

constexpr int kDone = 0;
constexpr int kWrong = 2;

}  // namespace

int tell(const std::vector<config::Problem>& problems) {
    for (const auto& problem : problems) {
        // Wrong is not what stands in the file but that very file.
        const bool file_itself = problem.place.line == 0 && problem.path.empty();
        std::cerr << (file_itself ? "--config " : "") << problem.text() << '\n';
    }
    return problems.empty() ? kDone : kWrong;
}

/// What is served all the same.
void tell_warnings(std::vector<config::Problem> warnings) {
    for (auto& warning : warnings) {
        warning.message.insert(0, "warning: ");
        std::cerr << warning.text() << '\n';
    }
}

/// What `run` would find out only later: a user that is not there, a log that cannot be written.
std::vector<config::Problem> look_around(const config::Config& config) {
    std::vector<config::Problem> problems;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread here
    if (config.user && ::getpwnam(config.user->value.c_str()) == nullptr) {
        problems.push_back(
            {.place = config.user->place,
             .path = "user",
             .message = fmt::format("there is no user {}; make one with: systemd-sysusers, or useradd --system {}",
                                    config.user->value, config.user->value)});
    }
    const auto& output = config.log.output.value;
    if (output == "stderr" || output == "journal") return problems;
    const auto directory = std::filesystem::path(output).parent_path();
    const bool there = ::access(output.c_str(), F_OK) == 0;
    if (::access(there ? output.c_str() : directory.empty() ? "." : directory.c_str(), W_OK) == 0) return problems;
    problems.push_back(
        {.place = config.log.output.place,
         .path = "log.output",
         .message = fmt::format("{} cannot be written ({}); name a file that can, in a directory that is there", output,
                                errno_text(errno))});
    return problems;
}

int check(const std::string& config_file) {
    auto loaded = config::load(config_file);
    if (!loaded.config) return tell(loaded.problems);
    auto around = look_around(*loaded.config);
    auto built = proxy::Policy::build(std::move(*loaded.config));
    std::ranges::move(around, std::back_inserter(built.problems));
    if (built.policy) {
        tell_warnings(built.policy->warnings());
        tell_warnings(built.policy->doubts_about_authorities(std::chrono::system_clock::now()));
    }
    return tell(built.problems);
}

int print_schema() {
    std::cout << config::schema() << '\n';
    return kDone;
}

int print_version() {
    std::cout << fmt::format("bascule {}\n{}, {} (compiled with {})\n", kVersion, kBuildType, tls::library_loaded(),
                             tls::library_compiled());
    return kDone;
}

}  // namespace bascule::daemon
