#include "proxy/http/act/facts.h"

#include "base/text.h"
#include "http/h1/grammar.h"

#include <algorithm>
#include <charconv>

namespace bascule::proxy {
namespace {

std::vector<rules::Field> views_of(const http::OwnedFields& fields) {
    std::vector<rules::Field> views;
    views.reserve(fields.size());
    for (const auto& field : fields) views.push_back({field.name, field.value});
    return views;
}

std::string_view value_of(const http::OwnedFields& fields, std::string_view name) {
    const auto* field = http::find_field(fields, name);
    return field ? std::string_view(field->value) : std::string_view();
}

/// Lower case, without its port and the dot at its end.
std::string host_of(const http::MessageHead& head) {
    const auto written = head.authority.empty() ? value_of(head.fields, "host") : std::string_view(head.authority);
    const auto authority = http::parse_authority(written);
    auto host = to_lower(authority ? authority->host : written);
    if (host.ends_with('.')) host.pop_back();
    return host;
}

std::optional<std::uint64_t> size_of(const http::MessageHead& head) {
    if (head.ends) return 0;
    const auto written = value_of(head.fields, "content-length");
    std::uint64_t size = 0;
    const auto read = std::from_chars(written.data(), written.data() + written.size(), size);
    return written.empty() || read.ec != std::errc() ? std::nullopt : std::optional(size);
}

}  // namespace

RequestFactsOf::RequestFactsOf(const http::MessageHead& head, std::string_view scheme)
    : host_(host_of(head)), fields_(views_of(head.fields)) {
    const auto path = std::string_view(head.path);
    const auto query = std::min(path.find('?'), path.size());
    facts_ = {.method = head.method,
              .scheme = head.scheme.empty() ? scheme : std::string_view(head.scheme),
              .host = host_,
              .path = path.substr(0, query),
              .query = path.substr(std::min(query + 1, path.size())),
              .fields = fields_};
}

ResponseFactsOf::ResponseFactsOf(const http::MessageHead& head) : fields_(views_of(head.fields)) {
    facts_ = {.status = head.status, .fields = fields_, .size = size_of(head)};
}

}  // namespace bascule::proxy
