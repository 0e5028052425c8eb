#include "make.h"

using namespace bascule;
using namespace bascule::rules;
using Outcome = MessageReason::Outcome;

namespace {

RequestFacts request() {
    return {.method = "GET", .host = "api.example", .path = "/v1/items", .query = "limit=5"};
}

MessageReason reason(MessageMatch match, const ResponseFacts* response = nullptr) {
    std::vector<MessageRule> rules;
    const auto side = match.asks_response() ? Side::response : Side::request;
    rules.push_back(message_rule("r", std::move(match), {{.side = side, .what = Delay{}}}));
    return MessageRules(std::move(rules)).explain(facts_of_connection(), request(), response).front();
}

}  // namespace

TEST_CASE("a message rule that acts tells the keys that held") {
    CHECK(reason({}).outcome == Outcome::acts);
    CHECK(reason({}).why == "it has no conditions");
    CHECK(reason({.connection = {.port = {443}}, .host = names({"*.example"}), .path = texts({"/v1/*"})}).why ==
          "port 443 in 443, host api.example as *.example, path /v1/items in /v1/*");
}

TEST_CASE("a message rule that does not act tells the first key that does not hold") {
    CHECK(reason({.method = texts({"POST"}), .path = texts({"/x"})}).outcome == Outcome::no);
    CHECK(reason({.method = texts({"POST"}), .path = texts({"/x"})}).why == "method GET in POST");
    CHECK(reason({.host = names({"www.example"})}).why == "host \"api.example\" in www.example");
    CHECK(reason({.host = listed_names({"www.example"})}).why == "host \"api.example\" in a list of 1");
    CHECK(reason({.path = texts({"/x", "/y*"})}).why == "path /v1/items in /x, /y*");
    CHECK(reason({.query = texts({"q"})}).why == "query \"limit=5\" in q");
    CHECK(reason({.header = {{"cookie", texts({"*"})}}}).why == "header cookie as *");
    CHECK(reason({.connection = {.port = {80}}}).why == "port 443 in 80");
    CHECK(reason({.connection = {.destination = {*DestinationPattern::parse("10.0.0.1")}}}).why ==
          "unknown: destination");
}

TEST_CASE("a message rule that asks for the response waits for one") {
    const ResponseFacts gone{.status = 404};
    CHECK(reason({.status = {{404, 404}}, .size = {*SizeRange::parse(">1")}}).outcome == Outcome::open);
    CHECK(reason({.status = {{404, 404}}, .size = {*SizeRange::parse(">1")}}).why ==
          "asks for the response: status, size");
    CHECK(reason({.status = {{404, 404}}}, &gone).outcome == Outcome::acts);
    CHECK(reason({.status = {{500, 599}}}, &gone).why == "status 404 in 5xx");
    CHECK(reason({.size = {*SizeRange::parse(">1")}}, &gone).why == "size that is not said in >1");
    CHECK(reason({.content_type = texts({"text/html"})}, &gone).why == "content_type \"\" in text/html");
}

TEST_CASE("a message rule behind one that ended the exchange is told so") {
    std::vector<MessageRule> rules;
    rules.push_back(message_rule("gone", {.status = {{404, 404}}}, {on_response(Block{})}));
    rules.push_back(message_rule("same", {.status = {{404, 404}}}, {on_response(Delay{})}));
    rules.push_back(message_rule("mock", {.path = texts({"/mock"})}, {on_request(Respond{})}));
    rules.push_back(message_rule("rest", {}, {on_request(Delay{})}));
    const MessageRules all(std::move(rules));
    const ResponseFacts gone{.status = 404};
    const auto told = all.explain(facts_of_connection(), request(), &gone);
    CHECK(told[0].outcome == Outcome::acts);
    CHECK(told[1].outcome == Outcome::behind);
    CHECK(told[1].why == "gone (b.yaml:7) has ended the exchange");
    CHECK(told[3].outcome == Outcome::acts);
    auto mocked = request();
    mocked.path = "/mock";
    const auto answered = all.explain(facts_of_connection(), mocked, &gone);
    CHECK(answered[0].outcome == Outcome::open);
    CHECK(answered[2].outcome == Outcome::acts);
    CHECK(answered[3].why == "mock (b.yaml:7) has ended the exchange");
}
