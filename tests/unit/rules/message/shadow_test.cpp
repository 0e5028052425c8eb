#include "make.h"

using namespace bascule;
using namespace bascule::rules;

namespace {

/// Whether the first, which answers all requests that it matches, is known to take all of the second's.
bool taken(MessageMatch first, MessageMatch second, MessageAction::What what = Block{}) {
    std::vector<MessageRule> rules;
    const auto side = first.asks_response() ? Side::response : Side::request;
    rules.push_back(message_rule("first", std::move(first), {{.side = side, .what = std::move(what)}}));
    rules.push_back(message_rule("second", std::move(second), {on_request(Delay{})}));
    const MessageRules compiled(std::move(rules));
    CHECK(compiled.taken_before(0) == nullptr);
    return compiled.taken_before(1) != nullptr;
}

}  // namespace

TEST_CASE("a message rule behind one that answers more never acts") {
    CHECK(taken({}, {}));
    CHECK(taken({}, {.status = {{404, 404}}}));
    CHECK(taken({}, {}, Respond{}));
    CHECK(taken({}, {}, Redirect{}));
    CHECK_FALSE(taken({}, {}, Delay{}));
    CHECK_FALSE(taken({.status = {{404, 404}}}, {}));
}

TEST_CASE("wider is: fewer keys, suffixes, beginnings, more values") {
    CHECK(taken({.host = names({"*.example"})}, {.host = names({"a.example", "*.b.example"}), .path = texts({"/x"})}));
    CHECK(taken({.host = listed_names({"a.example", "b.example"})}, {.host = names({"b.example"})}));
    CHECK_FALSE(taken({.host = names({"*.example"})}, {.host = names({"a.example", "b.test"})}));
    CHECK_FALSE(taken({.host = names({"*.example"})}, {.host = listed_names({"a.example"})}));
    CHECK_FALSE(taken({.host = names({"*.a.example"})}, {.host = names({"*.example"})}));
    CHECK_FALSE(taken({.host = names({"a.example"})}, {}));
    CHECK(taken({.path = texts({"/api/*"})}, {.path = texts({"/api/a", "/api/b/*"})}));
    CHECK_FALSE(taken({.path = texts({"/api/*"})}, {.path = texts({"/api/a", "/b"})}));
    CHECK(taken({.method = texts({"GET", "HEAD"})}, {.method = texts({"GET"})}));
    CHECK(taken({.query = texts({"a=*"})}, {.query = texts({"a=1"})}));
    CHECK(taken({.header = {{"x", texts({"*"})}}}, {.header = {{"y", texts({"1"})}, {"x", texts({"2"})}}}));
    CHECK_FALSE(taken({.header = {{"x", texts({"1"})}}}, {.header = {{"x", texts({"2"})}}}));
    CHECK(taken({.connection = {.port = {80, 443}}}, {.connection = {.port = {80}}}));
    CHECK_FALSE(taken({.connection = {.port = {80}}}, {}));
    CHECK(taken(with_server_name(names({"*.example"})), with_server_name(names({"a.example"}))));
    CHECK_FALSE(taken(with_server_name(names({"*.example"})), {}));
}
