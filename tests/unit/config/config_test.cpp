#include "config/config.h"

#include "config/keys.h"
#include "tests/support/catch.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

using namespace bascule;
using namespace bascule::config;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view kLeast =
    "ca: {certificate: ca.crt, key: ca.key}\n"
    "listeners: [{name: apps, address: 127.0.0.1:8080}]\n";

Config config_of(std::string_view more, const std::string& path = "b.yaml") {
    auto loaded = parse(std::string(kLeast) + std::string(more), path);
    for (const auto& problem : loaded.problems) UNSCOPED_INFO(problem.text());
    REQUIRE(loaded.config);
    return *std::move(loaded.config);
}

/// A directory of its own, gone with the test.
class Directory {
  public:
    Directory() {
        std::string name = (std::filesystem::temp_directory_path() / "bascule-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()));
        path_ = name;
    }
    ~Directory() { std::filesystem::remove_all(path_); }
    std::string write(const std::string& name, std::string_view text) const {
        std::ofstream(path_ / name) << text;
        return (path_ / name).string();
    }
    std::string operator/(const std::string& name) const { return (path_ / name).string(); }

  private:
    std::filesystem::path path_;
};

rules::Facts facts_with_name(std::string_view name) {
    rules::Facts facts;
    facts.listener = "apps";
    facts.port = 443;
    facts.server_name = name;
    return facts;
}

std::string decided(const Config& config, const rules::Facts& facts) {
    return std::string(std::get<rules::Verdict>(config.rules->judge(facts)).name);
}

/// The file of DESIGN.md without what this version does not support.
constexpr std::string_view kWhole = R"(
ca:                                # [F]
  certificate: ca.crt
  key: ca.key
  leaf: {key: mirror, lifetime: 30d}
certificates: []
listeners:                         # [F]
  - name: apps
    address: 127.0.0.1:8080
    mode: explicit
    allow: [10.0.0.0/8]
    proxy_protocol: true
  - {name: gateway, address: "[::]:8443", mode: transparent}
  - {name: by-name, address: 127.0.0.1:8444, mode: sni, port: 443}
  - {name: fixed, address: 127.0.0.1:8445, mode: forward, target: "db.example:5432"}
upstream:
  trust: [system]
  verify: enforce
  minimum_version: TLSv1.2
  crl: []
  aia: false
  legacy: false
  client_certificate: none
  bind: none
  mark: none
  source: proxy
  proxy_protocol: none
  proxy: none
destinations: {deny: [169.254.0.0/16, "fe80::/10"]}
resolver: {servers: system, hosts: /etc/hosts, timeout: 5s}
timeouts: {first_bytes: 300ms, peek: 10s, connect: 10s, handshake: 10s, idle: 5m, half_close: 60s, lifetime: none, drain: 30s, request_head: 30s, response_head: none}
cancellation:
  client_gone: cancel
  reload: keep
  shutdown: drain
limits: {connections: 50000, connections_per_source: none,             # [F]
         renegotiations_per_minute: 3, key_updates_per_minute: 60}
tickets: {key_file: none}
learn: off
workers: auto
user: none
rules:
  - name: banks
    match: {server_name: ["*.bank.example", file:banks.txt], source: 10.0.0.0/8}
    action: passthrough
    check: certificate
  - name: ads
    match: {server_name: file:ads.txt}
    action: block
  - name: mail
    match: {port: 25}
  - name: rest
    action: intercept
    inspect: http
    learn: never
    upstream: {verify: mirror}
    log: {content: {file: "content/{id}.log", limit: 1MiB, format: text}}
http: []
metrics: {address: none}
control: {socket: none}
log:
  level: info
  format: text
  output: stderr
  headers: none
  redact: [authorization, proxy-authorization, cookie, set-cookie]
)";

}  // namespace

TEST_CASE("the file of the design loads") {
    const Directory directory;
    directory.write("banks.txt", "# banks\nsavings.example\n*.loans.example   # any\n\n/^bank[0-9]/\r\n");
    directory.write("ads.txt",
                    "\xEF\xBB\xBF"
                    "ads.example");
    const auto file = directory.write("bascule.yaml", kWhole);
    const auto loaded = load(file);
    for (const auto& problem : loaded.problems) UNSCOPED_INFO(problem.text());
    REQUIRE(loaded.config);
    const auto& config = *loaded.config;
    CHECK(config.file == file);
    REQUIRE(config.listeners.size() == 4);
    CHECK(config.listeners[0].proxy_protocol);
    CHECK(config.listeners[1].address.value == SocketAddress::parse("[::]:8443"));
    CHECK(config.listeners[2].mode == Mode::sni);
    CHECK(config.listeners[3].target == HostPort{"db.example", 5432});

    auto facts = facts_with_name("savings.example");
    facts.source = IpAddress::parse("10.0.0.7").value();
    CHECK(decided(config, facts) == "banks");
    facts.server_name = "a.loans.example";
    CHECK(decided(config, facts) == "banks");
    facts.server_name = "bank7.example";
    CHECK(decided(config, facts) == "banks");
    facts.server_name = "ads.example";
    CHECK(decided(config, facts) == "ads");
    facts.server_name = "other.example";
    const auto verdict = std::get<rules::Verdict>(config.rules->judge(facts));
    CHECK(verdict.name == "rest");
    CHECK(verdict.rule_at == file + ":52");

    const auto& rest = config.settings_for(verdict);
    CHECK(rest.upstream->verify == Verify::mirror);
    CHECK(config.upstream->verify == Verify::enforce);
    REQUIRE(rest.content);
    CHECK(rest.content->file->value == directory / "content/{id}.log");
    CHECK_FALSE(rest.content->to_stderr);
    CHECK(config.settings.size() == 5);
    CHECK(config.settings.back().upstream == config.upstream);
    CHECK(config.settings[0].upstream == config.upstream);
}

TEST_CASE("inspection of HTTP is on unless a rule says otherwise, and its log's fields are as asked for") {
    const auto config = config_of(
        "rules: [{name: raw, inspect: none}]\nlog: {headers: [User-Agent, Cookie], redact: none}\n"
        "timeouts: {request_head: 5s, response_head: 1m}\n");
    CHECK(config.settings[0].inspect == Inspect::none);
    CHECK(config.settings.back().inspect == Inspect::http);
    CHECK(config.log.headers == std::vector<std::string>{"user-agent", "cookie"});
    CHECK(config.log.redact.empty());
    CHECK(config.timeouts.request_head == 5s);
    CHECK(config.timeouts.response_head == 1min);
    const auto all = config_of("log: {headers: all}\n");
    CHECK(all.log.all_headers);
    CHECK(all.log.redact.size() == 4);
    CHECK_FALSE(config_of("log: {headers: none}\n").log.all_headers);
}

TEST_CASE("the least file has the defaults") {
    const auto config = config_of("");
    CHECK(config.ca->certificate.value == "ca.crt");
    CHECK(config.ca->certificate.place.text() == "b.yaml:1:19");
    CHECK(config.ca->leaf_lifetime == 720h);
    CHECK(config.listeners.at(0).mode == Mode::explicit_proxy);
    CHECK(config.listeners.at(0).address.place.text() == "b.yaml:2:35");
    CHECK(config.deny == std::vector{*Cidr::parse("169.254.0.0/16"), *Cidr::parse("fe80::/10")});
    CHECK(config.upstream->trust.at(0).value == "system");
    CHECK(config.log.output.value == "stderr");
    CHECK_FALSE(config.workers);
    CHECK_FALSE(config.user);
    CHECK(config.rules->rules().empty());
    CHECK(config.settings.size() == 1);
}

TEST_CASE("the defaults of the table are accepted as values") {
    std::string yaml =
        "ca: {certificate: a, key: b, leaf: {key: mirror, lifetime: 30d}}\n"
        "listeners: [{address: 127.0.0.1:1}]\n";
    for (const auto& section : {"upstream", "destinations", "resolver", "timeouts", "cancellation", "limits", "tickets",
                                "metrics", "control", "log", ""}) {
        const std::string_view name = section;
        if (!name.empty()) yaml += fmt::format("{}:\n", name);
        for (const auto* key : keys_of(name)) {
            if (key->fallback.empty() || (!key->built && !key->harmless)) continue;
            const auto words = split_words(key->fallback);
            const auto value =
                words.size() > 1 ? fmt::format("[\"{}\"]", fmt::join(words, "\", \"")) : std::string(words[0]);
            yaml += fmt::format("{}{}: {}\n", name.empty() ? "" : "  ", key->name, value);
        }
    }
    const auto loaded = parse(yaml, "b.yaml");
    for (const auto& problem : loaded.problems) UNSCOPED_INFO(problem.text());
    REQUIRE(loaded.config);
    const auto plain = config_of("");
    CHECK(loaded.config->timeouts.idle == plain.timeouts.idle);
    CHECK(loaded.config->timeouts.first_bytes == plain.timeouts.first_bytes);
    CHECK(loaded.config->timeouts.half_close == plain.timeouts.half_close);
    CHECK(loaded.config->timeouts.drain == plain.timeouts.drain);
    CHECK(loaded.config->limits.connections == plain.limits.connections);
    CHECK(loaded.config->limits.renegotiations_per_minute == plain.limits.renegotiations_per_minute);
    CHECK(loaded.config->limits.key_updates_per_minute == plain.limits.key_updates_per_minute);
    CHECK(loaded.config->deny == plain.deny);
    CHECK(loaded.config->resolver.hosts == plain.resolver.hosts);
    CHECK(loaded.config->ca->leaf_lifetime == plain.ca->leaf_lifetime);
}

TEST_CASE("what is learned holds for every rule but those that never learn") {
    CHECK_FALSE(config_of("").settings.back().learn);
    const auto config = config_of(
        "learn: {after: 3, for: 1h, scope: server_name}\nupstream: {client_certificate: passthrough}\n"
        "rules: [{check: none}, {learn: never, check: name, upstream: {client_certificate: none}}]\n");
    const auto& first = config.settings.at(0);
    REQUIRE(first.learn);
    CHECK(first.learn->after == 3);
    CHECK(first.learn->keep == std::chrono::hours(1));
    CHECK(first.learn->scope == Learn::Scope::server_name);
    CHECK_FALSE(first.never_learn);
    CHECK(first.check == Check::none);
    CHECK(first.upstream->client_certificate.kind == ClientCertificate::Kind::passthrough);
    const auto& second = config.settings.at(1);
    CHECK_FALSE(second.learn);
    CHECK(second.never_learn);
    CHECK(second.check == Check::name);
    CHECK(second.upstream->client_certificate.kind == ClientCertificate::Kind::none);
    CHECK(config.settings.back().learn);
    CHECK(config.settings.back().check == Check::certificate);
}

TEST_CASE("words mean their enumerators") {
    const auto config = config_of(
        "upstream: {verify: off, minimum_version: TLSv1.3, bind: 192.0.2.9, mark: 4294967295, trust: [system, "
        "my.pem]}\n"
        "cancellation: {client_gone: finish, shutdown: now}\n"
        "log: {level: error, format: journal, output: logs/b.log}\n"
        "workers: 4\nuser: bascule\n"
        "resolver: {servers: [192.0.2.53, \"2001:db8::53\", \"[2001:db8::1]:5353\"], hosts: hosts}\n"
        "timeouts: {lifetime: 1h, first_bytes: 0s}\nlimits: {connections_per_source: 7}\n"
        "destinations: {deny: []}\n",
        "conf/b.yaml");
    CHECK(config.upstream->verify == Verify::off);
    CHECK(config.upstream->minimum_version == TlsVersion::tls13);
    CHECK(config.upstream->bind == IpAddress::parse("192.0.2.9"));
    CHECK(config.upstream->mark == 4294967295u);
    CHECK(config.upstream->trust.at(1).value == "conf/my.pem");
    CHECK(config.client_gone == ClientGone::finish);
    CHECK(config.shutdown == Shutdown::now);
    CHECK(config.log.level == Level::error);
    CHECK(config.log.format == Format::journal);
    CHECK(config.log.output.value == "conf/logs/b.log");
    CHECK(config.workers == 4u);
    CHECK(config.user->value == "bascule");
    CHECK(config.resolver.servers == std::vector{*SocketAddress::parse("192.0.2.53:53"),
                                                 *SocketAddress::parse("[2001:db8::53]:53"),
                                                 *SocketAddress::parse("[2001:db8::1]:5353")});
    CHECK(config.resolver.hosts == "conf/hosts");
    CHECK(config.timeouts.lifetime == Duration(1h));
    CHECK(config.timeouts.first_bytes == 0s);
    CHECK(config.limits.connections_per_source == 7u);
    CHECK(config.deny.empty());
}

TEST_CASE("a rule's own values are laid over the file's") {
    const auto config = config_of(
        "timeouts: {idle: 7m}\nupstream: {mark: 5}\nrules:\n"
        "  - {timeouts: {connect: 1s}, upstream: {verify: off}, ca: {leaf: {key: rsa-2048}}}\n"
        "  - {upstream: {mark: none, trust: a.pem}, log: {content: {output: stderr, limit: 5, format: ndjson}}}\n");
    const auto& first = config.settings.at(0);
    CHECK(first.timeouts.connect == 1s);
    CHECK(first.timeouts.idle == 7min);
    CHECK(first.upstream->verify == Verify::off);
    CHECK(first.upstream->mark == 5u);
    CHECK(first.ca->leaf_key == LeafKey::rsa_2048);
    CHECK(first.ca->certificate.value == "ca.crt");
    const auto& second = config.settings.at(1);
    CHECK_FALSE(second.upstream->mark);
    REQUIRE(second.upstream->trust.size() == 1);
    CHECK(second.upstream->trust[0].value == "a.pem");
    CHECK(second.ca == config.ca);
    CHECK(second.content->to_stderr);
    CHECK(second.content->limit == 5);
    CHECK(second.content->format == ContentFormat::ndjson);
    CHECK(config.rules->rules()[1].name == "rule-2");
    CHECK(config.rules->rules()[1].place.line_text() == "b.yaml:7");
}

TEST_CASE("a listener without a name is called by its mode and address") {
    const auto loaded =
        parse("ca: {certificate: a, key: b}\nlisteners: [{address: \"[::1]:8443\", mode: sni}]\n", "b.yaml");
    REQUIRE(loaded.config);
    CHECK(loaded.config->listeners[0].name == "sni-[::1]:8443");
    CHECK(loaded.config->listeners[0].port == 443);
}

TEST_CASE("a mistake in a list file is told at its line") {
    const Directory directory;
    directory.write("list.txt", "good.example\n\n  bad name \n*.x\n/(/");
    const auto file =
        directory.write("b.yaml", std::string(kLeast) + "rules: [{match: {server_name: file:list.txt}}]\n");
    const auto loaded = load(file);
    REQUIRE(loaded.problems.size() == 2);
    CHECK(loaded.problems[0].text() == directory / "list.txt" +
                                           ":3:1: rules[0].match.server_name: \"bad name\" is not a "
                                           "server name; write www.example, *.example or /regex/");
    CHECK(loaded.problems[1].place.line == 5);
}

TEST_CASE("a list file that is not there, or is not a file, is told at its name") {
    const Directory directory;
    const auto line = [&](const std::string& list) {
        const auto file =
            directory.write("b.yaml", fmt::format("{}rules: [{{match: {{server_name: file:{}}}}}]\n", kLeast, list));
        const auto loaded = load(file);
        REQUIRE(loaded.problems.size() == 1);
        CHECK(loaded.problems[0].place.text() == file + ":3:31");
        return loaded.problems[0].message;
    };
    CHECK(line("none.txt") == directory / "none.txt" + ": No such file or directory; create it, one name per line");
    CHECK(line(".") == directory / "." + ": not a regular file");
    CHECK(line("/dev/zero") == "/dev/zero: not a regular file");
}

TEST_CASE("a list full of mistakes, or without line ends, is not read to its end") {
    const Directory directory;
    std::string bad;
    for (int i = 0; i < 1000; ++i) bad += "a b\n";
    directory.write("bad.txt", bad);
    directory.write("long.txt", "a.example\n" + std::string(1 << 20, 'a'));
    const auto count = [&](const std::string& list) {
        return load(directory.write("b.yaml",
                                    fmt::format("{}rules: [{{match: {{server_name: file:{}}}}}]\n", kLeast, list)))
            .problems.size();
    };
    CHECK(count("bad.txt") == 21);
    CHECK(count("long.txt") == 1);
}

TEST_CASE("an empty list file matches no name") {
    const Directory directory;
    directory.write("list.txt", "# nothing yet\n");
    const auto loaded =
        load(directory.write("b.yaml", std::string(kLeast) + "rules: [{match: {server_name: file:list.txt}}]\n"));
    REQUIRE(loaded.config);
    CHECK(decided(*loaded.config, facts_with_name("a.example")) == "default");
}
