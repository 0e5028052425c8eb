#include "config/config.h"
#include "tests/support/catch.h"

#include <fmt/format.h>

using namespace bascule;
using namespace bascule::config;

namespace {

constexpr std::string_view kLeast =
    "ca: {certificate: ca.crt, key: ca.key}\n"
    "listeners: [{name: apps, address: 127.0.0.1:8080}]\n";

std::vector<std::string> lines_of(const std::string& yaml) {
    const auto loaded = parse(yaml, "b.yaml");
    CHECK(loaded.config.has_value() == loaded.problems.empty());
    std::vector<std::string> lines;
    for (const auto& problem : loaded.problems) lines.push_back(problem.text());
    return lines;
}

struct Mistake {
    std::string_view yaml;  ///< after kLeast, so it begins at line 3
    std::string_view line;  ///< the one expected
};

void check_each(std::initializer_list<Mistake> mistakes) {
    for (const auto& mistake : mistakes) {
        INFO(mistake.yaml);
        CHECK(lines_of(std::string(kLeast) + std::string(mistake.yaml)) ==
              std::vector<std::string>{std::string(mistake.line)});
    }
}

}  // namespace

TEST_CASE("a key that is not known is told with the one that was meant") {
    check_each({
        {"upstream:\n    verfy: off\n", "b.yaml:4:5: unknown key \"verfy\" in upstream; did you mean \"verify\"?"},
        {"upstrem: {}\n", "b.yaml:3:1: unknown key \"upstrem\" at the top level; did you mean \"upstream\"?"},
        {"log: {content: x}\n",
         "b.yaml:3:7: unknown key \"content\" in log; the keys are level, format, output, headers, redact"},
        {"rules: [{match: {sorce: 10.0.0.1}}]\n",
         "b.yaml:3:18: unknown key \"sorce\" in rules[0].match; did you mean \"source\"?"},
        {"cancellation: {zzzzzz: 1}\n",
         "b.yaml:3:16: unknown key \"zzzzzz\" in cancellation; the keys are client_gone, reload, shutdown"},
        {"<<: {}\n",
         "b.yaml:3:1: unknown key \"<<\" at the top level; the keys are ca, certificates, listeners, upstream, "
         "destinations, resolver, timeouts, cancellation, limits, tickets, learn, error_page, workers, user, rules, "
         "http, metrics, "
         "control, log"},
    });
}

TEST_CASE("a value of the wrong type is told with how to write it") {
    check_each({
        {"timeouts: {peek: abc}\n", "b.yaml:3:18: timeouts.peek: \"abc\" is not a duration; write 10s, 5m or 1h"},
        {"timeouts: {lifetime: 5}\n",
         "b.yaml:3:22: timeouts.lifetime: \"5\" is not a duration; write 10s, 5m or 1h, or none"},
        {"timeouts: {idle: [1s]}\n", "b.yaml:3:18: timeouts.idle: a list is not a duration; write 10s, 5m or 1h"},
        {"timeouts: 10s\n",
         "b.yaml:3:11: timeouts: \"10s\" is not a map of keys; write keys below it, or {key: value}"},
        {"limits: {connections: many}\n",
         "b.yaml:3:23: limits.connections: \"many\" is not a decimal number; write digits only, as 443"},
        {"workers: 0\n", "b.yaml:3:10: workers: \"0\" is too small; the least is 1"},
        {"workers: 257\n", "b.yaml:3:10: workers: \"257\" is too large; the most is 256"},
        {"workers: all\n", "b.yaml:3:10: workers: \"all\" is not a decimal number; write digits only, as 443, or auto"},
        {"upstream: {verify: enforced}\n",
         "b.yaml:3:20: upstream.verify: \"enforced\" is not one of enforce, off, mirror; did you mean \"enforce\"?"},
        {"log: {level: loud}\n",
         "b.yaml:3:14: log.level: \"loud\" is not a known word; write debug, info, warning or error"},
        {"upstream: {bind: eth0}\n",
         "b.yaml:3:18: upstream.bind: \"eth0\" is not an IP address; write 192.0.2.1 or \"2001:db8::1\", or none"},
        {"resolver: {servers: [ns.example]}\n",
         "b.yaml:3:22: resolver.servers[0]: \"ns.example\" is not the address of a name server; write 192.0.2.53, "
         "192.0.2.53:53 or \"[2001:db8::53]:53\", or system"},
        {"resolver: {servers: [system, 192.0.2.53]}\n",
         "b.yaml:3:22: resolver.servers[0]: system stands alone; name it or servers, not both"},
        {"resolver: {servers: []}\n",
         "b.yaml:3:21: resolver.servers: is empty; remove the key, or write 192.0.2.53, 192.0.2.53:53 or "
         "\"[2001:db8::53]:53\", or system"},
        {"user:\n", "b.yaml:3:1: user: has no value; write one or remove the key"},
        {"rules: {action: block}\n",
         "b.yaml:3:8: rules: a map is not a list of maps; write items below it, each beginning with -"},
        {"rules: [block]\n", "b.yaml:3:9: rules[0]: \"block\" is not a map; write {key: value}"},
        {"user: \"\"\n", "b.yaml:3:7: user: \"\" is not a text; write one word or a text in quotes, or none"},
    });
}

TEST_CASE("a number is plain decimal and a boolean is true or false") {
    for (const auto* number : {"010", "0x10", "1_000", "+5", "-5", "5.0", "1e3", "５"}) {
        const auto lines = lines_of(fmt::format("{}limits: {{connections: {}}}\n", kLeast, number));
        INFO(number);
        REQUIRE(lines.size() == 1);
        CHECK(lines[0].find("is not a decimal number") != std::string::npos);
    }
    CHECK(lines_of(std::string(kLeast) + "limits: {connections: \"5\"}\n") ==
          std::vector<std::string>{
              "b.yaml:3:23: limits.connections: \"5\" in quotes is a text, not a decimal number; write 5"});
    for (const auto* boolean : {"yes", "on", "True", "1", "\"true\""}) {
        const auto yaml = fmt::format(
            "ca: {{certificate: a, key: b}}\nlisteners: [{{address: 127.0.0.1:1, proxy_protocol: {}}}]\n", boolean);
        INFO(boolean);
        CHECK(lines_of(yaml).size() == 1);
    }
}

TEST_CASE("what is learned and checked has its words and bounds") {
    check_each({
        {"learn: {after: 0}\n", "b.yaml:3:16: learn.after: \"0\" is too small; the least is 1"},
        {"learn: {for: 1ms}\n", "b.yaml:3:14: learn.for: \"1ms\" is too small; the least is 1s"},
        {"learn: {scope: clients}\n",
         "b.yaml:3:16: learn.scope: \"clients\" is not one of client, server_name; did you mean \"client\"?"},
        {"rules: [{learn: nevr}]\n",
         "b.yaml:3:17: rules[0].learn: \"nevr\" is not one of never; did you mean \"never\"?"},
        {"rules: [{check: names}]\n",
         "b.yaml:3:17: rules[0].check: \"names\" is not one of none, name, certificate; did you mean \"name\"?"},
    });
}

TEST_CASE("words that mean all or nothing stand alone") {
    check_each({
        {"log: {headers: [all, cookie]}\n", "b.yaml:3:16: log.headers: all stands alone; write it or names, not both"},
        {"log: {redact: [none, cookie]}\n", "b.yaml:3:15: log.redact: none stands alone; write it or names, not both"},
    });
}

TEST_CASE("what a later version will know is not called unknown") {
    check_each({
        {"metrics: {address: 127.0.0.1:9}\n",
         "b.yaml:3:20: metrics.address: \"127.0.0.1:9\" is not supported by this version; write none or remove the "
         "key"},
        {"log: {format: ecs}\n",
         "b.yaml:3:15: log.format: \"ecs\" is not supported by this version; write text, logfmt, json or journal"},
        {"http: [{do: {rewrite_to: \"https://a.example\"}}]\n",
         "b.yaml:3:14: http[0].do.rewrite_to: is not supported by this version; remove the key"},
    });
}

TEST_CASE("usual mistakes are named for what they are") {
    check_each({
        {"destinations: {deny: [10.0.0.1/8]}\n",
         "b.yaml:3:23: destinations.deny[0]: \"10.0.0.1/8\" has bits beyond its prefix; write 10.0.0.0/8 for the "
         "block, or "
         "10.0.0.1 for the address alone"},
        {"destinations: {deny: [\"fe80::1/10\"]}\n",
         "b.yaml:3:23: destinations.deny[0]: \"fe80::1/10\" has bits beyond its prefix; write fe80::/10 for the block, "
         "or "
         "fe80::1 for the address alone"},
        {"destinations: {deny: [10.0.0.0/33]}\n",
         "b.yaml:3:23: destinations.deny[0]: \"10.0.0.0/33\" has a prefix of 33 bits, and the address has 32"},
        {"rules: [{match: {destination: \"10.0.0.1/24:443\"}}]\n",
         "b.yaml:3:31: rules[0].match.destination: \"10.0.0.1/24:443\" has bits beyond its prefix; write 10.0.0.0/24 "
         "for "
         "the block, or 10.0.0.1 for the address alone"},
        {"rules: [{match: {destination: \"10.0.0.0/24:70000\"}}]\n",
         "b.yaml:3:31: rules[0].match.destination: \"10.0.0.0/24:70000\": a port is at most 65535"},
        {"rules: [{match: {port: 70000}}]\n",
         "b.yaml:3:24: rules[0].match.port: \"70000\" is too large; the most is 65535"},
        {"log: {level: warn}\n",
         "b.yaml:3:14: log.level: \"warn\" is not one of debug, info, warning, error; did you mean \"warning\"?"},
        {"log: {output: stdout}\n",
         "b.yaml:3:15: log.output: stdout is taken by the start screen; write stderr, journal or the name of a file"},
        {"rules: [{log: {content: {file: all.raw, format: raw}}}]\n",
         "b.yaml:3:32: rules[0].log.content.file: takes the raw octets of all connections, which nothing would tell "
         "apart; "
         "put {id} into the name, or write format: ndjson"},
        {"upstream: {minimum_version: TLSv1.1}\n",
         "b.yaml:3:29: upstream.minimum_version: \"TLSv1.1\" is not offered by itself; origins as old as that are "
         "reached "
         "where legacy: true stands beside it, best in a rule for them alone"},
        {"user:\n\tx: 1\n", "b.yaml:4:3: not YAML: a tab indents this line, and YAML wants spaces"},
        {"upstream: {bind: [::]:8443}\n",
         "b.yaml:3:22: not YAML: an address in brackets begins a list in YAML; put it in quotes, as \"[::]:8443\""},
    });
}

TEST_CASE("what must be there is asked for with an example") {
    CHECK(
        lines_of("log: {level: info}\n") ==
        std::vector<std::string>{"b.yaml:1:1: ca: is missing; write ca: {certificate: ca.crt, key: ca.key}; bascule ca "
                                 "create --directory . makes them",
                                 "b.yaml:1:1: listeners: is missing; write listeners: [{address: 127.0.0.1:8080}]"});
    CHECK(lines_of("ca: {certificate: a}\nlisteners: []\n") ==
          std::vector<std::string>{
              "b.yaml:1:5: ca.key: is missing; write the name of a file, credential:NAME or pkcs11:URI",
              "b.yaml:2:12: listeners: is empty; write listeners: [{address: 127.0.0.1:8080}]"});
}

TEST_CASE("listeners are checked by their mode") {
    const auto lines = [](std::string_view listener) {
        return lines_of(fmt::format("ca: {{certificate: a, key: b}}\nlisteners:\n  - {}\n", listener));
    };
    using Lines = std::vector<std::string>;
    CHECK(lines("{name: a}") ==
          Lines{"b.yaml:3:5: listeners[0].address: is missing; write 127.0.0.1:8080 or \"[::1]:8080\""});
    CHECK(lines("{address: 8080}") ==
          Lines{"b.yaml:3:15: listeners[0].address: \"8080\" is not an address and port; write 127.0.0.1:8080 or "
                "\"[::1]:8080\""});
    CHECK(
        lines("{address: 0.0.0.0:8080}") ==
        Lines{"b.yaml:3:15: listeners[0].address: 0.0.0.0:8080 is not loopback: everyone who reaches it would have an "
              "open proxy; say who may use it, allow: [10.0.0.0/8], or listen on 127.0.0.1"});
    CHECK(lines("{address: 0.0.0.0:8080, allow: []}").size() == 1);
    CHECK(lines("{address: 0.0.0.0:8080, allow: 10.0.0.0/8}").empty());
    CHECK(lines("{address: \"[::]:8443\", mode: transparent}").empty());
    CHECK(lines("{address: 127.0.0.1:1, mode: forward}") ==
          Lines{"b.yaml:3:5: listeners[0].target: is missing; mode forward needs one, as db.example:5432"});
    CHECK(lines("{address: 127.0.0.1:1, target: \"a:1\"}") ==
          Lines{"b.yaml:3:36: listeners[0].target: has no meaning in mode explicit; write mode: forward"});
    CHECK(lines("{address: 127.0.0.1:1, mode: transparent, port: 443}") ==
          Lines{"b.yaml:3:53: listeners[0].port: has no meaning in mode transparent; only mode sni has a port"});
    CHECK(lines("{address: 127.0.0.1:1, mode: forward, target: \"a b:1\"}").size() == 1);
    CHECK(lines("{address: 127.0.0.1:1, mode: sni, starttls: smtp}") ==
          Lines{"b.yaml:3:49: listeners[0].starttls: has no meaning in mode sni, which knows the destination from the "
                "ClientHello; write mode: forward, or give the rule starttls"});
    CHECK(lines("{name: a, address: 127.0.0.1:1}\n  - {name: a, address: 127.0.0.1:2}") ==
          Lines{"b.yaml:4:12: listeners[1].name: \"a\" is the name of the listener at line 3 too; give each its own"});
    CHECK(lines("{name: a, address: 127.0.0.1:1}\n  - {name: b, address: 127.0.0.1:1}") ==
          Lines{"b.yaml:4:24: listeners[1].address: 127.0.0.1:1 is the address of the listener at line 3 too"});
}

TEST_CASE("rules are checked") {
    check_each({
        {"rules: [{name: a}, {name: a}]\n",
         "b.yaml:3:27: rules[1].name: \"a\" is the name of the rule at line 3 too; give each its own"},
        {"rules: [{action: drop}]\n",
         "b.yaml:3:18: rules[0].action: \"drop\" is not a known word; write intercept, passthrough or block"},
        {"rules: [{starttls: smpt}]\n",
         "b.yaml:3:20: rules[0].starttls: \"smpt\" is not one of smtp, imap, pop3, ftp, ldap, xmpp, postgres, mysql, "
         "nntp, sieve; did you mean \"smtp\"?"},
        {"rules: [{match: {listener: app}}]\n",
         "b.yaml:3:28: rules[0].match.listener: no listener has the name \"app\"; did you mean \"apps\"?"},
        {"rules: [{match: {port: [443, 0]}}]\n",
         "b.yaml:3:30: rules[0].match.port[1]: \"0\" is too small; the least is 1"},
        {"rules: [{match: {port: 70000}}]\n",
         "b.yaml:3:24: rules[0].match.port: \"70000\" is too large; the most is 65535"},
        {"rules: [{match: {server_name: [a..b]}}]\n",
         "b.yaml:3:32: rules[0].match.server_name[0]: \"a..b\" is not a server name; write www.example, *.example or "
         "/regex/"},
        {"rules: [{match: {server_name: /a(/}}]\n",
         "b.yaml:3:31: rules[0].match.server_name: \"/a(/\" is not a regular expression: missing ): a("},
        {"rules: [{match: {server_name: []}}]\n",
         "b.yaml:3:31: rules[0].match.server_name: is empty; remove the key, or write www.example, \"*.example\", "
         "/regex/ or "
         "file:LIST"},
        {"rules: [{match: {protocol: [tls, htp]}}]\n",
         "b.yaml:3:34: rules[0].match.protocol[1]: \"htp\" is not one of tls, http, other; did you mean \"http\"?"},
        {"rules: [{match: {destination: \"[::1]\"}}]\n",
         "b.yaml:3:31: rules[0].match.destination: \"[::1]\" is not a block of addresses with or without a port; write "
         "10.0.0.0/8, 10.0.0.0/8:443 or \"[fe80::/10]:443\""},
        {"rules: [{timeouts: {peek: 1s}}]\n",
         "b.yaml:3:21: rules[0].timeouts.peek: a rule cannot change this, it is needed before rules are judged; set it "
         "in "
         "timeouts at the top level"},
        {"rules: [{ca: {key: x}}]\n",
         "b.yaml:3:20: rules[0].ca.key: certificate and key belong together; a rule gives both or neither"},
        {"rules: [{ca: {leaf: {lifetime: 5m}}}]\n",
         "b.yaml:3:32: rules[0].ca.leaf.lifetime: \"5m\" is too small; the least is 1h"},
        {"rules: [{log: {content: {limit: 1KiB}}}]\n",
         "b.yaml:3:25: rules[0].log.content.file: is missing; write content/{id}.log, or output: stderr"},
        {"rules: [{log: {content: {file: a, output: stderr}}}]\n",
         "b.yaml:3:32: rules[0].log.content.file: stands beside output; write one of them"},
        {"rules: [{log: {content: {file: \"{name}.log\"}}}]\n",
         "b.yaml:3:32: rules[0].log.content.file: \"{name}.log\": only {id} is replaced; write content/{id}.log"},
    });
}

TEST_CASE("all mistakes are told at once, in the file's order") {
    CHECK(
        lines_of("workers: none\nzz: 1\nca: {certificate: a, key: b}\nlisteners: [{address: x}]\nlog: {level: 1}\n") ==
        std::vector<std::string>{
            "b.yaml:1:10: workers: \"none\" is not a decimal number; write digits only, as 443, or auto",
            "b.yaml:2:1: unknown key \"zz\" at the top level; the keys are ca, certificates, listeners, upstream, "
            "destinations, resolver, timeouts, cancellation, limits, tickets, learn, error_page, workers, user, rules, "
            "http, "
            "metrics, "
            "control, log",
            "b.yaml:4:23: listeners[0].address: \"x\" is not an address and port; write 127.0.0.1:8080 or "
            "\"[::1]:8080\"",
            "b.yaml:5:14: log.level: \"1\" is not a known word; write debug, info, warning or error"});
}

TEST_CASE("a file of mistakes does not make a report without end") {
    std::string yaml(kLeast);
    for (int i = 0; i < 5000; ++i) yaml += fmt::format("key{}: 1\n", i);
    CHECK(lines_of(yaml).size() == 1001);
    CHECK(lines_of(yaml).back() == "b.yaml: there are more mistakes; these are the first found");
}

TEST_CASE("a file that cannot be read says why, and where an example is") {
    const auto loaded = load("nosuch/b.yaml");
    REQUIRE(loaded.problems.size() == 1);
    CHECK(loaded.problems[0].text() ==
          "nosuch/b.yaml: No such file or directory; the packaged example is "
          "/usr/share/doc/bascule/examples/quickstart.yaml");
    CHECK(load("/").problems.at(0).text() == "/: is a directory; name the file in it");
}
