#include "base/text.h"
#include "config/decode.h"

#include <fmt/format.h>

#include <algorithm>

namespace bascule::config {
namespace {

void check_listeners(const Section& match, const Config& config) {
    std::vector<std::string_view> names;
    names.reserve(config.listeners.size());
    for (const auto& listener : config.listeners) names.push_back(listener.name);
    for (const auto& value : match.values("listener")) {
        if (value.node.kind != Node::Kind::scalar || std::ranges::find(names, value.node.text) != names.end()) continue;
        const auto meant = closest(value.node.text, names);
        match.problem(value, fmt::format("no listener has the name {}; {}", in_quotes(value.node.text),
                                         meant ? fmt::format("did you mean \"{}\"?", *meant)
                                               : fmt::format("they are {}", fmt::join(names, ", "))));
    }
}

/// Only {id} is replaced in the name of a file.
bool is_template(std::string_view text) {
    constexpr std::string_view kId = "{id}";
    for (auto brace = text.find_first_of("{}"); brace != text.npos; brace = text.find_first_of("{}")) {
        if (!text.substr(brace).starts_with(kId)) return false;
        text.remove_prefix(brace + kId.size());
    }
    return true;
}

ContentLog decode_content(const Section& section) {
    enum class Output : std::uint8_t { standard_error };
    ContentLog content;
    if (section.has("file")) section.read("file", content.file.emplace());
    for (const auto& value : section.values("file")) {
        if (is_template(value.node.text)) continue;
        section.problem(value, in_quotes(value.node.text) + ": only {id} is replaced; write content/{id}.log");
    }
    std::optional<Output> output;
    if (section.has("output")) section.read("output", output.emplace());
    content.to_stderr = output.has_value();
    section.read("limit", content.limit);
    section.read("body", content.body);
    section.read("format", content.format);
    if (content.format == ContentFormat::raw && content.file && !content.file->value.contains("{id}")) {
        section.problem("file",
                        "takes the raw octets of all connections, which nothing would tell apart; put {id} into the "
                        "name, or write format: ndjson");
    }
    if (section.has("file") == section.has("output")) {
        section.problem("file", section.has("file") ? "stands beside output; write one of them"
                                                    : "is missing; write content/{id}.log, or output: stderr");
    }
    return content;
}

Settings decode_settings(const Section& section, const Settings& of_file) {
    Settings settings = of_file;
    if (const auto ca = section.child("ca")) {
        auto own = *of_file.ca;
        lay_over(*ca, own);
        settings.ca = std::make_shared<const Ca>(std::move(own));
    }
    if (const auto upstream = section.child("upstream")) {
        auto own = *of_file.upstream;
        lay_over(*upstream, own);
        settings.upstream = std::make_shared<const Upstream>(std::move(own));
    }
    if (const auto timeouts = section.child("timeouts")) lay_over(*timeouts, settings.timeouts);
    if (const auto log = section.child("log")) {
        if (const auto content = log->child("content")) settings.content = decode_content(*content);
        log->read("keys", settings.keys);
        log->read("har", settings.har);
    }
    section.read("check", settings.check);
    section.read("inspect", settings.inspect);
    section.read("error_page", settings.error_page);
    section.read("starttls", settings.starttls);
    enum class Learning : std::uint8_t { never } learning{};
    section.read("learn", learning);
    settings.never_learn = section.has("learn");
    if (settings.never_learn) settings.learn.reset();
    return settings;
}

rules::Rule decode_rule(const Section& section, const Config& config) {
    rules::Rule rule;
    rule.place = section.place();
    section.read("name", rule.name);
    section.read("action", rule.action);
    if (const auto match = section.child("match")) rule.match = decode_connection(*match, config, decode_names(*match));
    return rule;
}

}  // namespace

rules::Match decode_connection(const Section& section, const Config& config, const rules::Names& server_name) {
    rules::Match match;
    section.read("listener", match.listener);
    check_listeners(section, config);
    section.read("source", match.source);
    section.read("destination", match.destination);
    section.read("port", match.port);
    match.server_name = server_name.set;
    section.read("alpn", match.alpn);
    section.read("protocol", match.protocol);
    return match;
}

void decode_rules(const Section& file, Config& config) {
    const Settings of_file{.ca = config.ca,
                           .upstream = config.upstream,
                           .timeouts = config.timeouts,
                           .content = {},
                           .keys = {},
                           .har = {},
                           .error_page = config.error_page,
                           .starttls = {},
                           .learn = config.learn,
                           .never_learn = false};
    const auto sections = file.children("rules");
    std::vector<rules::Rule> rules;
    for (const auto& section : sections) {
        rules.push_back(decode_rule(section, config));
        config.settings.push_back(decode_settings(section, of_file));
    }
    config.settings.push_back(of_file);
    name_rules(sections, rules, "rule");
    config.rules = std::make_shared<const rules::RuleSet>(std::move(rules));
}

}  // namespace bascule::config
