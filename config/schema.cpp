#include "base/duration.h"
#include "config/config.h"
#include "config/keys.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace bascule::config {
namespace {

using Json = nlohmann::ordered_json;

Json section_schema(std::string_view section, bool in_rule);

Json default_of(const Key& key) {
    if (key.type == Type::boolean) return key.fallback == "true";
    if (key.type == Type::number && split_words(key.words).empty()) return std::stoll(std::string(key.fallback));
    if (key.type == Type::number && key.fallback != split_words(key.words).front()) {
        return std::stoll(std::string(key.fallback));
    }
    if (key.fallback == "[]") return Json::array();
    if (!key.list) return key.fallback;
    return split_words(key.fallback);
}

/// Readers of YAML 1.1 (PyYAML) take the word off for false: both are it.
Json words_of(const Key& key) {
    auto words = Json::array();
    for (const auto word : split_words(key.words)) {
        words.push_back(word);
        if (word == "off") words.push_back(false);
    }
    return words;
}

/// One value, without the list around it.
Json value_schema(const Key& key) {
    switch (key.type) {
        case Type::boolean:
            return {{"type", "boolean"}};
        case Type::number: {
            Json number{{"type", "integer"}};
            number["minimum"] = std::stoll(std::string(key.min));
            number["maximum"] = std::stoll(std::string(key.max));
            return number;
        }
        case Type::duration:
            return {{"type", "string"}, {"pattern", "^[0-9]+(ms|s|m|h|d)$"}};
        case Type::size:
            return {{"type", Json::array({"string", "integer"})}, {"pattern", "^[0-9]+(KiB|MiB|GiB)?$"}};
        case Type::word:
            return {{"enum", words_of(key)}};
        case Type::status:
            return {{"type", Json::array({"string", "integer"})}};
        case Type::pattern:
        case Type::field_value:
            return {{"type", Json::array({"string", "number", "boolean"})}};
        default:
            return {{"type", "string"}, {"minLength", key.may_be_empty && !key.list ? 0 : 1}};
    }
}

Json value_or_word(const Key& key) {
    auto schema = value_schema(key);
    if (key.type == Type::word || key.words.empty() || schema.contains("minLength")) return schema;
    return {{"anyOf", Json::array({Json{{"enum", words_of(key)}}, std::move(schema)})}};
}

/// Items of such a key are maps, or words; a single one stands for a list.
Json items_schema(const Key& key, Json item) {
    if (!key.words.empty()) item = Json{{"anyOf", Json::array({Json{{"enum", words_of(key)}}, std::move(item)})}};
    Json list{{"type", "array"}, {"items", item}};
    if (key.required) list["minItems"] = 1;
    if (!key.list) return list;
    return {{"anyOf", Json::array({std::move(item), std::move(list)})}};
}

const Key& plain_key(const Key& key) {
    const auto keys = keys_of(section_of(key));
    return **std::ranges::find(keys, key.plain, &Key::name);
}

Json map_schema(const Key& key, bool in_rule) {
    auto section = section_schema(section_of(key), in_rule);
    if (!key.plain.empty()) {
        return {{"anyOf", Json::array({value_schema(plain_key(key)), std::move(section)})}};
    }
    if (key.words.empty()) return section;
    return {{"anyOf", Json::array({Json{{"enum", words_of(key)}}, std::move(section)})}};
}

Json values_schema(const Key& key) {
    auto one = value_or_word(key);
    if (!key.list) return one;
    Json list{{"type", "array"}, {"items", one}};
    if (!key.may_be_empty) list["minItems"] = 1;
    return {{"anyOf", Json::array({std::move(one), std::move(list)})}};
}

/// Values below names, and names below sides, where the key has them.
Json scalar_schema(const Key& key) {
    auto schema = values_schema(key);
    if (key.named) {
        schema = Json{{"type", "object"}, {"minProperties", 1}, {"additionalProperties", std::move(schema)}};
    }
    if (key.sided == Sided::no) return schema;
    const Json patterns{{"^(request|response)$", schema}};
    Json sides{{"type", "object"}, {"minProperties", 1}, {"additionalProperties", false}};
    sides["patternProperties"] = patterns;
    if (key.sided == Sided::must) return sides;
    return {{"anyOf", Json::array({std::move(schema), std::move(sides)})}};
}

Json shape_of(const Key& key, bool in_rule) {
    const bool below_rule = in_rule || (key.section == "rules[]" && !key.of.empty());
    if (key.type == Type::map) return map_schema(key, below_rule);
    if (key.type == Type::maps) return items_schema(key, section_schema(section_of(key), in_rule));
    return scalar_schema(key);
}

Json key_schema(const Key& key, bool in_rule) {
    Json schema;
    if (key.built) {
        schema = shape_of(key, in_rule);
    } else if (key.harmless) {
        schema["const"] = default_of(key);
    } else {
        schema["not"] = Json::object();
    }
    schema["description"] = std::string(key.help) + (key.built ? "" : " Not supported by this version.");
    if (!key.fallback.empty() && (key.built || key.harmless)) schema["default"] = default_of(key);
    return schema;
}

Json section_schema(std::string_view section, bool in_rule) {
    Json schema{{"type", "object"}, {"additionalProperties", false}};
    auto properties = Json::object();
    auto required = Json::array();
    for (const auto* key : keys_of(section, in_rule)) {
        properties[std::string(key->name)] = key_schema(*key, in_rule);
        if (key->required && !in_rule) required.push_back(key->name);
    }
    schema["properties"] = std::move(properties);
    if (!required.empty()) schema["required"] = std::move(required);
    return schema;
}

}  // namespace

std::string schema() {
    auto root = section_schema("", false);
    root["$schema"] = "http://json-schema.org/draft-07/schema#";
    root["title"] = "Configuration of bascule";
    return root.dump(2) + "\n";
}

}  // namespace bascule::config
