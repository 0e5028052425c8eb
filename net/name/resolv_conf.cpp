#include "net/name/resolv_conf.h"

#include "base/text.h"
#include "net/name/watched_file.h"

#include <algorithm>
#include <charconv>
#include <functional>

namespace bascule::net {
namespace {

constexpr std::size_t kMostServers = 3;  // resolv.conf(5): MAXNS
constexpr std::size_t kMostDomains = 32;
constexpr unsigned kMostDots = 15;
constexpr unsigned kLongestTimeout = 30;
constexpr unsigned kMostAttempts = 5;
constexpr std::uint16_t kDnsPort = 53;
constexpr std::size_t kLongestName = 253;

std::string domain(std::string_view text) {
    while (text.ends_with('.')) text.remove_suffix(1);
    return to_lower(text);
}

/// The number behind "name:", at most `most`.
std::optional<unsigned> number_of(std::string_view option, std::string_view name, unsigned most) {
    if (!option.starts_with(name)) return std::nullopt;
    option.remove_prefix(name.size());
    unsigned value = 0;
    const auto [end, fault] = std::from_chars(option.data(), option.data() + option.size(), value);
    return fault == std::errc{} ? std::optional(std::min(value, most)) : std::nullopt;
}

void take_option(NameServers& into, std::string_view option) {
    if (const auto dots = number_of(option, "ndots:", kMostDots)) into.ndots = *dots;
    if (const auto span = number_of(option, "timeout:", kLongestTimeout)) into.timeout = std::chrono::seconds(*span);
    if (const auto tries = number_of(option, "attempts:", kMostAttempts)) into.attempts = std::max(1U, *tries);
    if (option == "rotate") into.rotate = true;
    if (option == "use-vc") into.tcp = true;
    if (option == "edns0") into.edns = true;
}

void take_server(NameServers& into, std::string_view word) {
    const auto address = IpAddress::parse(word.substr(0, word.find('%')));  // a scope id is not kept
    if (address && into.servers.size() < kMostServers) into.servers.push_back({*address, kDnsPort});
}

void take_line(NameServers& into, std::string_view line) {
    if (line.starts_with('#') || line.starts_with(';')) return;
    const auto keyword = next_word(line);
    if (keyword == "nameserver") {
        take_server(into, next_word(line));
    } else if (keyword == "domain" || keyword == "search") {  // the last of them counts
        into.search.clear();
        for (auto word = next_word(line); !word.empty(); word = next_word(line)) {
            if (auto one = domain(word); !one.empty() && into.search.size() < kMostDomains) {
                into.search.push_back(std::move(one));
            }
        }
    } else if (keyword == "options") {
        for (auto word = next_word(line); !word.empty(); word = next_word(line)) take_option(into, word);
    }
}

}  // namespace

NameServers parse_resolv_conf(std::string_view text, std::string_view host_name) {
    NameServers found;
    if (const auto dot = host_name.find('.'); dot != host_name.npos) found.search = {domain(host_name.substr(dot + 1))};
    while (!text.empty()) take_line(found, next_line(text));
    if (found.servers.empty()) found.servers.push_back({*IpAddress::parse("127.0.0.1"), kDnsPort});
    std::erase(found.search, "");
    return found;
}

std::vector<std::string> NameServers::names_for(const std::string& name) const {
    std::vector<std::string> names;
    for (const auto& one : search) {
        if (name.size() + 1 + one.size() <= kLongestName) names.push_back(name + "." + one);
    }
    const auto dots = static_cast<unsigned>(std::ranges::count(name, '.'));
    names.insert(dots >= ndots ? names.begin() : names.end(), name);
    return names;
}

std::string NameServers::mark() const {
    std::string all;
    for (const auto& server : servers) all += server.text() + " ";
    for (const auto& one : search) all += one + " ";
    return std::to_string(std::hash<std::string>{}(all)) + "." + std::to_string(ndots);
}

}  // namespace bascule::net
