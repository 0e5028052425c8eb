#include "daemon/restart.h"

#include "tests/support/catch.h"

#include <algorithm>

using namespace bascule;
using namespace bascule::daemon;

namespace {

constexpr std::string_view kBegin = "ca: {certificate: ca.crt, key: ca.key}\n";

config::Config parsed(std::string_view rest) {
    auto loaded = config::parse(std::string(kBegin) + std::string(rest), "b.yaml");
    for (const auto& problem : loaded.problems) FAIL(problem.text());
    return std::move(*loaded.config);
}

std::vector<std::string> keys(std::string_view before, std::string_view after) {
    std::vector<std::string> keys;
    for (const auto& [listener, key, message] : needing_restart(parsed(before), parsed(after))) {
        CHECK(message.find("restart") != std::string::npos);
        keys.push_back(listener + "." + key);
    }
    return keys;
}

using Keys = std::vector<std::string>;
constexpr std::string_view kPlain = "listeners: [{name: a, address: '127.0.0.1:1'}]";

}  // namespace

TEST_CASE("what a reload applies needs no restart") {
    CHECK(keys(kPlain, kPlain).empty());
    const std::string same(kPlain);
    for (const std::string change :
         {"rules: [{action: block}]", "log: {level: debug, format: json, output: /tmp/x}", "limits: {connections: 3}",
          "timeouts: {idle: 3s}", "resolver: {timeout: 3s}", "upstream: {verify: mirror, mark: 7}", "learn: {after: 3}",
          "destinations: {deny: [10.0.0.0/8]}", "tickets: {key_file: x}", "cancellation: {shutdown: now}"}) {
        CAPTURE(change);
        CHECK(keys(kPlain, same + "\n" + change).empty());
    }
    CHECK(keys(kPlain, "listeners: [{name: a, address: '127.0.0.1:1', allow: [10.0.0.0/8]}]").empty());
}

TEST_CASE("each key of a listener but allow needs a restart, and is named") {
    const auto to = [](std::string_view more) {
        return keys("listeners: [{name: a, address: '127.0.0.1:1', mode: forward, target: 'o.test:1'}]",
                    "listeners: [{name: a, " + std::string(more) + "}]");
    };
    CHECK(to("address: '127.0.0.1:2', mode: forward, target: 'o.test:1'") == Keys{"a.address"});
    CHECK(to("address: '127.0.0.1:1', mode: forward, target: 'o.test:2'") == Keys{"a.target"});
    CHECK(to("address: '127.0.0.1:1', mode: transparent") == Keys{"a.mode", "a.target"});
    CHECK(to("address: '127.0.0.1:1', mode: sni, port: 99") == Keys{"a.mode", "a.port", "a.target"});
    CHECK(to("address: '127.0.0.1:1', mode: forward, target: 'o.test:1', client_ca: c.pem") == Keys{"a.client_ca"});
    CHECK(to("address: '127.0.0.1:1', mode: forward, target: 'o.test:1', starttls: smtp") == Keys{"a.starttls"});
    CHECK(to("address: '127.0.0.1:1', mode: forward, target: 'o.test:1', proxy_protocol: true") ==
          Keys{"a.proxy_protocol"});
}

TEST_CASE("listeners that are new, gone or of another name are named") {
    CHECK(keys(kPlain, "listeners: [{name: b, address: '127.0.0.1:1'}]") == Keys{"a.", "b."});
    CHECK(keys(kPlain, "listeners: [{name: b, address: '127.0.0.1:2'}, {name: a, address: '127.0.0.1:1'}]") ==
          Keys{"b."});
}

TEST_CASE("what the process is made of needs a restart") {
    const std::string plain(kPlain);
    CHECK(keys(plain + "\nworkers: 2", plain + "\nworkers: 3") == Keys{".workers"});
    CHECK(keys(plain, plain + "\nuser: nobody") == Keys{".user"});
    CHECK(keys(plain + "\nuser: nobody", plain) == Keys{".user"});
}

TEST_CASE("a mark needs a restart where the right to set it was given up") {
    const std::string plain = std::string(kPlain) + "\nuser: nobody";
    CHECK(keys(plain, plain + "\nupstream: {mark: 7}") == Keys{".upstream.mark"});
    CHECK(keys(plain, plain + "\nrules: [{upstream: {mark: 7}}]") == Keys{".upstream.mark"});
    CHECK(keys(plain + "\nupstream: {mark: 7}", plain + "\nupstream: {mark: 8}").empty());
}

TEST_CASE("allow comes into force where it was written for the address and mode that are open") {
    const auto running = parsed("listeners: [{name: a, address: '10.0.0.1:1', allow: [10.0.0.0/8]}]").listeners[0];
    const auto wider = parsed("listeners: [{name: a, address: '10.0.0.1:1', allow: [0.0.0.0/0]}]");
    CHECK(in_force(running, wider).allow == wider.listeners[0].allow);
    const auto on_loopback = parsed("listeners: [{name: a, address: '127.0.0.1:1'}]");
    CHECK(in_force(running, on_loopback).allow == running.allow);
    const auto gone = parsed("listeners: [{name: b, address: '10.0.0.1:1', allow: [0.0.0.0/0]}]");
    CHECK(in_force(running, gone).allow == running.allow);
}
