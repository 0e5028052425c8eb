#include "http/speaker/message_reader.h"

#include "http/h1/bad_head.h"
#include "http/h1/views.h"
#include "http/hop_by_hop.h"

#include <utility>

namespace bascule::http {

OwnedFields owned(FieldViews fields) {
    const auto listed = listed_by_connection(fields);
    OwnedFields list;
    list.reserve(fields.size());
    for (const auto& [name, value] : fields) {
        if (!passes(name, listed) || equals_ignoring_case(name, "Transfer-Encoding")) continue;
        list.push_back({std::string(name), std::string(value)});
    }
    return list;
}

void MessageReader::read(ByteView octets) {
    kept_.insert(kept_.end(), octets.begin(), octets.end());
    if (std::exchange(reading_, true)) return;
    std::size_t done = 0;
    for (auto some = step(kept_); some > 0; some = step(ByteView(kept_).subspan(done))) done += some;
    kept_.erase(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(done));
    reading_ = false;
}

void MessageReader::read_last(bool in_order) {
    if (in_order && body_ && body_->endless()) end_message();
}

std::size_t MessageReader::step(ByteView octets) {
    if (octets.empty()) return 0;
    if (body_) return read_content(octets);
    return parts_.may_read_on() ? read_head(as_text(octets)) : 0;
}

std::size_t MessageReader::read_head(std::string_view text) {
    if (text.starts_with("\r\n")) return 2;  // before a request (RFC 9112 section 2.2)
    const auto end = head_.find(text);
    if (!end) return 0;
    head_.restart();
    body_.emplace(parts_.read_head(text.substr(0, *end)));
    if (body_->ended()) end_message();
    return *end;
}

std::size_t MessageReader::read_content(ByteView octets) {
    const auto taken = body_->take_run(octets);
    if (!taken) throw BadHead{400, "the chunks of the content are malformed (RFC 9112 section 7.1)"};
    if (!taken->content.empty()) parts_.read_content(taken->content);
    if (body_->ended()) end_message();
    return taken->octets;
}

void MessageReader::end_message() {
    std::vector<FieldView> fields;
    split_fields(body_->trailers(), fields);
    auto trailers = owned(fields);
    body_.reset();
    parts_.read_end(std::move(trailers));
}

}  // namespace bascule::http
