#include "make.h"

using namespace bascule;
using namespace bascule::rules;

namespace {

constexpr Field kFields[]{{"Accept", "text/html"}, {"X-Lab", "on"}, {"accept", "image/png"}};

RequestFacts request() {
    return {.method = "GET",
            .scheme = "https",
            .host = "api.example",
            .path = "/v1/items",
            .query = "limit=5",
            .fields = kFields};
}

std::string judged(const MessageRules& rules, const RequestFacts& asked = request(),
                   const Facts& connection = facts_of_connection()) {
    return told(rules, rules.judge(connection, asked).deeds);
}

std::string judged(MessageMatch match, const RequestFacts& asked = request()) {
    std::vector<MessageRule> rules;
    rules.push_back(message_rule("r", std::move(match), {on_request(Delay{})}));
    return judged(MessageRules(std::move(rules)), asked);
}

bool holds(MessageMatch match) {
    return !judged(std::move(match)).empty();
}

ResponseFacts response() {
    static constexpr Field fields[]{{"content-type", "Text/HTML ; charset=utf-8"}, {"server", "nginx"}};
    return {.status = 404, .fields = fields, .size = 2000};
}

bool response_fits(MessageMatch match, const ResponseFacts& answer = response()) {
    std::vector<MessageRule> rules;
    rules.push_back(message_rule("r", std::move(match), {on_response(Delay{})}));
    const MessageRules compiled(std::move(rules));
    const auto later = compiled.judge(facts_of_connection(), request()).later;
    CHECK(later.size() == 1);
    return !compiled.judge(later, answer).deeds.empty();
}

}  // namespace

TEST_CASE("each key of a request holds by one of its values and fails by none") {
    CHECK(holds({}));
    CHECK(holds({.method = texts({"POST", "GET"})}));
    CHECK_FALSE(holds({.method = texts({"get"})}));
    CHECK(holds({.host = names({"*.example"})}));
    CHECK(holds({.host = names({"/^api/"})}));
    CHECK(holds({.host = listed_names({"api.example"})}));
    CHECK_FALSE(holds({.host = names({"example", "*.api.example"})}));
    CHECK_FALSE(holds({.host = listed_names({"www.example"})}));
    CHECK(holds({.path = texts({"/x", "/v1/*"})}));
    CHECK_FALSE(holds({.path = texts({"/v1"})}));
    CHECK(holds({.query = texts({"/(^|&)limit=/"})}));
    CHECK_FALSE(holds({.query = texts({"limit"})}));
    CHECK(holds({.header = {{"x-lab", texts({"on"})}, {"accept", texts({"image/*"})}}}));
    CHECK_FALSE(holds({.header = {{"x-lab", texts({"on"})}, {"cookie", texts({"*"})}}}));
    CHECK_FALSE(holds({.header = {{"x-lab", texts({"off"})}}}));
    CHECK(holds({.connection = {.listener = {"apps"}, .port = {443}}}));
    CHECK_FALSE(holds({.connection = {.port = {80}}}));
    CHECK(holds(with_server_name(names({"api.example"}))));
    CHECK_FALSE(holds(with_server_name(names({"www.example"}))));
    CHECK_FALSE(holds(with_server_name(listed_names({"www.example"}))));
}

TEST_CASE("a request without a host meets no rule that asks for one") {
    auto asked = request();
    asked.host = "";
    CHECK(judged({.host = names({"/^/"})}, asked).empty());
    CHECK(judged({}, asked) == "r:delay");
}

TEST_CASE("what is not known of a connection holds for no rule that asks for it") {
    std::vector<MessageRule> rules;
    rules.push_back(message_rule("address", {.connection = {.destination = {*DestinationPattern::parse("0.0.0.0/0")}}},
                                 {on_request(Delay{})}));
    rules.push_back(message_rule("name", with_server_name(names({"/^/"})), {on_request(Delay{})}));
    const MessageRules compiled(std::move(rules));
    CHECK(compiled.asks_destination());
    auto connection = facts_of_connection();
    connection.server_name.reset();
    CHECK(judged(compiled, request(), connection).empty());
    connection.destination = SocketAddress::parse("192.0.2.1:443").value();
    connection.server_name = "a.example";
    CHECK(judged(compiled, request(), connection) == "address:delay name:delay");
}

TEST_CASE("each key of a response holds by one of its values and fails by none") {
    CHECK(response_fits({}));
    CHECK(response_fits({.status = {{200, 200}, {400, 499}}}));
    CHECK_FALSE(response_fits({.status = {{500, 599}}}));
    CHECK(response_fits({.content_type = texts({"text/*"}, TextPattern::Case::ignored)}));
    CHECK(response_fits({.content_type = texts({"Text/Html"}, TextPattern::Case::ignored)}));
    CHECK_FALSE(response_fits({.content_type = texts({"text/plain"}, TextPattern::Case::ignored)}));
    CHECK(response_fits({.response_header = {{"server", texts({"nginx*"})}}}));
    CHECK_FALSE(response_fits({.response_header = {{"x-lab", texts({"*"})}}}));
    CHECK(response_fits({.size = {*SizeRange::parse(">1KiB")}}));
    CHECK_FALSE(response_fits({.size = {*SizeRange::parse("<1KiB")}}));
    CHECK_FALSE(response_fits({.size = {*SizeRange::parse(">0")}}, {.status = 200}));
    CHECK_FALSE(response_fits({.content_type = texts({"text/html"})}, {.status = 200}));
}

TEST_CASE("every rule that matches acts, in order, until one ends the exchange") {
    std::vector<MessageRule> rules;
    rules.push_back(
        message_rule("one", {}, {on_request(Delay{}), on_response(StripAltSvc{}), on_request(EditFields{})}));
    rules.push_back(message_rule("other", {.path = texts({"/x"})}, {on_request(Block{})}));
    rules.push_back(message_rule("two", {.path = texts({"/v1/*"})}, {on_request(Delay{}), on_request(Respond{})}));
    rules.push_back(message_rule("three", {}, {on_request(Delay{}), on_response(Delay{})}));
    const MessageRules compiled(std::move(rules));
    const auto verdict = compiled.judge(facts_of_connection(), request());
    CHECK(told(compiled, verdict.deeds) == "one:delay one:set_header two:delay two:respond");
    CHECK(verdict.ends);
    CHECK(verdict.later == std::vector<std::uint32_t>{0});  // acts on our own answer; what is behind it does not
    CHECK(told(compiled, compiled.judge(verdict.later, {.status = 200}).deeds) == "one:strip_alt_svc");
}

TEST_CASE("of a response, too, every rule that matches acts until one ends the exchange") {
    std::vector<MessageRule> rules;
    rules.push_back(message_rule("early", {}, {on_response(Delay{})}));
    rules.push_back(message_rule("fine", {.status = {{200, 299}}}, {on_response(Redirect{})}));
    rules.push_back(message_rule("gone", {.status = {{404, 404}}}, {on_response(Delay{}), on_response(Block{})}));
    rules.push_back(message_rule("late", {}, {on_request(Delay{}), on_response(StripAltSvc{})}));
    const MessageRules compiled(std::move(rules));
    const auto verdict = compiled.judge(facts_of_connection(), request());
    CHECK(told(compiled, verdict.deeds) == "late:delay");
    CHECK_FALSE(verdict.ends);
    CHECK(verdict.later == std::vector<std::uint32_t>{0, 1, 2, 3});
    const auto answered = compiled.judge(verdict.later, {.status = 404});
    CHECK(told(compiled, answered.deeds) == "early:delay gone:delay gone:block");
    CHECK(answered.ends);
}

TEST_CASE("no rules do nothing") {
    const MessageRules none;
    CHECK(judged(none).empty());
    CHECK(none.may_match(facts_of_connection()) == Reach::none);
    CHECK_FALSE(none.asks_destination());
}

TEST_CASE("whether a rule can act in a connection is known by its listener, source, port and names") {
    const auto reach = [](MessageMatch match, MessageAction action = on_request(Delay{})) {
        std::vector<MessageRule> rules;
        rules.push_back(message_rule("r", std::move(match), {std::move(action)}));
        return MessageRules(std::move(rules)).may_match(facts_of_connection());
    };
    CHECK(reach({}) == Reach::yes);
    CHECK(reach({.connection = {.port = {80}}}) == Reach::none);
    CHECK(reach({.connection = {.destination = {*DestinationPattern::parse("192.0.2.1")}}}) == Reach::yes);
    CHECK(reach({.connection = {.destination = {*DestinationPattern::parse("192.0.2.1:80")}}}) == Reach::none);
    CHECK(reach(with_server_name(names({"*.example"}))) == Reach::yes);
    CHECK(reach(with_server_name(names({"www.example"}))) == Reach::none);
    CHECK(reach(with_server_name(listed_names({"www.example"}))) == Reach::none);
    CHECK(reach({.host = names({"api.example"}), .path = texts({"/x"})}) == Reach::yes);
    CHECK(reach({.host = names({"www.example"})}) == Reach::other_hosts);
    CHECK(reach({.host = listed_names({"www.example"})}) == Reach::other_hosts);
    CHECK(reach({.connection = {.port = {80}}, .host = names({"www.example"})}) == Reach::none);
    CHECK(reach({}, on_request(LogDetail{})) == Reach::none);
}

TEST_CASE("without a server name any host may be asked for") {
    std::vector<MessageRule> rules;
    rules.push_back(message_rule("host", {.host = names({"www.example"})}, {on_request(Delay{})}));
    const MessageRules by_host(std::move(rules));
    auto connection = facts_of_connection();
    for (const auto name : {std::optional<std::string_view>(), std::optional<std::string_view>("")}) {
        connection.server_name = name;
        CHECK(by_host.may_match(connection) == Reach::yes);
    }
    rules.clear();
    rules.push_back(message_rule("name", with_server_name(names({"www.example"})), {on_request(Delay{})}));
    const MessageRules by_name(std::move(rules));
    CHECK(by_name.may_match(connection) == Reach::none);  // known to be empty
    connection.server_name.reset();
    CHECK(by_name.may_match(connection) == Reach::yes);
}
