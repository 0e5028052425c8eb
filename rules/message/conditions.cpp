#include "rules/message/conditions.h"

#include "base/text.h"
#include "rules/conditions.h"

#include <algorithm>
#include <array>

namespace bascule::rules {
namespace {

std::string between_quotes(std::string_view text) {
    return "\"" + escape(text) + "\"";
}

bool field_holds(const FieldMatch& wanted, std::span<const Field> fields) {
    return std::ranges::any_of(fields, [&](const Field& field) {
        return equals_ignoring_case(field.name, wanted.name) && any_matches(wanted.values, field.value);
    });
}

/// Of the first that does not hold, else of all.
std::string tell_fields(std::string_view key, const std::vector<FieldMatch>& wanted, std::span<const Field> fields) {
    const auto failed = std::ranges::find_if(wanted, [&](const auto& one) { return !field_holds(one, fields); });
    if (failed == wanted.end()) return fmt::format("{} {}", key, listed(wanted, &FieldMatch::name));
    return fmt::format("{} {} as {}", key, failed->name, listed(failed->values, &TextPattern::written));
}

/// Lower case, without parameters.
std::string media_type(std::span<const Field> fields) {
    const auto found = std::ranges::find_if(
        fields, [](const Field& field) { return equals_ignoring_case(field.name, "content-type"); });
    if (found == fields.end()) return {};
    const auto type = found->value.substr(0, found->value.find(';'));
    return to_lower(type.substr(0, type.find_last_not_of(" \t") + 1));
}

bool size_holds(const MessageMatch& match, const ResponseFacts& response) {
    return response.size &&
           std::ranges::any_of(match.size, [&](const auto& range) { return range.contains(*response.size); });
}

bool status_holds(const MessageMatch& match, const ResponseFacts& response) {
    return std::ranges::any_of(match.status, [&](const auto& range) { return range.contains(response.status); });
}

bool content_type_holds(const MessageMatch& match, const ResponseFacts& response) {
    return any_matches(match.content_type, media_type(response.fields));
}

std::string tell_host(const MessageMatch& match, const RequestFacts& request) {
    const auto& asked = match.host;
    if (const auto pattern = asked.set->matching(request.host)) {
        return fmt::format("host {} as {}", escape(request.host), *pattern);
    }
    return fmt::format(
        "host {} in {}", between_quotes(request.host),
        asked.listed ? fmt::format("a list of {}", asked.set->size()) : listed(asked.written, &NamePattern::written));
}

constexpr std::array<MessageCondition<RequestFacts>, 5> kOfRequest{{
    {"method", [](const MessageMatch& match) { return !match.method.empty(); },
     [](const MessageMatch& match, const RequestFacts& request) { return any_matches(match.method, request.method); },
     [](const MessageMatch& match, const RequestFacts& request) {
         return fmt::format("method {} in {}", escape(request.method), listed(match.method, &TextPattern::written));
     }},
    {"host", [](const MessageMatch& match) { return match.host.set != nullptr; },
     [](const MessageMatch& match, const RequestFacts& request) { return host_holds(match, request.host); }, tell_host},
    {"path", [](const MessageMatch& match) { return !match.path.empty(); },
     [](const MessageMatch& match, const RequestFacts& request) { return any_matches(match.path, request.path); },
     [](const MessageMatch& match, const RequestFacts& request) {
         return fmt::format("path {} in {}", escape(request.path), listed(match.path, &TextPattern::written));
     }},
    {"query", [](const MessageMatch& match) { return !match.query.empty(); },
     [](const MessageMatch& match, const RequestFacts& request) { return any_matches(match.query, request.query); },
     [](const MessageMatch& match, const RequestFacts& request) {
         return fmt::format("query {} in {}", between_quotes(request.query),
                            listed(match.query, &TextPattern::written));
     }},
    {"header", [](const MessageMatch& match) { return !match.header.empty(); },
     [](const MessageMatch& match, const RequestFacts& request) { return fields_hold(match.header, request.fields); },
     [](const MessageMatch& match, const RequestFacts& request) {
         return tell_fields("header", match.header, request.fields);
     }},
}};

constexpr std::array<MessageCondition<ResponseFacts>, 4> kOfResponse{{
    {"status", [](const MessageMatch& match) { return !match.status.empty(); }, status_holds,
     [](const MessageMatch& match, const ResponseFacts& response) {
         return fmt::format("status {} in {}", response.status, listed(match.status, &StatusRange::text));
     }},
    {"content_type", [](const MessageMatch& match) { return !match.content_type.empty(); }, content_type_holds,
     [](const MessageMatch& match, const ResponseFacts& response) {
         return fmt::format("content_type {} in {}", between_quotes(media_type(response.fields)),
                            listed(match.content_type, &TextPattern::written));
     }},
    {"response_header", [](const MessageMatch& match) { return !match.response_header.empty(); },
     [](const MessageMatch& match, const ResponseFacts& response) {
         return fields_hold(match.response_header, response.fields);
     },
     [](const MessageMatch& match, const ResponseFacts& response) {
         return tell_fields("response_header", match.response_header, response.fields);
     }},
    {"size", [](const MessageMatch& match) { return !match.size.empty(); }, size_holds,
     [](const MessageMatch& match, const ResponseFacts& response) {
         return fmt::format("size {} in {}", response.size ? std::to_string(*response.size) : "that is not said",
                            listed(match.size, &SizeRange::written));
     }},
}};

}  // namespace

std::span<const MessageCondition<RequestFacts>> request_conditions() {
    return kOfRequest;
}

std::span<const MessageCondition<ResponseFacts>> response_conditions() {
    return kOfResponse;
}

bool host_holds(const MessageMatch& match, std::string_view host) {
    return !host.empty() && match.host.set->contains(host);
}

bool fields_hold(const std::vector<FieldMatch>& wanted, std::span<const Field> fields) {
    return std::ranges::all_of(wanted, [&](const auto& one) { return field_holds(one, fields); });
}

bool response_holds(const MessageMatch& match, const ResponseFacts& response) {
    return std::ranges::all_of(kOfResponse, [&](const auto& condition) {
        return !condition.present(match) || condition.holds(match, response);
    });
}

}  // namespace bascule::rules
