#include "make.h"

using namespace bascule;
using namespace bascule::config;

namespace {

std::vector<std::string> doubts(std::string_view http) {
    std::vector<std::string> lines;
    for (const auto& doubt : doubts_about_messages(config_of(http))) lines.push_back(doubt.text());
    return lines;
}

}  // namespace

TEST_CASE("actions that are not done yet are refused") {
    const auto built = parse(
        "ca: {certificate: ca.crt, key: ca.key}\n"
        "listeners: [{name: apps, address: 127.0.0.1:8080}]\n"
        "http: [{do: block}, {do: [delay: 1s, log: {level: debug}]}]\n",
        "b.yaml");
    REQUIRE(built.problems.size() == 1);
    CHECK(built.problems.front().text() ==
          "b.yaml:3:38: http[1].do[1].log: is not supported by this version; remove the key");
}

TEST_CASE("an action on the response of a rule that answers itself never acts") {
    CHECK(fault_in("[{set_header: {response: {x: 1}}}, block]") ==
          "b.yaml:3:27: http[0].do[0].set_header: acts on the response, and the rule answers by block itself; take one "
          "of "
          "them out");
    CHECK(fault_in("[{respond: {text: a}}, {throttle: 1KiB/s}]") ==
          "b.yaml:3:47: http[0].do[1].throttle: acts on the response, and the rule answers by respond itself; take one "
          "of "
          "them out");
    CHECK(fault_in("[{redirect: /x}, strip_alt_svc]").contains("answers by redirect itself"));
}

TEST_CASE("what stands behind the end of an exchange never acts") {
    CHECK(fault_in("[block, {delay: 1s}]") ==
          "b.yaml:3:29: http[0].do[1].delay: stands behind block, which ends the exchange; put it before, or take it "
          "out");
    CHECK(actions_of("[{delay: 1s}, block]").size() == 2);
    CHECK(faults("http: [{match: {status: 404}, do: [block, {delay: 1s}]}]\n").size() == 1);
}

TEST_CASE("an action on the request of a rule that asks for the response comes too late") {
    const auto fault = [](std::string_view match, std::string_view list) {
        return faults("http: [{match: {" + std::string(match) + "}, do: [" + std::string(list) + "]}]\n");
    };
    CHECK(fault("status: 404", "{rewrite_to: \"https://a.example\"}") ==
          std::vector<std::string>{"b.yaml:3:49: http[0].do[0].rewrite_to: acts on the request, which has gone when "
                                   "match.status is known; move it into a rule that does not ask for the response"});
    CHECK(fault("size: \">1\"", "{set_header: {request: {x: 1}, response: {x: 1}}}").size() == 1);
    CHECK(fault("content_type: text/html", "{delay: 1s}, block").empty());
    CHECK(fault("response_header: {x: 1}", "{respond: {text: a}}").empty());
    CHECK(fault("content_type: text/html", "{delay: {request: 1s}}").size() == 1);
}

TEST_CASE("a rule that asks for the response acts on it") {
    const auto config = config_of("http: [{match: {status: 404}, do: [{delay: 1s}, {log: {level: debug}}, block]}]\n");
    for (const auto& action : config.messages->rules().front().actions) CHECK(action.side == rules::Side::response);
}

TEST_CASE("message rules behind one that answers more are told") {
    CHECK(
        doubts("http:\n"
               "  - {name: ads, match: {host: \"*.ads.example\"}, do: block}\n"
               "  - {name: fine, match: {host: api.example}, do: block}\n"
               "  - {match: {host: a.ads.example, path: /x}, do: [{delay: 1s}]}\n") ==
        std::vector<std::string>{"b.yaml:6:5: http[2]: rule http-3 never acts: rule ads at line 4 answers all that it "
                                 "matches; put it before that one, or take it out"});
}

TEST_CASE("message rules have names of their own") {
    const auto config = config_of("http: [{do: block, match: {path: /a}}, {name: b, do: block}]\n");
    CHECK(config.messages->rules()[0].name == "http-1");
    CHECK(config.messages->rules()[1].name == "b");
    CHECK(faults("http: [{name: a, do: block}, {name: a, do: block}]\n") ==
          std::vector<std::string>{
              "b.yaml:3:37: http[1].name: \"a\" is the name of the rule at line 3 too; give each its own"});
}

TEST_CASE("all mistakes of a rule are told at once") {
    CHECK(faults("http:\n"
                 "  - match: {method: get, path: x, status: 9}\n"
                 "    do: [{delay: x}, {throttle: y}]\n")
              .size() == 5);
}
