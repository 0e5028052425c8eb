#pragma once

#include "base/function_ref.h"
#include "base/unique_fd.h"
#include "config/section.h"
#include "rules/message/rule.h"

#include <fmt/format.h>

#include <expected>
#include <map>

/// The parts of a file, each from its section. Mistakes go to the section's context.
namespace bascule::config {

/// The whole of a regular file into `text`; else what the system says against it.
std::optional<std::string> read_file(const std::string& path, std::string& text);

/// Lay what is written over what is there.
void lay_over(const Section& section, Ca& ca);
void lay_over(const Section& section, Upstream& upstream);
void lay_over(const Section& section, Timeouts& timeouts);

Resolver decode_resolver(const Section& section);
std::vector<OwnCertificate> decode_certificates(const Section& file);
std::optional<Learn> decode_learn(const Section& file);
Limits decode_limits(const Section& section);
Log decode_log(const Section& section);

std::vector<Listener> decode_listeners(const Section& file);

/// Fills `rules` and `settings` of a configuration of which everything else is there.
void decode_rules(const Section& file, Config& config);

/// What a match asks of a connection, the server name, which is read already, included.
rules::Match decode_connection(const Section& match, const Config& config, const rules::Names& server_name);

/// The names of a key, with the list files they name. Without a set where none is written.
rules::Names decode_names(const Section& match, std::string_view key = "server_name");

/// The name of the list file that stands for values: `file:LIST`.
bool names_list(const Node& node);
/// Each value of a list file; what `add` says against one is a mistake in that line.
void read_list(const Section& section, const Value& value,
               FunctionRef<std::optional<std::string>(std::string_view)> add);

/// A regular file of no more than `largest` octets; else what is wrong with it. A pipe or a device would never end.
std::expected<UniqueFd, std::string> open_regular(const std::string& path, std::uint64_t largest);

/// Names of header fields in lower case; `none`, which is no name, and `all` stand alone.
void read_field_names(const Section& section, std::string_view key, std::vector<std::string>& names);

/// Rules without a name get PREFIX-1, PREFIX-2..., by their place in the list; a name that two have is a mistake.
template <class Rule>
void name_rules(const std::vector<Section>& sections, std::vector<Rule>& rules, std::string_view prefix);

/// `parse` with what this version reads and does not act on yet: for tests of it.
Loaded parse_unbuilt(std::string_view yaml, const std::string& path);

template <class Rule>
void name_rules(const std::vector<Section>& sections, std::vector<Rule>& rules, std::string_view prefix) {
    std::map<std::string_view, int> lines;
    for (std::size_t i = 0; i < rules.size(); ++i) {
        auto& rule = rules[i];
        if (rule.name.empty()) rule.name = fmt::format("{}-{}", prefix, i + 1);
        const auto [known, is_new] = lines.try_emplace(rule.name, rule.place.line);
        if (is_new) continue;
        sections[i].problem("name", fmt::format("{} is the name of the rule at line {} too; give each its own",
                                                in_quotes(rule.name), known->second));
    }
}

}  // namespace bascule::config
