#include "config/config.h"
#include "config/keys.h"
#include "tests/support/catch.h"

#include <nlohmann/json.hpp>

#include <algorithm>

using namespace bascule::config;
using Json = nlohmann::json;

namespace {

/// A word may stand instead of a map, one map instead of a list.
const Json* map_of(const Json* at) {
    while (at->contains("anyOf")) at = &at->at("anyOf").back();
    return at;
}

const Json& properties_of(const Json& schema, std::string_view section) {
    const auto* at = &schema;
    while (!section.empty()) {
        const auto dot = section.find('.');
        auto name = section.substr(0, dot);
        section = dot == section.npos ? std::string_view() : section.substr(dot + 1);
        const bool each = name.ends_with("[]");
        if (each) name.remove_suffix(2);
        at = &at->at("properties").at(std::string(name));
        at = map_of(at);
        if (each) at = map_of(&at->at("items"));
    }
    return at->at("properties");
}

/// Nor is what stands below a key that is not.
bool is_built(const Key& key) {
    return key.built && std::ranges::none_of(all_keys(), [&](const Key& above) {
               return !above.built && key.section.starts_with(section_of(above));
           });
}

void check_closed(const Json& schema) {
    std::vector<const Json*> open{&schema};
    while (!open.empty()) {
        const auto* one = open.back();
        open.pop_back();
        if (one->is_object() && one->contains("properties")) CHECK(one->at("additionalProperties") == false);
        if (one->is_structured()) {
            for (const auto& below : *one) open.push_back(&below);
        }
    }
}

}  // namespace

TEST_CASE("every key of the table is in the schema, with its words") {
    const auto root = Json::parse(schema());
    for (const auto& key : all_keys()) {
        if (!is_built(key)) continue;
        INFO(key.section << " " << key.name);
        const auto& property = properties_of(root, key.section).at(std::string(key.name));
        CHECK_FALSE(property.at("description").get<std::string>().empty());
        if (!key.fallback.empty()) CHECK(property.contains("default"));
        if (key.type == Type::word && !key.list) {
            const auto words = split_words(key.words);
            const bool off = std::ranges::find(words, "off") != words.end();  // to YAML 1.1 also false
            CHECK(property.at("enum").size() == words.size() + (off ? 1 : 0));
        }
    }
}

TEST_CASE("the schema is draft-07 and closed") {
    const auto root = Json::parse(schema());
    CHECK(root.at("$schema") == "http://json-schema.org/draft-07/schema#");
    CHECK(root.at("required") == Json::array({"ca", "listeners"}));
    CHECK(root.at("properties").at("timeouts").at("properties").contains("peek"));
    const auto& in_rule = root.at("properties").at("rules").at("items").at("properties");
    CHECK_FALSE(in_rule.at("timeouts").at("properties").contains("peek"));
    CHECK_FALSE(in_rule.at("ca").contains("required"));
    check_closed(root);
}

TEST_CASE("defaults in the schema have the type of their key") {
    const auto properties = Json::parse(schema()).at("properties");
    CHECK(properties.at("limits").at("properties").at("connections").at("default") == 50000);
    CHECK(properties.at("workers").at("default") == "auto");
    CHECK(properties.at("destinations").at("properties").at("deny").at("default") ==
          Json::array({"169.254.0.0/16", "fe80::/10"}));
    CHECK(properties.at("listeners").at("items").at("properties").at("proxy_protocol").at("default") == false);
}
