#include "proxy/http/header_record.h"

#include "base/text.h"
#include "proxy/connection.h"
#include "tls/keyed_hash.h"

#include <algorithm>

namespace bascule::proxy {
namespace {

constexpr std::size_t kShownDigits = 16;
// Of one message: a record's line stays below what the log takes, and open exchanges below what memory has.
constexpr std::size_t kMostFields = 100;
constexpr std::size_t kLongestValue = 1_KiB;

bool contains(const std::vector<std::string>& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

}  // namespace

std::string redacted(std::string_view value) {
    static const tls::KeyedHash hash;
    return "hash:" + hash.hex(as_bytes(value)).substr(0, kShownDigits);
}

void record_headers(const Connection& connection, http::FieldViews fields,
                    std::vector<std::pair<std::string, std::string>>& headers) {
    const auto& log = connection.policy->config().log;
    if (!log.all_headers && log.headers.empty()) return;
    for (const auto& field : fields) {
        auto name = to_lower(field.name.substr(0, kLongestValue));
        if (!log.all_headers && !contains(log.headers, name)) continue;
        auto value =
            contains(log.redact, name) ? redacted(field.value) : std::string(field.value.substr(0, kLongestValue));
        const auto before = std::ranges::find(headers, name, &std::pair<std::string, std::string>::first);
        if (before == headers.end()) {
            if (headers.size() < kMostFields) headers.emplace_back(std::move(name), std::move(value));
        } else if (before->second.size() < kLongestValue) {
            before->second += ", " + value;
        }
    }
}

}  // namespace bascule::proxy
