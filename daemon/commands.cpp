#include "daemon/commands.h"

#include "base/error.h"
#include "config/config.h"
#include "daemon/version.h"
#include "inspect/json.h"
#include "proxy/policy/policy.h"
#include "tls/session/context.h"

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

int usage(std::string_view what) {
    std::cerr << "bascule: " << what << "; try: bascule --help\n";
    return kWrong;
}

std::vector<std::string> split(const std::string& list) {
    std::vector<std::string> parts;
    for (std::size_t start = 0; start < list.size();) {
        const auto comma = std::min(list.find(',', start), list.size());
        parts.push_back(list.substr(start, comma - start));
        start = comma + 1;
    }
    return parts;
}

/// The questions of `explain` as facts; what refers to text lives here.
struct Question {
    std::string listener;
    std::string server_name;
    std::vector<std::string> alpn;
    rules::Facts facts;
    std::string fault;  ///< what is wrong with an option
};

Question read_question(const config::Config& config, const ExplainOptions& options) {
    Question question;
    question.listener = options.listener.empty() ? config.listeners.front().name : options.listener;
    const bool known =
        std::ranges::any_of(config.listeners, [&](const auto& entry) { return entry.name == question.listener; });
    if (!known)
        question.fault = fmt::format("--listener {}: the configuration has no such listener", question.listener);
    question.facts.source = *IpAddress::parse("127.0.0.1");
    if (!options.source.empty()) {
        if (const auto ip = IpAddress::parse(options.source)) {
            question.facts.source = *ip;
        } else {
            question.fault = fmt::format("--source {}: not an IP address", options.source);
        }
    }
    question.facts.port = 443;
    if (!options.destination.empty()) {
        question.facts.destination = SocketAddress::parse(options.destination);
        if (!question.facts.destination) {
            question.fault = fmt::format("--destination {}: not IP:PORT", options.destination);
        } else {
            question.facts.port = question.facts.destination->port;
        }
    }
    if (!options.server_name.empty()) {
        const auto name = rules::normalize_name(options.server_name);
        if (!name) question.fault = fmt::format("--server-name {}: not a host name", options.server_name);
        question.server_name = name.value_or("");
    }
    question.alpn = split(options.alpn);
    return question;
}

/// Without a --destination no address matches: said, so that nobody takes it for the whole truth.
rules::Verdict judge(const rules::RuleSet& rules, rules::Facts& facts, std::vector<std::string>& notes) {
    auto judged = rules.judge(facts);
    if (std::holds_alternative<rules::Missing>(judged)) {
        notes.emplace_back("a rule tests the destination, which is not given (--destination): taken as matching none");
        facts.destination = SocketAddress{*IpAddress::parse("::"), facts.port};
        judged = rules.judge(facts);
    }
    return std::get<rules::Verdict>(std::move(judged));
}

/// What a name may not decide alone: see `check` in bascule.yaml(5).
void note_check(const config::Config& config, const rules::Verdict& verdict, std::vector<std::string>& notes) {
    const bool by_name = verdict.matched_name || verdict.missed_name;
    const auto check = config.settings_for(verdict).check;
    if (verdict.action != rules::Action::passthrough || !by_name || check == config::Check::none) return;
    notes.emplace_back(
        check == config::Check::name
            ? "the name decides: let through if CONNECT or SOCKS asked for the same, else intercepted"
            : "the name decides: let through if the address shows a certificate for it, else intercepted");
}

void print_json(const rules::Verdict& verdict, const std::string& at, const std::vector<std::string>& why) {
    std::string text;
    inspect::JsonObject json(text);
    json.text("action", rules::name_of(verdict.action));
    json.text("rule", verdict.name);
    json.text("rule_at", at);
    std::string lines;
    for (const auto& line : why) {
        lines += lines.empty() ? "[" : ",";
        inspect::append_json_string(lines, line);
    }
    json.literal("why", lines.empty() ? "[]" : lines + "]");
    json.close();
    std::cout << text << '\n';
}

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

int explain(const std::string& config_file, const ExplainOptions& options) {
    const auto loaded = config::load(config_file);
    if (!loaded.config) return tell(loaded.problems);
    auto question = read_question(*loaded.config, options);
    if (!question.fault.empty()) return usage(question.fault);
    question.facts.listener = question.listener;
    question.facts.server_name = question.server_name;
    question.facts.alpn = question.alpn;
    question.facts.protocol = rules::Protocol::tls;

    std::vector<std::string> why;
    const auto verdict = judge(*loaded.config->rules, question.facts, why);
    for (auto& line : loaded.config->rules->explain(question.facts)) why.push_back(std::move(line));
    note_check(*loaded.config, verdict, why);
    const std::string at = verdict.rule_at.empty() ? loaded.config->file : verdict.rule_at;
    if (options.json) {
        print_json(verdict, at, why);
        return kDone;
    }
    std::cout << fmt::format("{} {} {}\n", rules::name_of(verdict.action), verdict.name, at);
    for (const auto& line : why) std::cout << "  " << line << '\n';
    return kDone;
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
