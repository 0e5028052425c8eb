#include "rules/rules.h"
#include "tests/support/catch.h"

using namespace bascule;
using namespace bascule::rules;

namespace {

/// The name of the rule that takes all of the second one's connections; empty: none.
std::string taken(Match first, Match second) {
    std::vector<Rule> rules;
    rules.push_back({.name = "first", .place = {}, .match = std::move(first)});
    rules.push_back({.name = "second", .place = {}, .match = std::move(second)});
    const RuleSet set(std::move(rules));
    CHECK(set.taken_before(0) == nullptr);
    const auto* before = set.taken_before(1);
    return before ? before->name : "";
}

Cidr block(std::string_view text) {
    return Cidr::parse(text).value();
}

std::shared_ptr<const NameSet> names(std::string_view one) {
    auto set = std::make_shared<NameSet>();
    CHECK_FALSE(set->add(one));
    CHECK_FALSE(set->seal());
    return set;
}

}  // namespace

TEST_CASE("a rule behind a catch-all never matches") {
    CHECK(taken({}, {}) == "first");
    CHECK(taken({}, {.server_name = names("a.example")}) == "first");
    CHECK(taken({.server_name = names("a.example")}, {}).empty());
}

TEST_CASE("a rule behind a wider one never matches") {
    CHECK(taken({.port = {443, 80}}, {.port = {80}}) == "first");
    CHECK(taken({.port = {443}}, {.port = {80, 443}}).empty());
    CHECK(taken({.source = {block("10.0.0.0/8")}}, {.source = {block("10.1.0.0/16"), block("10.2.3.4")}}) == "first");
    CHECK(taken({.source = {block("10.1.0.0/16")}}, {.source = {block("10.0.0.0/8")}}).empty());
    CHECK(taken({.source = {block("10.0.0.0/8")}}, {.port = {1}}).empty());
    CHECK(taken({.destination = {{block("10.0.0.0/8"), {}}}}, {.destination = {{block("10.0.0.0/9"), 443}}}) ==
          "first");
    CHECK(taken({.destination = {{block("10.0.0.0/8"), 443}}}, {.destination = {{block("10.0.0.0/9"), {}}}}).empty());
    CHECK(taken({.listener = {"a"}}, {.listener = {"a"}, .port = {1}}) == "first");
    CHECK(taken({.protocol = {Protocol::tls, Protocol::http}}, {.protocol = {Protocol::http}}) == "first");
    CHECK(taken({.alpn = {"h2"}}, {.alpn = {"h2", "http/1.1"}}).empty());
}

TEST_CASE("lists of names are not compared") {
    CHECK(taken({.server_name = names("*.example")}, {.server_name = names("a.example")}).empty());
}
