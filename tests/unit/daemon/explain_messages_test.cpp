#include "daemon/explain_messages.h"

#include "config/decode.h"
#include "tests/support/catch.h"

using namespace bascule;
using namespace bascule::daemon;

namespace {

constexpr std::string_view kFile =
    "ca: {certificate: ca.crt, key: ca.key}\n"
    "listeners: [{name: apps, address: 127.0.0.1:8080}]\n"
    "http:\n"
    "  - {name: all, do: [{set_header: {request: {x: 1}, response: {y: 2}}}]}\n"
    "  - {name: gone, match: {status: 404, size: \">1KiB\"}, do: [{delay: 1s}, block]}\n"
    "  - {name: mock, match: {host: api.example, path: /mock, header: {x-lab: on}}, do: {respond: {text: hi}}}\n"
    "  - {name: late, do: [{delay: 1s}]}\n";

std::expected<ExplainedExchange, std::string> explained(const ExchangeOptions& options) {
    auto loaded = config::parse_unbuilt(kFile, "b.yaml");
    for (const auto& problem : loaded.problems) FAIL(problem.text());
    rules::Facts connection;
    connection.listener = "apps";
    connection.server_name = "api.example";
    return explain_exchange(*loaded.config, connection, options);
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("explain tells what message rules would do with a request, in order, and why") {
    CHECK(explained({.url = "https://api.example/v1"})->lines() ==
          Lines{"GET https://api.example/v1: acted", "  set_header all b.yaml:4 request",
                "  delay late b.yaml:7 request", "  set_header all b.yaml:4 response",
                "  all (b.yaml:4): acts: it has no conditions",
                "  gone (b.yaml:5): open: asks for the response: status, size",
                "  mock (b.yaml:6): no: path /v1 in /mock", "  late (b.yaml:7): acts: it has no conditions"});
}

TEST_CASE("explain tells which message rule ends the exchange, and what acts on its answer") {
    const auto lines = explained({.url = "https://api.example/mock?q", .headers = {"X-Lab: on"}})->lines();
    CHECK(lines[1] == "  set_header all b.yaml:4 request");
    CHECK(lines[2] == "  respond mock b.yaml:6 request");
    CHECK(lines[3] == "  set_header all b.yaml:4 response");
    CHECK(lines.back() == "  late (b.yaml:7): behind: mock (b.yaml:6) has ended the exchange");
}

TEST_CASE("explain tells what message rules would do with a response") {
    const auto lines =
        explained({.url = "https://api.example/v1", .status = 404, .response_headers = {"Content-Length: 2000"}})
            ->lines();
    CHECK(lines[3] == "  set_header all b.yaml:4 response");
    CHECK(lines[4] == "  delay gone b.yaml:5 response");
    CHECK(lines[5] == "  block gone b.yaml:5 response");
    CHECK(lines[7] == "  gone (b.yaml:5): acts: status 404 in 404, size 2000 in >1KiB");
}

TEST_CASE("explain tells message rules in JSON") {
    auto told = explained({.method = "POST", .url = "http://api.example/"});
    std::string text;
    inspect::JsonObject json(text);
    told->leave("rule banks has action: passthrough");
    told->add_to(json);
    json.close();
    CHECK(text == R"({"asked":"POST http://api.example/","http":"not looked into, rule banks has action: passthrough",)"
                  R"("do":[],"message_rules":[]})");
}

TEST_CASE("explain refuses what is no URL, and no field") {
    CHECK(explained({.url = "api.example"}).error() == "--url api.example: not a URL of http or https");
    CHECK(explained({.url = "http://a.example", .headers = {"x"}}).error() == "--header x: not NAME:VALUE");
    CHECK(explained({.url = "http://a.example", .response_headers = {":x"}}).error() ==
          "--response-header :x: not NAME:VALUE");
}
