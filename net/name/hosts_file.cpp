#include "net/name/hosts_file.h"

#include "base/text.h"

#include <algorithm>

namespace bascule::net {
namespace {

constexpr std::size_t kMostAddressesOfAName = 32;

}  // namespace

const std::vector<IpAddress>* HostsFile::find(std::string_view name, Time now) {
    if (file_.has_changed(now)) {
        names_.clear();
        const std::string text = file_.read();
        for (std::string_view rest = text; !rest.empty();) {
            const auto line = next_line(rest);
            read_line(line.substr(0, line.find('#')));
        }
    }
    const auto found = names_.find(name);
    return found == names_.end() ? nullptr : &found->second;
}

void HostsFile::read_line(std::string_view line) {
    const auto first = next_word(line);
    const auto address = IpAddress::parse(first.substr(0, first.find('%')));  // a scope id is not kept
    if (!address) return;
    for (auto word = next_word(line); !word.empty(); word = next_word(line)) {
        auto& addresses = names_[to_lower(word)];
        if (addresses.size() >= kMostAddressesOfAName || std::ranges::find(addresses, *address) != addresses.end())
            continue;
        addresses.push_back(*address);
    }
}

}  // namespace bascule::net
