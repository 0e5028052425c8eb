#include "proxy/http/content/message_readers.h"

#include "proxy/connection.h"
#include "proxy/tap/content_tap.h"

namespace bascule::proxy {
namespace {

// Thousands of exchanges may be under way on one connection.
constexpr std::uint64_t kMostGathered = 16_MiB;

std::uint64_t body_limit(const config::Settings& settings) {
    return settings.content ? settings.content->body : config::ContentLog{}.body;
}

std::string how_it_ended(const inspect::ExchangeEnd& end, std::uint64_t not_kept) {
    std::string text;
    if (end.how != inspect::ExchangeHow::complete) {
        text = fmt::format("{} by the {}{}{}", name_of(end.how), name_of(end.by), end.detail.empty() ? "" : ": ",
                           end.detail);
    }
    if (not_kept > 0) text += fmt::format("{}{} messages are not kept", text.empty() ? "" : "; ", not_kept);
    return text;
}

}  // namespace

MessageReaders::MessageReaders(Connection& connection, bool wanted)
    : connection_(connection),
      file_(wanted && connection.content ? connection.content->take_messages() : nullptr),
      any_(wanted && (connection.settings->har || connection.services.shared.log.shows_content() || file_)),
      room_{.body = body_limit(*connection.settings), .left = kMostGathered} {}

std::unique_ptr<ExchangeCopy> MessageReaders::copy() {
    if (!any_) return nullptr;
    if (room_.left > 0) return std::make_unique<ExchangeCopy>(room_);
    if (!std::exchange(complained_, true)) {
        connection_.services.shared.log.event(
            inspect::Level::warning, "content_dropped",
            "more than 16 MiB of messages are under way on one connection: the content of further ones is not kept",
            {{"id", connection_.record.id}});
    }
    return nullptr;
}

inspect::MessagePlace MessageReaders::place(std::uint32_t exchange, std::optional<std::uint32_t> stream) const {
    return {.id = connection_.record.id, .exchange = exchange, .stream = stream};
}

template <class Message>
void MessageReaders::hand_out(const inspect::MessagePlace& place, const Message& message) {
    connection_.services.shared.log.show(place, message);
    if (file_) file_->add(place, Message(message));
}

void MessageReaders::take(const inspect::ExchangeRecord& record, ExchangeCopy& copy) {
    const auto where = place(record.exchange, record.stream);
    for (const bool up : {true, false}) {
        if (copy.side(up).begun()) hand_out(where, copy.side(up).message());
    }
}

void MessageReaders::take(std::uint32_t exchange, std::optional<std::uint32_t> stream, ExchangeCopy& copy,
                          const inspect::SocketMessage& message) {
    if (connection_.settings->har) copy.keep(message);
    hand_out(place(exchange, stream), message);
}

void MessageReaders::finish(const inspect::ExchangeRecord& record, const inspect::ExchangeEnd& end,
                            ExchangeCopy& copy) {
    const auto& har = connection_.settings->har;
    if (!har || !copy.side(true).begun()) return;
    const auto& request = copy.side(true).message();
    const auto& answer = copy.side(false).message();
    connection_.services.shared.har.add(
        har->value, {.place = place(record.exchange, record.stream),
                     .began = request.began,
                     .request = request,
                     .answer = answer,
                     .server_address = connection_.connected ? connection_.connected->ip.text() : std::string(),
                     .send = record.timings.request,
                     .wait = record.timings.wait,
                     .receive = record.timings.response,
                     .comment = how_it_ended(end, copy.not_kept()),
                     .socket = copy.socket(),
                     .is_socket = copy.is_socket()});
}

}  // namespace bascule::proxy
