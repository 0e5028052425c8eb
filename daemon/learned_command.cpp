#include "daemon/learned_command.h"

#include "daemon/commands.h"
#include "daemon/state.h"
#include "inspect/json.h"
#include "proxy/learn/learned_file.h"
#include "rules/name_set.h"

#include <fmt/format.h>

#include <iostream>

namespace bascule::daemon {
namespace {

using proxy::LearnedEntry;

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kWrong = 2;

int fail(int code, std::string_view what) {
    std::cerr << "bascule: " << what << '\n';
    return code;
}

WallTime now() {
    return std::chrono::system_clock::now();
}

std::string json_of(const LearnedEntry& entry) {
    std::string text;
    inspect::JsonObject json(text);
    json.text("until", fmt::format("{:.19}Z", format_time(entry.until)));
    if (entry.subject.client) json.text("client", entry.subject.client->text());
    json.text("server_name", entry.subject.server_name);
    json.text("because", entry.because == LearnedEntry::Because::refused ? "refused" : "certificate-wanted");
    if (!entry.alert.empty()) json.text("alert", entry.alert);
    json.literal("times", std::to_string(entry.times));
    json.close();
    return text;
}

void print(const std::vector<LearnedEntry>& entries) {
    std::size_t client = 0, name = 0;
    for (const auto& [subject, until, because, alert, times] : entries) {
        client = std::max(client, subject.client ? subject.client->text().size() : 1);
        name = std::max(name, subject.server_name.size());
    }
    for (const auto& entry : entries) {
        std::cout << fmt::format("{:.19}Z  {:{}}  {:{}}  {}\n", format_time(entry.until),
                                 entry.subject.client ? entry.subject.client->text() : "*", client,
                                 entry.subject.server_name, name, text_of(entry));
    }
}

/// What a person asked to forget, in the forms that entries have.
struct Wanted {
    std::optional<IpAddress> client;
    std::optional<std::string> server_name;

    bool matches(const LearnedEntry& entry) const {
        return (!client || entry.subject.client == client) &&
               (!server_name || entry.subject.server_name == server_name);
    }
};

}  // namespace

int list_learned(const std::string& config_file, bool json) {
    if (!config_file.empty()) {
        const auto loaded = config::load(config_file);
        if (!loaded.config) return tell(loaded.problems);
        if (!learns(*loaded.config)) {
            std::cerr << fmt::format(
                "{} learns nothing (learn: off, and no client_certificate: passthrough); what was learned before is "
                "not used\n",
                config_file);
        }
    }
    try {
        const auto content = proxy::LearnedFile(state_directory()).read(now());
        for (const auto& fault : content.faults) std::cerr << "bascule: " << fault << '\n';
        if (!json) print(content.entries);
        for (const auto& entry : content.entries) {
            if (json) std::cout << json_of(entry) << '\n';
        }
        return kDone;
    } catch (const std::exception& error) {
        return fail(kFailed, error.what());
    }
}

int forget_learned(const ForgetOptions& options) {
    const bool some = !options.client.empty() || !options.server_name.empty();
    if (some == options.all) return fail(kWrong, "what is to be forgotten? --client, --server-name, or --all");
    Wanted wanted;
    if (!options.client.empty()) {
        wanted.client = IpAddress::parse(options.client);
        if (!wanted.client) return fail(kWrong, fmt::format("--client {}: not an IP address", options.client));
    }
    if (!options.server_name.empty()) {
        wanted.server_name = rules::normalize_name(options.server_name);
        if (!wanted.server_name) {
            return fail(kWrong, fmt::format("--server-name {}: not a host name", options.server_name));
        }
    }
    try {
        const proxy::LearnedFile file(state_directory());
        proxy::LearnedFile::Content content;
        std::size_t forgotten = 0;
        if (file.stamp() != proxy::FileStamp{}) {
            file.update(now(), content, [&](std::vector<LearnedEntry>& entries) {
                forgotten = std::erase_if(entries, [&](const auto& entry) { return wanted.matches(entry); });
            });
        }
        std::cout << fmt::format("{} forgotten\n", forgotten);
        return kDone;
    } catch (const std::exception& error) {
        return fail(kFailed, error.what());
    }
}

}  // namespace bascule::daemon
