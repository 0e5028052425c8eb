#include "base/error.h"
#include "config/applied.h"
#include "config/message/url.h"
#include "daemon/commands.h"
#include "daemon/explain_messages.h"
#include "inspect/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>

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

std::optional<rules::Protocol> protocol_of(std::string_view word) {
    for (const auto protocol : {rules::Protocol::tls, rules::Protocol::http, rules::Protocol::other}) {
        if (word == rules::name_of(protocol)) return protocol;
    }
    return std::nullopt;
}

/// What a URL says of the connection, where the options do not.
ExplainOptions completed(ExplainOptions options) {
    const auto url = config::Url::parse(options.exchange.url);
    if (options.protocol.empty()) options.protocol = url && !url->tls ? "http" : "tls";
    if (options.server_name.empty() && url) options.server_name = url->host;
    return options;
}

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
    if (const auto url = config::Url::parse(options.exchange.url)) question.facts.port = url->port;
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
    question.facts.protocol = protocol_of(options.protocol);
    if (!question.facts.protocol)
        question.fault = fmt::format("--protocol {}: not tls, http or other", options.protocol);
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

/// What was not asked, and was taken to be so.
void note_assumptions(const ExplainOptions& options, const Question& question, std::vector<std::string>& notes) {
    if (options.listener.empty()) notes.push_back(fmt::format("assumed: --listener {}, the first", question.listener));
    if (options.source.empty()) notes.emplace_back("assumed: --source 127.0.0.1");
    if (options.destination.empty() && options.exchange.url.empty()) {
        notes.emplace_back("assumed: port 443 (--destination)");
    }
}

/// What refuses the connection before rules are asked, or whatever they say; nothing: nothing does.
struct Refusal {
    std::string key, at, why;
};
std::optional<Refusal> refusal_of(const config::Config& config, const rules::Facts& facts) {
    const auto& listener = *std::ranges::find(config.listeners, facts.listener, &config::Listener::name);
    const auto holds = [&](const Cidr& block) { return block.contains(facts.source); };
    if (!listener.allow.empty() && std::ranges::none_of(listener.allow, holds)) {
        return Refusal{"listeners.allow", listener.place.line_text(),
                       fmt::format("listener {} allows no source {}: the connection is closed at once", listener.name,
                                   facts.source.text())};
    }
    const bool denied = facts.destination && std::ranges::any_of(config.deny, [&](const Cidr& block) {
                            return block.contains(facts.destination->ip);
                        });
    if (!denied) return std::nullopt;
    return Refusal{"destinations.deny", config.file,
                   fmt::format("{} is among the denied destinations", facts.destination->text())};
}

std::vector<config::Applied> settings_of(const config::Config& config, const Question& question,
                                         const rules::Verdict& verdict) {
    const auto listener = std::ranges::find(config.listeners, question.listener, &config::Listener::name);
    return config::applied_settings(config.file, static_cast<std::size_t>(listener - config.listeners.begin()),
                                    verdict.index);
}

std::string place_of(const config::Applied& setting) {
    return setting.place.line > 0 ? setting.place.line_text() : "default";
}

std::string json_of(const std::vector<config::Applied>& settings) {
    std::string list;
    for (const auto& setting : settings) {
        list += list.empty() ? "[" : ",";
        inspect::JsonObject json(list);
        json.text("key", setting.key);
        json.text("value", setting.value);
        json.text("at", place_of(setting));
        json.close();
    }
    return list + "]";
}

void print_json(std::string_view action, std::string_view rule, const std::string& at,
                const std::vector<std::string>& why, const std::vector<config::Applied>& settings,
                const std::optional<ExplainedExchange>& exchange) {
    std::string text;
    inspect::JsonObject json(text);
    json.text("action", action);
    json.text("rule", rule);
    json.text("rule_at", at);
    std::string lines;
    for (const auto& line : why) {
        lines += lines.empty() ? "[" : ",";
        inspect::append_json_string(lines, line);
    }
    json.literal("why", lines.empty() ? "[]" : lines + "]");
    if (!settings.empty()) json.literal("settings", json_of(settings));
    if (exchange) exchange->add_to(json);
    json.close();
    std::cout << text << '\n';
}

/// Why message rules are not asked; nothing: they are.
std::optional<std::string> why_not_inspected(const config::Config& config, const rules::Verdict& verdict,
                                             bool refused) {
    if (refused) return "the connection is refused";
    if (verdict.action != rules::Action::intercept)
        return fmt::format("rule {} has action: {}", verdict.name, rules::name_of(verdict.action));
    if (config.settings_for(verdict).inspect == config::Inspect::none)
        return fmt::format("rule {} has inspect: none", verdict.name);
    return std::nullopt;
}

}  // namespace

int explain(const std::string& config_file, const ExplainOptions& given) {
    const auto options = completed(given);
    const auto loaded = config::load(config_file);
    if (!loaded.config) return tell(loaded.problems);
    auto question = read_question(*loaded.config, options);
    if (!question.fault.empty()) return usage(question.fault);
    question.facts.listener = question.listener;
    question.facts.server_name = question.server_name;
    question.facts.alpn = question.alpn;

    std::vector<std::string> why;
    note_assumptions(options, question, why);
    const auto refusal = refusal_of(*loaded.config, question.facts);
    const auto verdict = judge(*loaded.config->rules, question.facts, why);
    for (auto& line : loaded.config->rules->explain(question.facts)) why.push_back(std::move(line));
    note_check(*loaded.config, verdict, why);
    if (refusal) why.insert(why.begin(), refusal->why);
    const std::string at = refusal ? refusal->at : verdict.rule_at.empty() ? loaded.config->file : verdict.rule_at;
    const auto action = rules::name_of(refusal ? rules::Action::block : verdict.action);
    const std::string rule = refusal ? refusal->key : std::string(verdict.name);
    const auto settings =
        options.settings ? settings_of(*loaded.config, question, verdict) : std::vector<config::Applied>();
    std::optional<ExplainedExchange> exchange;
    if (!options.exchange.url.empty()) {
        auto told = explain_exchange(*loaded.config, question.facts, options.exchange);
        if (!told) return usage(told.error());
        exchange = *std::move(told);
        if (const auto fault = why_not_inspected(*loaded.config, verdict, refusal.has_value())) {
            exchange->leave(*fault);
        }
    }
    if (options.json) {
        print_json(action, rule, at, why, settings, exchange);
        return kDone;
    }
    std::cout << fmt::format("{} {} {}\n", action, rule, at);
    for (const auto& line : why) std::cout << "  " << line << '\n';
    for (const auto& one : settings) std::cout << fmt::format("  {}: {} ({})\n", one.key, one.value, place_of(one));
    if (!exchange) return kDone;
    for (const auto& line : exchange->lines()) std::cout << line << '\n';
    return kDone;
}

}  // namespace bascule::daemon
