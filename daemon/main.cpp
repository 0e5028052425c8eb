#include "base/text.h"
#include "daemon/commands.h"
#include "daemon/learned_command.h"
#include "daemon/privileges.h"
#include "daemon/run.h"
#include "daemon/signer/signer_process.h"
#include "daemon/watch/watch.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>

namespace {

constexpr std::string_view kFurther = R"(
Exit codes: 0 done, 1 failed while running, 2 wrong usage or configuration.
Manual: bascule(8), bascule.yaml(5))";

struct Examples {
    std::string_view command;  ///< empty: without one
    std::string_view lines;
};

constexpr auto kExamples = std::to_array<Examples>({
    {"", R"(  bascule watch -- curl https://example.org/
  bascule ca create --directory /etc/bascule
  bascule run --config /etc/bascule/bascule.yaml
  bascule explain --config bascule.yaml --server-name pay.bank.example
)"},
    {"run", R"(  bascule run --config bascule.yaml
  bascule run --config bascule.yaml --listen 127.0.0.1:9000
)"},
    {"watch", R"(  bascule watch -- curl https://example.org/
  bascule watch --headers -- npm install
  bascule watch --capture -- ./a-program-that-knows-no-proxy
  bascule watch
)"},
    {"check", R"(  bascule check --config bascule.yaml
  bascule check && systemctl reload bascule
)"},
    {"explain", R"(  bascule explain --server-name pay.bank.example
  bascule explain --listener gateway --source 10.0.0.7 --destination 192.0.2.7:443
  bascule explain --config bascule.yaml --server-name api.example --alpn h2,http/1.1 --json
)"},
    {"ca", R"(  bascule ca create --directory /etc/bascule
)"},
    {"ca create", R"(  bascule ca create --directory .
  bascule ca create --directory /etc/bascule --name "Example Corp inspection" --lifetime 2y
  bascule ca create --directory lab --permit lab.example --permit 10.0.0.0/8
)"},
    {"learned", R"(  bascule learned list
  bascule learned forget --all
)"},
    {"learned list", R"(  bascule learned list
  bascule learned list --config /etc/bascule/bascule.yaml --json
)"},
    {"learned forget", R"(  bascule learned forget --server-name pinned.example
  bascule learned forget --client 10.0.0.7
  bascule learned forget --all
)"},
    {"schema", R"(  bascule schema > bascule.schema.json
)"},
    {"version", R"(  bascule version
)"},
});

/// Its own examples for each command's --help.
void add_examples(CLI::App& app) {
    for (const auto& [command, lines] : kExamples) {
        CLI::App* place = &app;
        for (std::size_t start = 0; start < command.size();) {
            const auto end = std::min(command.find(' ', start), command.size());
            place = place->get_subcommand(std::string(command.substr(start, end - start)));
            start = end + 1;
        }
        place->footer(fmt::format("\nExamples:\n{}{}", lines, kFurther));
    }
}

std::string default_config() {
    const char* given = std::getenv("BASCULE_CONFIG");  // NOLINT(concurrency-mt-unsafe): one thread here
    return given && *given ? given : "/etc/bascule/bascule.yaml";
}

void add_config(CLI::App* command, std::string& config) {
    command->add_option("--config", config,
                        "configuration file (default: $BASCULE_CONFIG, else /etc/bascule/bascule.yaml)");
}

/// CLI11 only says of an unknown command that one is missing.
std::string fault_of(const CLI::App& app, const std::string& first, const CLI::ParseError& error) {
    const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
    const bool known =
        std::ranges::any_of(commands, [&](const CLI::App* command) { return command->get_name() == first; });
    if (first.empty()) return "a command is missing";
    return known || first.starts_with('-') ? error.what()
                                           : fmt::format("unknown command \"{}\"", bascule::escape(first));
}

}  // namespace

int main(int argc, char** argv) {
    using namespace bascule::daemon;
    occupy_standard_streams();
    if (argc == 1 && std::string_view(argv[0]) == kSignerName) return run_signer();
    CLI::App app("Bascule, a TLS-intercepting forwarding proxy", "bascule");
    app.require_subcommand(1);
    bool version_asked = false;
    app.add_flag("--version", version_asked, "print the version");

    std::string config = default_config();
    auto* run = app.add_subcommand("run", "serve in the foreground until SIGTERM");
    auto* checking = app.add_subcommand("check", "check a configuration: silence, or file:line:column: what is wrong");
    auto* explaining = app.add_subcommand("explain", "tell which rule decides about a connection, and why");
    for (auto* command : {run, checking, explaining}) add_config(command, config);
    std::string listen;
    run->add_option("--listen", listen, "IP:PORT to listen on instead, where the configuration has one listener");
    WatchOptions watching;
    auto* watched = app.add_subcommand("watch", "show the HTTP exchanges of one's own programs, or of one command");
    auto* at = watched->add_option("--listen", watching.listen,
                                   "IP:PORT on loopback (default: 127.0.0.1 and a free port, 8080 without a command)");
    watched->add_option("--config", watching.config,
                        "a configuration with an explicit listener, instead of one that is made");
    auto* capturing =
        watched->add_flag("--capture", watching.capture,
                          "for programs that know no proxy: run the command where every TCP connection comes to us");
    watched->add_flag("--headers", watching.headers, "show header fields too");
    watched->add_flag("--body", watching.body, "show whole messages, with their content");
    watched->add_flag("--json", watching.json, "write JSON lines");
    watched->add_option("--har", watching.har, "a file that takes the exchanges as HAR 1.2");
    capturing->excludes(at);
    capturing->needs(watched->add_option("command", watching.command, "what to run, after --"));
    ExplainOptions question;
    explaining->add_option("--listener", question.listener, "name of the listener (default: the first)");
    explaining->add_option("--source", question.source, "the client's IP address");
    explaining->add_option("--server-name", question.server_name, "the server name of the ClientHello");
    explaining->add_option("--destination", question.destination, "IP:PORT of the origin");
    explaining->add_option("--alpn", question.alpn, "protocols that the client offers, comma-separated");
    explaining->add_option("--protocol", question.protocol, "tls (default), http or other");
    auto& exchange = question.exchange;
    auto* url = explaining->add_option("--url", exchange.url, "tell which message rules act on a request for this");
    explaining->add_option("--method", exchange.method, "of the request (default: GET)")->needs(url);
    explaining->add_option("--header", exchange.headers, "NAME:VALUE of the request; may be repeated")->needs(url);
    auto* status = explaining->add_option("--status", exchange.status, "of the response");
    status->needs(url)->check(CLI::Range(100, 599));
    explaining
        ->add_option("--response-header", exchange.response_headers, "NAME:VALUE of the response; may be repeated")
        ->needs(status);
    explaining->add_flag("--settings", question.settings, "tell which values apply, and where they stand");
    explaining->add_flag("--json", question.json, "answer in JSON");

    auto* ca = app.add_subcommand("ca", "the certificate authority");
    ca->require_subcommand(1);
    auto* create = ca->add_subcommand("create", "make a CA: ca.crt, and ca.key with mode 0600");
    CreateCaOptions wanted;
    create->add_option("--directory", wanted.directory, "where to write them")->required();
    create->add_option("--name", wanted.name, "common name of the CA (default: " + wanted.name + ")");
    create->add_option("--key", wanted.key, "ecdsa-p256 (default) or rsa-3072");
    create->add_option("--lifetime", wanted.lifetime, "how long it is valid: 5y (default), 90d");
    create->add_option("--permit", wanted.permitted,
                       "only for this domain or block of addresses, and what is below it; may be repeated");
    create->add_option("--exclude", wanted.excluded, "never for this one; may be repeated");
    auto* learned = app.add_subcommand("learned", "the passthrough that was learned from clients and origins");
    learned->require_subcommand(1);
    auto* listing = learned->add_subcommand("list", "list it");
    std::string learned_config;
    bool learned_json = false;
    listing->add_option("--config", learned_config, "a configuration: say so if it learns nothing");
    listing->add_flag("--json", learned_json, "one JSON object a line");
    auto* forgetting = learned->add_subcommand("forget", "forget what matches; a running daemon follows at once");
    ForgetOptions forget;
    forgetting->add_option("--client", forget.client, "the client's IP address");
    forgetting->add_option("--server-name", forget.server_name, "the server name");
    forgetting->add_flag("--all", forget.all, "all of it");
    auto* schema = app.add_subcommand("schema", "print the JSON Schema of the configuration");
    auto* version = app.add_subcommand("version", "print the version");
    app.add_subcommand("ctl", "talk to the running daemon (not in this version)");
    add_examples(app);

    if (argc == 2 && std::string_view(argv[1]) == "--version") return print_version();
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return app.exit(error);  // --help
        std::cerr << "bascule: " << fault_of(app, argc > 1 ? argv[1] : "", error) << "; try: bascule --help\n";
        return 2;
    }
    if (run->parsed()) return run_server({.config_file = config, .listen = listen});
    if (watched->parsed()) return watch(watching);
    if (checking->parsed()) return check(config);
    if (explaining->parsed()) return explain(config, question);
    if (create->parsed()) return create_ca(wanted);
    if (listing->parsed()) return list_learned(learned_config, learned_json);
    if (forgetting->parsed()) return forget_learned(forget);
    if (schema->parsed()) return print_schema();
    if (version->parsed()) return print_version();
    std::cerr << "bascule: ctl is not in this version; signals are: SIGHUP reloads, SIGUSR1 reopens the logs, SIGTERM "
                 "drains and stops\n";
    return 2;
}
