#include "make.h"

#include <algorithm>
#include <random>
#include <regex>

using namespace bascule;
using namespace bascule::rules;

/// The compiled judge against one that asks every rule for every key, by patterns as they are written.
namespace {

using Strings = std::vector<std::string>;

const Strings kHosts{"a.test", "b.a.test", "c.b.a.test", "x.test", "test", "10.0.0.1", ""};
const Strings kHostPatterns{"a.test", "*.a.test", "*.test", "b.a.test", "x.test", "/^b\\./", "/a/", "10.0.0.1"};
const Strings kPaths{"/", "/a", "/a/", "/a/b", "/a/b/c", "/ab", "/b", "*"};
const Strings kPathPatterns{"/", "/a", "/a/b", "/a*", "/a/*", "/a/b*", "*", "/b$/", "/^/a/", "/ab", "/b*", "/*"};
const Strings kQueries{"", "q=1", "q=12", "x=1&q=1"};
const Strings kQueryPatterns{"", "q=1", "q=1*", "/q=1$/", "*"};
const Strings kMethods{"GET", "POST", "PUT"};
const Strings kValues{"on", "off", "only", ""};
const Strings kValuePatterns{"on", "on*", "/^o/", "*", "off"};
const Strings kListeners{"apps", "gateway"};

struct Written {
    Strings server_name, host, path, query, method, lab, listener, status;
    bool host_listed = false, block = false, of_response = false;
};

bool is_regex(const std::string& pattern) {
    return pattern.size() >= 2 && pattern.front() == '/' && pattern.back() == '/';
}

bool finds(const std::string& pattern, const std::string& text) {
    return std::regex_search(text, std::regex(pattern.substr(1, pattern.size() - 2)));
}

bool name_matches(const std::string& pattern, const std::string& name) {
    if (name.empty()) return false;
    if (is_regex(pattern)) return finds(pattern, name);
    if (!pattern.starts_with("*.")) return name == pattern;
    return name.size() > pattern.size() - 1 && name.ends_with(pattern.substr(1));
}

bool text_matches(const std::string& pattern, const std::string& text) {
    if (is_regex(pattern)) return finds(pattern, text);
    if (pattern.ends_with("*")) return text.starts_with(pattern.substr(0, pattern.size() - 1));
    return text == pattern;
}

bool any(const Strings& patterns, const std::string& text, bool (*matches)(const std::string&, const std::string&)) {
    return patterns.empty() || std::ranges::any_of(patterns, [&](const auto& one) { return matches(one, text); });
}

struct Message {
    std::string listener, server_name, host, path, query, method, lab;
    int status = 200;
};

bool plainly_matches(const Written& rule, const Message& message) {
    return any(rule.server_name, message.server_name, name_matches) && any(rule.host, message.host, name_matches) &&
           any(rule.path, message.path, text_matches) && any(rule.query, message.query, text_matches) &&
           any(rule.method, message.method, text_matches) && any(rule.lab, message.lab, text_matches) &&
           any(rule.listener, message.listener, text_matches);
}

class Dice {
  public:
    explicit Dice(std::uint64_t seed) : random_(seed) {}
    std::size_t below(std::size_t count) { return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_); }
    bool one_in(std::size_t count) { return below(count) == 0; }
    const std::string& of(const Strings& all) { return all[below(all.size())]; }
    Strings some(const Strings& all, std::size_t one_in_so_many) {
        Strings chosen;
        if (!one_in(one_in_so_many)) return chosen;
        for (auto left = 1 + below(3); left > 0; --left) chosen.push_back(of(all));
        return chosen;
    }

  private:
    std::mt19937_64 random_;
};

Names names_of(const Strings& written, bool listed) {
    Names made;
    if (written.empty()) return made;
    NameSet set;
    for (const auto& one : written) {
        CHECK_FALSE(set.add(one));
        if (!listed) made.written.push_back(*NamePattern::parse(one));
    }
    CHECK_FALSE(set.seal());
    made.set = std::make_shared<const NameSet>(std::move(set));
    made.listed = listed;
    return made;
}

Texts texts_of(const Strings& written) {
    Texts made;
    for (const auto& one : written) made.push_back(TextPattern::parse(one).value());
    return made;
}

Written random_rule(Dice& dice) {
    return {.server_name = dice.some(kHostPatterns, 5),
            .host = dice.some(kHostPatterns, 2),
            .path = dice.some(kPathPatterns, 2),
            .query = dice.some(kQueryPatterns, 6),
            .method = dice.some(kMethods, 6),
            .lab = dice.some(kValuePatterns, 8),
            .listener = dice.some(kListeners, 8),
            .status = {},
            .host_listed = dice.one_in(6),
            .block = dice.one_in(30),
            .of_response = dice.one_in(4)};
}

MessageRule compiled(const Written& rule) {
    auto match = with_server_name(names_of(rule.server_name, false));
    match.host = names_of(rule.host, rule.host_listed);
    match.path = texts_of(rule.path);
    match.query = texts_of(rule.query);
    match.method = texts_of(rule.method);
    match.connection.listener = rule.listener;
    if (!rule.lab.empty()) match.header.push_back({"x-lab", texts_of(rule.lab)});
    if (rule.of_response) match.status = {{400, 499}};
    const MessageAction::What what = rule.block ? MessageAction::What(Block{}) : MessageAction::What(Delay{});
    return message_rule("r", std::move(match),
                        {{.side = rule.of_response ? Side::response : Side::request, .what = what}});
}

Message random_message(Dice& dice) {
    return {.listener = dice.of(kListeners),
            .server_name = dice.of(kHosts),
            .host = dice.of(kHosts),
            .path = dice.of(kPaths),
            .query = dice.of(kQueries),
            .method = dice.of(kMethods),
            .lab = dice.of(kValues),
            .status = dice.one_in(2) ? 404 : 200};
}

/// The numbers of the rules that act on the request, then, behind `-1`, on the response.
std::vector<int> plainly_judged(const std::vector<Written>& rules, const Message& message) {
    std::vector<int> acting, later;
    for (std::size_t i = 0; i < rules.size(); ++i) {
        if (!plainly_matches(rules[i], message)) continue;
        (rules[i].of_response ? later : acting).push_back(static_cast<int>(i));
        if (rules[i].block && !rules[i].of_response) break;
    }
    acting.push_back(-1);
    for (const auto rule : later) {
        if (message.status != 404) break;
        acting.push_back(rule);
        if (rules[static_cast<std::size_t>(rule)].block) break;
    }
    return acting;
}

struct Asked {
    Facts connection;
    RequestFacts request;
    ResponseFacts response;
};

Asked asked(const Message& message, const Field& lab) {
    Asked made;
    made.connection.listener = message.listener;
    made.connection.server_name = message.server_name;
    made.request = {.method = message.method,
                    .host = message.host,
                    .path = message.path,
                    .query = message.query,
                    .fields = {&lab, 1}};
    made.response.status = message.status;
    return made;
}

std::vector<int> judged(const MessageRules& rules, const Asked& about) {
    std::vector<int> acting;
    const auto verdict = rules.judge(about.connection, about.request);
    for (const auto& deed : verdict.deeds) acting.push_back(static_cast<int>(deed.rule));
    acting.push_back(-1);
    for (const auto& deed : rules.judge(verdict.later, about.response).deeds) {
        acting.push_back(static_cast<int>(deed.rule));
    }
    return acting;
}

/// What `explain` says acts, on either side.
std::vector<int> explained(const MessageRules& rules, const Asked& about) {
    std::vector<int> acting;
    for (const auto& reason : rules.explain(about.connection, about.request, &about.response)) {
        if (reason.outcome == MessageReason::Outcome::acts) acting.push_back(static_cast<int>(reason.rule));
    }
    return acting;
}

}  // namespace

TEST_CASE("the compiled judge and a plain one agree, and explain with both") {
    Dice dice(10);
    for (int round = 0; round < 60; ++round) {
        std::vector<Written> written(dice.below(round % 3 == 0 ? 10 : 300) + 1);
        for (auto& rule : written) rule = random_rule(dice);
        std::vector<MessageRule> rules;
        for (const auto& rule : written) rules.push_back(compiled(rule));
        const MessageRules all(std::move(rules));
        for (int i = 0; i < 100; ++i) {
            const auto message = random_message(dice);
            const Field lab{"X-Lab", message.lab};
            const auto about = asked(message, lab);
            const auto expected = plainly_judged(written, message);
            INFO(message.host << message.path << "?" << message.query << " " << message.status << " round " << round);
            REQUIRE(judged(all, about) == expected);
            auto acting = expected;
            std::erase(acting, -1);
            std::ranges::sort(acting);
            const auto verdict = all.judge(about.connection, about.request);
            if (!verdict.ends) REQUIRE(explained(all, about) == acting);
            if (acting.size() > 0) REQUIRE(all.may_match(about.connection) != Reach::none);
            if (!verdict.deeds.empty() && message.host == message.server_name) {
                REQUIRE(all.may_match(about.connection) == Reach::yes);
            }
        }
    }
}

TEST_CASE("a rule behind one that takes all of its requests never acts") {
    Dice dice(11);
    for (int round = 0; round < 100; ++round) {
        std::vector<Written> written(40);
        std::vector<MessageRule> rules;
        for (auto& rule : written) {
            rule = random_rule(dice);
            rule.block |= dice.one_in(2);
            rules.push_back(compiled(rule));
        }
        const MessageRules all(std::move(rules));
        for (std::size_t late = 0; late < written.size(); ++late) {
            const auto* before = all.taken_before(late);
            for (int i = 0; before && i < 50; ++i) {
                const auto message = random_message(dice);
                const auto early = static_cast<std::size_t>(before - all.rules().data());
                if (plainly_matches(written[late], message)) REQUIRE(plainly_matches(written[early], message));
            }
        }
    }
}
