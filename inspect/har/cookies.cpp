#include "inspect/har/cookies.h"

#include "base/text.h"

#include <algorithm>
#include <utility>

namespace bascule::inspect {
namespace {

/// Takes what comes before the next `;` off a list, without the spaces around it.
std::string_view take_part(std::string_view& list) {
    auto part = list.substr(0, list.find(';'));
    list.remove_prefix(std::min(part.size() + 1, list.size()));
    part.remove_prefix(std::min(part.find_first_not_of(" \t"), part.size()));
    return part.substr(0, part.find_last_not_of(" \t") + 1);
}

std::pair<std::string_view, std::string_view> split(std::string_view pair) {
    const auto equals = std::min(pair.find('='), pair.size());
    return {pair.substr(0, equals), pair.substr(std::min(equals + 1, pair.size()))};
}

Cookie named(std::string_view pair) {
    Cookie cookie;
    const auto [name, value] = split(pair);
    cookie.name = name;
    cookie.value = value;
    return cookie;
}

void add_attribute(Cookie& cookie, std::string_view attribute) {
    const auto [name, value] = split(attribute);
    if (equals_ignoring_case(name, "path")) cookie.path = value;
    if (equals_ignoring_case(name, "domain")) cookie.domain = value;
    if (equals_ignoring_case(name, "httponly")) cookie.http_only = true;
    if (equals_ignoring_case(name, "secure")) cookie.secure = true;
}

}  // namespace

std::vector<Cookie> sent_cookies(const HeaderFields& fields) {
    std::vector<Cookie> cookies;
    for (const auto& [name, value] : fields) {
        if (!equals_ignoring_case(name, "cookie")) continue;
        std::string_view rest = value;
        while (!rest.empty()) {
            if (const auto part = take_part(rest); !part.empty()) cookies.push_back(named(part));
        }
    }
    return cookies;
}

std::vector<Cookie> set_cookies(const HeaderFields& fields) {
    std::vector<Cookie> cookies;
    for (const auto& [name, value] : fields) {
        if (!equals_ignoring_case(name, "set-cookie")) continue;
        std::string_view rest = value;
        auto cookie = named(take_part(rest));
        while (!rest.empty()) add_attribute(cookie, take_part(rest));
        cookies.push_back(std::move(cookie));
    }
    return cookies;
}

}  // namespace bascule::inspect
