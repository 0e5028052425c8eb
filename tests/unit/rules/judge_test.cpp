#include "rules/rules.h"
#include "tests/support/catch.h"

using namespace bascule;
using namespace bascule::rules;

namespace {

Cidr block(std::string_view text) {
    return Cidr::parse(text).value();
}

std::shared_ptr<const NameSet> names(std::string_view pattern) {
    NameSet set;
    REQUIRE_FALSE(set.add(pattern));
    REQUIRE_FALSE(set.seal());
    return std::make_shared<const NameSet>(std::move(set));
}

Rule rule(std::string name, Match match, Action action = Action::block) {
    return {.name = std::move(name), .place = {"b.yaml", 7, 5}, .match = std::move(match), .action = action};
}

Facts facts() {
    Facts known;
    known.listener = "apps";
    known.source = IpAddress::parse("10.0.0.7").value();
    known.port = 443;
    return known;
}

/// The name of the rule that decided, or what was missing.
std::string outcome(const RuleSet& set, const Facts& known) {
    const auto judged = set.judge(known);
    if (const auto* missing = std::get_if<Missing>(&judged)) {
        return *missing == Missing::destination ? "destination?" : "hello?";
    }
    return std::string(std::get<Verdict>(judged).name);
}

const std::vector<std::string> kWeb{"h2", "http/1.1"};

Facts full_facts() {
    auto known = facts();
    known.destination = SocketAddress::parse("192.0.2.1:443").value();
    known.server_name = "www.bank.example";
    known.alpn = kWeb;
    known.protocol = Protocol::tls;
    return known;
}

}  // namespace

TEST_CASE("the first rule that matches decides, and says where it is") {
    const RuleSet set({rule("other", {.listener = {"gateway"}}),
                       rule("first", {.port = {80, 443}}, Action::passthrough), rule("second", {})});
    const auto verdict = std::get<Verdict>(set.judge(facts()));
    CHECK(verdict.index == 1u);
    CHECK(verdict.action == Action::passthrough);
    CHECK(verdict.name == "first");
    CHECK(verdict.rule_at == "b.yaml:7");
}

TEST_CASE("without a match the default intercepts") {
    const auto verdict = std::get<Verdict>(RuleSet({}).judge(facts()));
    CHECK_FALSE(verdict.index);
    CHECK(verdict.action == Action::intercept);
    CHECK(verdict.name == "default");
    CHECK(verdict.rule_at.empty());
}

TEST_CASE("each key holds by one of its values and fails by none") {
    const auto known = full_facts();
    const auto holds = [&](Match match) { return outcome(RuleSet({rule("hit", std::move(match))}), known) == "hit"; };
    CHECK(holds({.listener = {"x", "apps"}}));
    CHECK_FALSE(holds({.listener = {"x"}}));
    CHECK(holds({.source = {block("192.0.2.0/24"), block("10.0.0.0/8")}}));
    CHECK_FALSE(holds({.source = {block("192.0.2.0/24")}}));
    CHECK(holds({.destination = {*DestinationPattern::parse("192.0.2.0/24:443")}}));
    CHECK_FALSE(holds({.destination = {*DestinationPattern::parse("192.0.2.0/24:80")}}));
    CHECK_FALSE(holds({.destination = {*DestinationPattern::parse("::/0")}}));
    CHECK(holds({.port = {443}}));
    CHECK_FALSE(holds({.port = {80}}));
    CHECK(holds({.server_name = names("*.bank.example")}));
    CHECK_FALSE(holds({.server_name = names("bank.example")}));
    CHECK(holds({.alpn = {"http/1.1"}}));
    CHECK_FALSE(holds({.alpn = {"h3"}}));
    CHECK(holds({.protocol = {Protocol::http, Protocol::tls}}));
    CHECK_FALSE(holds({.protocol = {Protocol::other}}));
}

TEST_CASE("all keys of a rule must hold") {
    const RuleSet set({rule("both", {.port = {443}, .server_name = names("a.example")}),
                       rule("other", {.port = {443}, .server_name = names("www.bank.example")})});
    CHECK(outcome(set, full_facts()) == "other");
}

TEST_CASE("a rule that depends on an absent fact stops the walk and names the fact") {
    CHECK(outcome(RuleSet({rule("r", {.server_name = names("a.example")})}), facts()) == "hello?");
    CHECK(outcome(RuleSet({rule("r", {.alpn = {"h2"}})}), facts()) == "hello?");
    CHECK(outcome(RuleSet({rule("r", {.protocol = {Protocol::tls}})}), facts()) == "hello?");
    CHECK(outcome(RuleSet({rule("r", {.destination = {*DestinationPattern::parse("10.0.0.0/8")}})}), facts()) ==
          "destination?");
}

TEST_CASE("the destination is asked for before the hello") {
    const RuleSet set({rule(
        "r", {.destination = {*DestinationPattern::parse("192.0.2.1")}, .server_name = names("www.bank.example")})});
    auto known = facts();
    CHECK(outcome(set, known) == "destination?");
    known.destination = SocketAddress::parse("192.0.2.1:443").value();
    CHECK(outcome(set, known) == "hello?");
    known.server_name = "www.bank.example";
    CHECK(outcome(set, known) == "r");
}

TEST_CASE("a key known to fail decides whatever else is unknown") {
    const auto unknown = names("a.example");
    const auto judged = [&](Match match) {
        match.server_name = unknown;
        match.destination = {*DestinationPattern::parse("192.0.2.1")};
        return outcome(RuleSet({rule("r", std::move(match))}), facts());
    };
    CHECK(judged({.listener = {"gateway"}}) == "default");
    CHECK(judged({.source = {block("192.0.2.0/24")}}) == "default");
    CHECK(judged({.port = {25}}) == "default");
    auto known = facts();
    known.destination = SocketAddress::parse("192.0.2.2:443").value();
    CHECK(outcome(
              RuleSet({rule("r", {.destination = {*DestinationPattern::parse("192.0.2.1")}, .server_name = unknown})}),
              known) == "default");
    known = facts();
    known.protocol = Protocol::other;
    CHECK(outcome(RuleSet({rule("r", {.alpn = {"h2"}, .protocol = {Protocol::tls}})}), known) == "default");
}

TEST_CASE("a destination whose port is another one fails before the address is known") {
    const RuleSet set({rule("r", {.destination = {*DestinationPattern::parse("10.0.0.0/8:25")}})});
    CHECK(outcome(set, facts()) == "default");
}

TEST_CASE("a rule before the open one decides at once") {
    const RuleSet set({rule("early", {.port = {443}}), rule("late", {.server_name = names("a.example")})});
    CHECK(outcome(set, facts()) == "early");
}

TEST_CASE("a hello without a name matches no name, and is not an unknown one") {
    auto known = facts();
    known.server_name = "";
    CHECK(outcome(RuleSet({rule("r", {.server_name = names("/^/")})}), known) == "default");
}

TEST_CASE("an empty list of names matches nothing") {
    auto known = facts();
    known.server_name = "a.example";
    CHECK(outcome(RuleSet({rule("r", {.server_name = std::make_shared<const NameSet>()})}), known) == "default");
}

TEST_CASE("destination patterns have an optional port, IPv6 in brackets with it") {
    const auto port_of = [](std::string_view text) { return DestinationPattern::parse(text).value().port; };
    CHECK_FALSE(port_of("10.0.0.0/8"));
    CHECK_FALSE(port_of("2001:db8::/32"));
    CHECK(port_of("10.0.0.0/8:443") == 443);
    CHECK(port_of("10.0.0.1:443") == 443);
    CHECK(port_of("[2001:db8::/32]:443") == 443);
    for (const auto* text : {"", "10.0.0.0/8:", "10.0.0.0/8:0", "[10.0.0.0/8]:443", "10.0.0.1/8", "a.example:443",
                             "[::1]", "10.0.0.0/8:99999", ":443"}) {
        INFO(text);
        CHECK_FALSE(DestinationPattern::parse(text));
    }
}

TEST_CASE("explain tells each key of each rule up to the one that decided") {
    const RuleSet set({rule("mail", {.port = {25}}),
                       rule("banks", {.source = {block("10.0.0.0/8")}, .server_name = names("*.bank.example")}),
                       rule("rest", {})});
    CHECK(set.explain(full_facts()) ==
          std::vector<std::string>{"mail (b.yaml:7): no: port 443 in 25",
                                   "banks (b.yaml:7): yes: source 10.0.0.7 in 10.0.0.0/8",
                                   "banks (b.yaml:7): yes: server_name www.bank.example as *.bank.example"});
    CHECK(set.explain(facts()).back() == "banks (b.yaml:7): unknown: server_name");
    CHECK(RuleSet({rule("mail", {.port = {25}})}).explain(facts()).back() == "default: no rule matched");
    CHECK(RuleSet({rule("all", {})}).explain(facts()).back() == "all (b.yaml:7): yes: it has no conditions");
}

TEST_CASE("a verdict knows whether another name would have changed it") {
    const auto judged = [](std::vector<Rule> rules) {
        return std::get<Verdict>(RuleSet(std::move(rules)).judge(full_facts()));
    };
    const auto named = [](std::string_view pattern, Action action) {
        return rule("named", {.server_name = names(pattern)}, action);
    };
    const auto all = rule("all", {}, Action::passthrough);

    const auto by_name = judged({named("www.bank.example", Action::passthrough)});
    CHECK((by_name.matched_name && !by_name.missed_name));
    const auto plain = judged({all});
    CHECK_FALSE((plain.matched_name || plain.missed_name));
    const auto dodged = judged({named("ads.example", Action::block), all});
    CHECK((!dodged.matched_name && dodged.missed_name));
    CHECK(judged({named("ads.example", Action::intercept), all}).missed_name);
    CHECK_FALSE(judged({named("ads.example", Action::passthrough), all}).missed_name);
    CHECK(judged({named("ads.example", Action::block), named("www.bank.example", Action::passthrough)}).missed_name);
    // The port alone says that it is not this rule.
    CHECK_FALSE(judged({rule("port", {.port = {25}, .server_name = names("ads.example")}), all}).missed_name);
}
