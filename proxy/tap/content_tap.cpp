#include "proxy/tap/content_tap.h"

namespace bascule::proxy {
namespace {

inspect::ContentOptions options_for(const config::ContentLog& log, const std::string& id) {
    inspect::ContentOptions options{
        .path = {}, .format = static_cast<inspect::ContentFormat>(log.format), .limit = log.limit};
    if (!log.file) return options;
    options.path = log.file->value;
    constexpr std::string_view placeholder = "{id}";
    for (auto at = options.path.find(placeholder); at != options.path.npos; at = options.path.find(placeholder, at)) {
        options.path.replace(at, placeholder.size(), id);
    }
    return options;
}

}  // namespace

ContentTap::ContentTap(Connection& connection, const config::ContentLog& options)
    : connection_(connection),
      options_(options),
      file_(connection.services.shared.content, options_for(options, connection.record.id), connection.record.id) {}

ContentTap::~ContentTap() {
    if (const auto dropped = file_.dropped(); dropped > 0)
        connection_.record.content_dropped = connection_.record.content_dropped.value_or(0) + dropped;
}

void ContentTap::passed(bool up, ByteView octets) {
    if (!by_messages_)
        file_.add(up != connection_.reversed ? inspect::Direction::up : inspect::Direction::down, octets);
}

inspect::ContentFile* ContentTap::take_messages() {
    by_messages_ = options_.format != config::ContentFormat::raw;
    return by_messages_ ? &file_ : nullptr;
}

void tap_content(Connection& connection) {
    const auto& content = connection.settings->content;
    const bool seen = content && connection.verdict.action == rules::Action::intercept;
    if (seen && connection.content && connection.content->is_for(*content)) return;
    connection.content = seen ? std::make_unique<ContentTap>(connection, *content) : nullptr;
}

}  // namespace bascule::proxy
