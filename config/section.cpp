#include "config/section.h"

#include "base/text.h"
#include "config/hint.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

namespace bascule::config {
namespace {

std::string described(const Node& node) {
    switch (node.kind) {
        case Node::Kind::list:
            return "a list";
        case Node::Kind::map:
            return "a map";
        case Node::Kind::null:
            return "an empty value";
        case Node::Kind::scalar:
            break;
    }
    return in_quotes(node.text);
}

/// "10s, 5m or 1h, or none"
std::string example_for(const Key& key) {
    auto words = split_words(key.words);
    if (key.type == Type::word) return one_of(words);
    const std::string_view example = example_of(key.type);
    return words.empty() ? std::string(example) : fmt::format("{}, or {}", example, one_of(words));
}

/// A bound of the table in the unit that values are compared in.
std::uint64_t bound(Type type, std::string_view text) {
    if (type == Type::duration) return static_cast<std::uint64_t>(parse_duration(text).value().count());
    return bascule::parse_size(text).value();
}

bool is_default(const Node& node, std::string_view fallback) {
    if (fallback == "[]") return node.kind == Node::Kind::list && node.items.empty();
    return node.kind == Node::Kind::scalar && node.text == fallback;
}

/// A list or a map with nothing in it.
bool is_empty(const Node& node) {
    return node.kind != Node::Kind::scalar && node.items.empty() && node.entries.empty();
}

bool contains(const std::vector<std::string_view>& words, std::string_view word) {
    return std::ranges::find(words, word) != words.end();
}

/// "warn" is "warning": a beginning of it, or close to it.
std::optional<std::string> meant_word(std::string_view word, const std::vector<std::string_view>& words) {
    constexpr std::size_t least = 3;
    const auto begun =
        std::ranges::find_if(words, [&](auto one) { return word.size() >= least && one.starts_with(word); });
    return begun != words.end() ? std::optional(std::string(*begun)) : closest(word, words);
}

/// Whether this value is a file's name: relative ones are beside the configuration.
bool names_file(const Key& key, const std::string& value) {
    if (key.type == Type::key) return !value.starts_with("credential:") && !value.starts_with("pkcs11:");
    return key.type == Type::path && !contains(split_words(key.words), value);
}

/// What to write for a key that must be there.
std::string example_of_required(const Key& key) {
    if (key.name == "ca") return "ca: {certificate: ca.crt, key: ca.key}; bascule ca create --directory . makes them";
    if (key.name == "listeners") return "listeners: [{address: 127.0.0.1:8080}]";
    if (key.name == "do") return "do: block, or do: [{set_header: {response: {x-lab: value}}}]";
    if (key.name == "limit") return "limit: 1MiB; contents are held whole up to it";
    return std::string(example_of(key.type));
}

}  // namespace

std::string Context::beside(std::string_view path) const {
    return (std::filesystem::path(file).parent_path() / path).string();
}

Section::Section(Context& context, const Node& map, std::string section, std::string path, bool in_rule)
    : context_(context), map_(map), section_(std::move(section)), path_(std::move(path)), in_rule_(in_rule) {
    for (const auto& entry : map.entries) take_entry(entry);
    report_missing();
}

void Section::take_entry(const Entry& entry) {
    if (context_.problems.full()) return;
    const auto keys = keys_of(section_);
    const auto known = std::ranges::find(keys, entry.key.text, &Key::name);
    if (known == keys.end()) return report_unknown(entry.key);
    const auto& key = **known;
    const auto path = path_to(key.name);
    if (in_rule_ && !key.per_rule) {
        const auto message = fmt::format(
            "a rule cannot change this, it is needed before rules are judged; set it in "
            "{} at the top level",
            section_);
        context_.problems.add(context_.place(entry.key), path, message);
    } else if (!key.built && !context_.unbuilt) {
        report_unbuilt(key, entry);
    } else if (entry.value.kind == Node::Kind::null) {
        context_.problems.add(context_.place(entry.value), path, "has no value; write one or remove the key");
    } else {
        found_.push_back({&key, &entry.key, &entry.value});
    }
}

void Section::report_unknown(const Node& name) const {
    std::vector<std::string_view> names;
    for (const auto* key : keys_of(section_, in_rule_)) names.push_back(key->name);
    const auto meant = closest(name.text, names);
    context_.problems.add(
        context_.place(name), "",
        fmt::format("unknown key {} {}{}; {}", in_quotes(name.text), path_.empty() ? "at the top level" : "in ", path_,
                    meant ? fmt::format("did you mean \"{}\"?", *meant)
                          : fmt::format("the keys are {}", fmt::join(names, ", "))));
}

void Section::report_unbuilt(const Key& key, const Entry& entry) const {
    if (key.harmless && is_default(entry.value, key.fallback)) return;
    const auto path = path_to(key.name);
    if (!key.harmless) {
        context_.problems.add(context_.place(entry.key), path, "is not supported by this version; remove the key");
        return;
    }
    context_.problems.add(context_.place(entry.value), path,
                          fmt::format("{} is not supported by this version; write {} or remove the key",
                                      described(entry.value), key.fallback));
}

void Section::report_missing() const {
    if (in_rule_) return;
    for (const auto* key : keys_of(section_)) {
        const bool is_written =
            std::ranges::any_of(map_.entries, [&](auto& entry) { return entry.key.text == key->name; });
        if (!key->required || is_written) continue;
        context_.problems.add(place(), path_to(key->name),
                              fmt::format("is missing; write {}", example_of_required(*key)));
    }
}

const Section::Found* Section::find(std::string_view name) const {
    const auto found = std::ranges::find(found_, name, [](const Found& one) { return one.key->name; });
    return found == found_.end() ? nullptr : &*found;
}

Place Section::place_of(std::string_view name) const {
    const auto* found = find(name);
    return found ? context_.place(*found->node) : place();
}

std::string Section::path_to(std::string_view name) const {
    return path_.empty() ? std::string(name) : fmt::format("{}.{}", path_, name);
}

std::string Section::path_of(const Value& value) const {
    const auto path = path_to(value.at.empty() ? value.key.name : value.at) + value.below;
    return value.index ? fmt::format("{}[{}]", path, *value.index) : path;
}

void Section::problem(std::string_view name, std::string message) const {
    context_.problems.add(place_of(name), path_to(name), std::move(message));
}

void Section::problem(const Value& value, std::string message) const {
    context_.problems.add(context_.place(value.node), path_of(value), std::move(message));
}

std::optional<Value> Section::whole(std::string_view name) const {
    const auto* found = find(name);
    return found ? std::optional(Value{*found->key, *found->node}) : std::nullopt;
}

std::vector<Value> Section::values(std::string_view name) const {
    const auto value = whole(name);
    return value ? values(*value) : std::vector<Value>();
}

std::vector<Value> Section::values(const Value& whole) const {
    if (whole.node.kind != Node::Kind::list) return {whole};
    if (whole.node.items.empty() && !whole.key.may_be_empty) {
        problem(whole, fmt::format("is empty; remove the key, or write {}", example_for(whole.key)));
    }
    std::vector<Value> list;
    list.reserve(whole.node.items.size());
    for (const auto& item : whole.node.items) list.push_back({whole.key, item, list.size(), whole.below});
    return list;
}

std::vector<NamedNode> Section::named(std::string_view name) const {
    const auto value = whole(name);
    return value ? named(*value) : std::vector<NamedNode>();
}

std::vector<NamedNode> Section::named(const Value& whole) const {
    std::vector<NamedNode> list;
    if (whole.node.kind != Node::Kind::map || whole.node.entries.empty()) {
        problem(whole, fmt::format("{} is not a map of names; write {{x-lab: value}}", described(whole.node)));
        return list;
    }
    for (const auto& [name, node] : whole.node.entries) {
        const Value value{whole.key, node, std::nullopt, fmt::format("{}.{}", whole.below, name.text)};
        if (node.kind == Node::Kind::null) {
            problem(value, "has no value; write one, or \"\"");
        } else {
            list.push_back({name, value});
        }
    }
    return list;
}

std::vector<SidedValue> Section::sides(std::string_view name) const {
    const auto value = whole(name);
    if (!value) return {};
    const auto& key = value->key;
    if (value->node.kind != Node::Kind::map || value->node.entries.empty()) {
        if (key.sided == Sided::may) return {{std::nullopt, *value}};
        problem(*value, fmt::format("{} does not say of what; write {{request: ...}} or {{response: ...}}",
                                    described(value->node)));
        return {};
    }
    std::vector<SidedValue> list;
    for (const auto& [side, node] : value->node.entries) {
        const Value below{key, node, std::nullopt, "." + side.text};
        if (side.text != "request" && side.text != "response") {
            context_.problems.add(context_.place(side), path_of(*value),
                                  fmt::format("{} is neither request nor response", in_quotes(side.text)));
        } else if (node.kind == Node::Kind::null) {
            problem(below, "has no value; write one or remove the key");
        } else {
            list.push_back({side.text == "request" ? rules::Side::request : rules::Side::response, below});
        }
    }
    return list;
}

std::optional<Value> Section::plain(std::string_view name) const {
    const auto* found = find(name);
    if (!found || found->key->plain.empty() || found->node->kind != Node::Kind::scalar) return std::nullopt;
    for (const auto* key : keys_of(section_of(*found->key))) {
        if (key->name == found->key->plain) return Value{*key, *found->node, std::nullopt, {}, found->key->name};
    }
    return std::nullopt;
}

std::vector<std::string_view> Section::written() const {
    std::vector<std::string_view> names;
    names.reserve(found_.size());
    for (const auto& found : found_) names.push_back(found.key->name);
    return names;
}

std::optional<Section> Section::child(std::string_view name) const {
    const auto* found = find(name);
    if (!found) return std::nullopt;
    if (found->node->kind != Node::Kind::map) {
        if (!word(name) && !plain(name)) wrong({*found->key, *found->node});
        return std::nullopt;
    }
    const bool below_rule = in_rule_ || (section_ == "rules[]" && !found->key->of.empty());
    return Section(context_, *found->node, section_of(*found->key), path_to(name), below_rule);
}

std::optional<std::string_view> Section::word(std::string_view name) const {
    const auto* found = find(name);
    if (!found || found->node->kind != Node::Kind::scalar) return std::nullopt;
    if (!contains(split_words(found->key->words), found->node->text)) return std::nullopt;
    return found->node->text;
}

std::vector<Section> Section::children(std::string_view name) const {
    std::vector<Section> sections;
    const auto* found = find(name);
    if (!found) return sections;
    if (found->node->kind != Node::Kind::list) {
        wrong({*found->key, *found->node});
        return sections;
    }
    if (found->node->items.empty() && found->key->required)
        problem(name, "is empty; write " + example_of_required(*found->key));
    std::size_t index = 0;
    for (const auto& item : found->node->items) {
        const auto path = fmt::format("{}[{}]", path_to(name), index++);
        if (item.kind == Node::Kind::map) {
            sections.emplace_back(context_, item, section_of(*found->key), path);
        } else {
            context_.problems.add(context_.place(item), path,
                                  fmt::format("{} is not a map; write {{key: value}}", described(item)));
        }
    }
    return sections;
}

std::vector<Section::Item> Section::items(std::string_view name) const {
    std::vector<Item> items;
    const auto all = whole(name);
    if (!all) return items;
    if (is_empty(all->node)) {
        problem(*all, "is empty; write " + example_of_required(all->key));
        return items;
    }
    const auto words = split_words(all->key.words);
    for (const auto& value : values(*all)) {
        if (is_empty(value.node)) {
            problem(value, "is empty; write a key and its value, or take it out");
        } else if (value.node.kind == Node::Kind::map) {
            items.push_back({value, {}, Section(context_, value.node, section_of(value.key), path_of(value))});
        } else if (value.node.kind == Node::Kind::scalar && contains(words, value.node.text)) {
            items.push_back({value, value.node.text, {}});
        } else {
            report_no_item(value);
        }
    }
    return items;
}

void Section::report_no_item(const Value& value) const {
    std::vector<std::string_view> names;
    for (const auto* key : keys_of(section_of(value.key))) names.push_back(key->name);
    if (value.node.kind == Node::Kind::scalar && contains(names, value.node.text)) {
        return problem(value, fmt::format("{0} needs a value; write {0}: ...", value.node.text));
    }
    const auto meant = value.node.kind == Node::Kind::scalar ? meant_word(value.node.text, names) : std::nullopt;
    problem(value, fmt::format("{} is not known here; {}", described(value.node),
                               meant ? fmt::format("did you mean \"{}\"?", *meant)
                                     : fmt::format("write one of {}", fmt::join(names, ", "))));
}

bool Section::is_scalar(const Value& value) const {
    return value.node.kind == Node::Kind::scalar || wrong(value);
}

bool Section::wrong(const Value& value) const {
    const auto& key = value.key;
    const auto what = described(value.node);
    if (value.node.kind == Node::Kind::scalar && value.node.quoted &&
        (key.type == Type::number || key.type == Type::boolean)) {
        Node plain = value.node;
        plain.quoted = false;
        std::uint32_t number = 0;
        bool boolean = false;
        if (key.type == Type::number ? parse(plain, number) : parse(plain, boolean)) {
            problem(value,
                    fmt::format("{} in quotes is a text, not {}; write {}", what, noun_of(key.type), plain.text));
            return false;
        }
    }
    const auto usual = usual_mistake(key, value.node);
    problem(value, usual ? *usual : fmt::format("{} is not {}; write {}", what, noun_of(key.type), example_for(key)));
    return false;
}

bool Section::in_range(const Value& value, std::uint64_t number) const {
    const auto& key = value.key;
    const bool too_small = !key.min.empty() && number < bound(key.type, key.min);
    const bool too_large = !key.max.empty() && number > bound(key.type, key.max);
    if (too_small) problem(value, fmt::format("{} is too small; the least is {}", in_quotes(value.node.text), key.min));
    if (too_large) problem(value, fmt::format("{} is too large; the most is {}", in_quotes(value.node.text), key.max));
    return !too_small && !too_large;
}

std::optional<std::size_t> Section::word_index(const Value& value) const {
    const auto words = split_words(value.key.words);
    const auto& word = value.node.text;
    if (value.node.kind == Node::Kind::scalar) {
        const auto known = std::ranges::find(words, word);
        if (known != words.end()) return static_cast<std::size_t>(known - words.begin());
    }
    const auto meant = value.node.kind == Node::Kind::scalar ? meant_word(word, words) : std::nullopt;
    if (const auto usual = usual_mistake(value.key, value.node)) {
        problem(value, *usual);
    } else if (contains(split_words(value.key.later), word)) {
        problem(value, fmt::format("{} is not supported by this version; write {}", in_quotes(word), one_of(words)));
    } else if (meant) {
        problem(value, fmt::format("{} is not one of {}; did you mean \"{}\"?", in_quotes(word), fmt::join(words, ", "),
                                   *meant));
    } else {
        problem(value, fmt::format("{} is not a known word; write {}", described(value.node), one_of(words)));
    }
    return std::nullopt;
}

bool Section::decode(const Value& value, std::string& out) const {
    constexpr std::size_t kLongest = 4096;
    if (!is_scalar(value)) return false;
    std::string text;
    if (!parse(value.node, text) && !value.key.may_be_empty) return wrong(value);
    if (text.size() > kLongest) {
        problem(value, fmt::format("{} is longer than {} octets", in_quotes(text), kLongest));
        return false;
    }
    out = names_file(value.key, text) ? context_.beside(text) : text;
    return true;
}

bool Section::decode(const Value& value, std::uint64_t& out) const {
    if (!is_scalar(value)) return false;
    std::uint64_t size = 0;
    if (!config::parse_size(value.node, size)) return wrong(value);
    if (!in_range(value, size)) return false;
    out = size;
    return true;
}

bool Section::decode(const Value& value, At<std::string>& out) const {
    std::string text;
    if (!decode(value, text)) return false;
    out = {.value = std::move(text), .place = context_.place(value.node)};
    return true;
}

}  // namespace bascule::config
