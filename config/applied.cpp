#include "config/applied.h"

#include "config/decode.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace bascule::config {
namespace {

/// The value below a map by a path like `upstream.verify`; null: it is not written.
const Node* find(const Node* node, std::string_view path) {
    while (node && !path.empty()) {
        const auto name = path.substr(0, path.find('.'));
        path.remove_prefix(std::min(path.size(), name.size() + 1));
        const auto entry = std::ranges::find(node->entries, name, [](const Entry& one) { return one.key.text; });
        node = entry == node->entries.end() ? nullptr : &entry->value;
    }
    return node;
}

const Node* item(const Node& file, std::string_view list, std::size_t index) {
    const auto* found = find(&file, list);
    return found && index < found->items.size() ? &found->items[index] : nullptr;
}

/// In YAML's flow style.
std::string text_of(const Node& node) {
    std::string text;
    const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
    switch (node.kind) {
        case Node::Kind::list:
            for (const auto& one : node.items) add(text_of(one));
            return "[" + text + "]";
        case Node::Kind::map:
            for (const auto& entry : node.entries) add(fmt::format("{}: {}", entry.key.text, text_of(entry.value)));
            return "{" + text + "}";
        default:
            return node.text;
    }
}

/// A key of the table, and the maps in which it may stand, the strongest first.
class Asked {
  public:
    Asked(const std::string& file, std::vector<const Node*> maps) : file_(file), maps_(std::move(maps)) {}

    Applied value(std::string key, std::string_view fallback) const {
        for (const auto* map : maps_) {
            if (const auto* node = map ? find(map, key) : nullptr) {
                return {.key = std::move(key), .value = text_of(*node), .place = {file_, node->line, node->column}};
            }
        }
        return {.key = std::move(key), .value = std::string(fallback), .place = {}};
    }

  private:
    const std::string& file_;
    std::vector<const Node*> maps_;
};

bool is_shown(const Key& key) {
    constexpr std::array<std::string_view, 4> sections{"ca", "ca.leaf", "upstream", "timeouts"};
    const bool whole = key.type != Type::map || !key.fallback.empty();
    return whole && std::ranges::find(sections, key.section) != sections.end();
}

}  // namespace

std::vector<Applied> applied_settings(const std::string& path, std::size_t listener, std::optional<std::size_t> rule) {
    std::string yaml;
    Problems ignored;
    const auto file = read_file(path, yaml) ? std::nullopt : read_yaml(yaml, path, ignored);
    if (!file) return {};
    const auto* chosen = rule ? item(*file, "rules", *rule) : nullptr;
    const Asked by_all(path, {chosen, &*file});
    std::vector<Applied> all;
    for (const auto& key : all_keys()) {
        if (is_shown(key)) all.push_back(by_all.value(fmt::format("{}.{}", key.section, key.name), key.fallback));
    }
    all.push_back(by_all.value("learn", "off"));
    all.push_back(by_all.value("error_page", "on"));
    all.push_back(Asked(path, {chosen, item(*file, "listeners", listener)}).value("starttls", "none"));
    const Asked by_rule(path, {chosen});
    all.push_back(by_rule.value("check", "certificate"));
    all.push_back(by_rule.value("inspect", "http"));
    all.push_back(by_rule.value("log.content", "none"));
    all.push_back(by_rule.value("log.keys", "none"));
    all.push_back(by_rule.value("log.har", "none"));
    return all;
}

}  // namespace bascule::config
