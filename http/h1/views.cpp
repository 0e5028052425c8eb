#include "http/h1/views.h"

#include "base/text.h"
#include "http/h1/grammar.h"
#include "http/h1/head.h"
#include "http/text.h"

#include <algorithm>

namespace bascule::http {
namespace {

constexpr std::size_t kLongestQuote = 80;

void take_target(RequestView& view, std::string_view target) {
    const auto scheme = target.starts_with('/') ? target.npos : target.find("://");
    view.path = target;
    if (scheme == target.npos) return;
    view.scheme = target.substr(0, scheme);
    const auto path = std::min(target.find_first_of("/?", scheme + 3), target.size());
    view.authority = target.substr(scheme + 3, path - scheme - 3);
    view.path = target.substr(path);
}

}  // namespace

std::string_view version_text(int minor) {
    return minor == 0 ? "1.0" : "1.1";
}

RequestView view_of(const RequestLine& line, const KnownFields& known) {
    RequestView view{.version = version_text(line.minor),
                     .method = line.method,
                     .scheme = {},
                     .authority = known.host ? known.host->value : std::string_view(),
                     .path = {},
                     .protocol = known.upgrade ? known.upgrade->value : std::string_view(),
                     .fields = {}};
    take_target(view, line.target);
    return view;
}

void split_fields(std::string_view lines, std::vector<FieldView>& fields) {
    while (!lines.empty()) {
        const auto line = lines.substr(0, lines.find('\n'));
        const auto colon = line.find(':');
        fields.push_back({line.substr(0, colon), trimmed(line.substr(colon + 1, line.size() - colon - 2))});
        lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    }
}

std::string start_line(std::string_view head) {
    head.remove_prefix(std::min(head.find_first_not_of("\r\n"), head.size()));
    const auto word = head.substr(0, head.find_first_of(" \t/"));
    const bool looks_like_one = !word.empty() && word.size() < kLongestMethod && word.size() < head.size() &&
                                std::ranges::all_of(word, is_alphanumeric);
    return looks_like_one ? escape(head.substr(0, std::min(head.find_first_of("\r\n"), kLongestQuote))) : std::string();
}

void check_authority(const RequestLine& line, const KnownFields& known) {
    const auto target = line.target.starts_with('/') ? std::nullopt : parse_absolute_target(line.target);
    const auto host = target && known.host ? parse_authority(known.host->value) : std::nullopt;
    if (host && !equals_ignoring_case(host->host, target->authority.host))
        throw BadHead{400, "the URL and Host name different hosts (RFC 9112 section 3.2.2)"};
}

}  // namespace bascule::http
