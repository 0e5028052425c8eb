#include "http/h2/bad.h"
#include "http/h2/connection.h"
#include "http/h2/messages.h"

/// The frames that carry messages: HEADERS, PUSH_PROMISE with their CONTINUATIONs, and DATA.
namespace bascule::http::h2 {
namespace {

constexpr bool is_success(int status) {
    return status >= 200 && status < 300;
}
constexpr bool has_no_content(int status) {
    return status == 204 || status == 304;
}

/// The sender knows of no window that has not passed here, so that nothing legal is refused.
void check_granted(const FrameHead& head, std::int64_t left) {
    if (head.length > 0 && left < 0)
        refuse("DATA of more than its receiver has granted (RFC 9113 section 6.9.1)", Code::flow_control_error);
}

/// The state of a stream whose request this is.
Stream stream_of(const RequestView& view, const Message& message) {
    Stream stream;
    stream.head = view.method == "HEAD";
    stream.connect = view.method == "CONNECT";
    stream.up.begun = true;
    if (!stream.connect) stream.up.content.declare(message.length);
    return stream;
}

}  // namespace

bool Connection::is_answering(std::uint32_t id) {
    const auto* stream = streams_.find(id);
    return stream && stream->down.begun;
}

void Connection::refuse_stream(std::uint32_t id) const {
    if (streams_.is_idle(id)) refuse("a frame is of a stream that nobody has opened (RFC 9113 section 5.1)");
    refuse("a frame is of a stream that was closed before (RFC 9113 section 5.1)", Code::stream_closed);
}

void Connection::end(bool up, std::uint32_t id) {
    auto* stream = streams_.find(id);
    if (!stream) return;  // reset while its last frame passed
    stream->half(up).ended = true;
    if (stream->over()) streams_.close(id);
    told_.ended(id, up);
}

// --- Heads ---------------------------------------------------------------------------------------------------------

void Connection::block(bool up, const Block& block, std::span<const ByteView> fragments) {
    const bool promises = block.first.type == Type::push_promise;
    if (promises && up) refuse("the client sends PUSH_PROMISE (RFC 9113 section 8.4)");
    if (promises) check_promise(block);
    // Also where nobody listens any more: the blocks that follow refer to it.
    const auto list = hpack_[at(up)].decode(fragments);
    promises ? promise(block, list) : headers(up, block, list);
}

void Connection::headers(bool up, const Block& block, FieldViews list) {
    const auto id = block.first.stream;
    if (auto* stream = streams_.find(id)) {
        const auto& half = stream->half(up);
        if (half.ended) refuse_stream(id);
        return half.begun ? trailers(up, *stream, block, list) : answer(*stream, block, list);
    }
    if (streams_.was_given_up(id, up)) return floods_.count(up, Useless::late);
    if (!up || !streams_.is_idle(id)) refuse_stream(id);
    request(block, list);
}

void Connection::open_in_vain(std::uint32_t id, bool up) {
    floods_.count(up, Useless::late);
    streams_.open_in_vain(id, up);
}

void Connection::request(const Block& block, FieldViews list) {
    const auto id = block.first.stream;
    if (!is_of_client(id)) refuse("the client opens a stream of an even number (RFC 9113 section 5.1.1)");
    if (id > last_wanted_[at(true)]) return open_in_vain(id, true);
    const auto message = take_apart(list);
    auto view = read_request(message, settings_[at(false)].extended_connect());
    view.head_bytes = block.size;
    auto stream = stream_of(view, message);
    const bool is_last = block.first.has(kEndStream);
    stream.up.content.take(0, is_last);
    streams_.open(id, stream);
    floods_.opened();
    told_.request(id, view);
    if (is_last) end(true, id);
}

void Connection::answer(Stream& stream, const Block& block, FieldViews list) {
    const auto message = take_apart(list);
    auto view = read_response(message);
    view.head_bytes = block.size;
    if (view.status < 200) return informational(block, view);
    final_answer(stream, block, view, message);
}

void Connection::informational(const Block& block, ResponseView view) {
    if (block.first.has(kEndStream)) refuse("an informational answer ends its stream (RFC 9113 section 8.1)");
    floods_.count(false, Useless::informational);
    told_.informational(block.first.stream, view);
}

void Connection::final_answer(Stream& stream, const Block& block, ResponseView view, const Message& message) {
    const bool is_last = block.first.has(kEndStream);
    auto& half = stream.down;
    stream.tunnel = stream.connect && is_success(view.status);
    if (!stream.tunnel) half.content.declare(message.length);
    if (stream.head || has_no_content(view.status)) half.content.forbid();
    half.content.take(0, is_last);
    half.begun = true;
    floods_.head();
    told_.response(block.first.stream, view);
    if (is_last) end(false, block.first.stream);
}

void Connection::trailers(bool up, Stream& stream, const Block& block, FieldViews list) {
    if (stream.tunnel || (up && stream.connect)) refuse("HEADERS within a tunnel (RFC 9113 section 8.5)");
    if (!block.first.has(kEndStream)) refuse("trailers do not end their stream (RFC 9113 section 8.1)");
    const auto message = take_apart(list);
    check_trailers(message);
    stream.half(up).content.take(0, true);
    floods_.head();
    if (!list.empty()) told_.trailers(block.first.stream, up, list);
    end(up, block.first.stream);
}

// --- Pushes --------------------------------------------------------------------------------------------------------

void Connection::check_promise(const Block& block) {
    if (!settings_[at(true)].allows_push()) refuse("a push that the client has forbidden (RFC 9113 section 8.4)");
    const auto id = block.first.stream;
    if (!is_of_client(id)) refuse("a push belongs to no request of the client's (RFC 9113 section 6.6)");
    const auto* parent = streams_.find(id);
    const bool is_open = parent ? !parent->down.ended : streams_.was_given_up(id, false);
    if (!is_open) refuse_stream(id);
    if (block.promised == 0 || is_of_client(block.promised) || !streams_.is_idle(block.promised))
        refuse("the promised stream is not a new one of even number (RFC 9113 section 5.1.1)");
}

void Connection::promise(const Block& block, FieldViews list) {
    const auto id = block.promised;
    if (id > last_wanted_[at(false)]) return open_in_vain(id, false);
    const auto message = take_apart(list);
    auto view = read_request(message, false);
    check_promised(message, view);
    view.head_bytes = block.size;
    streams_.open(id, stream_of(view, message));
    floods_.opened();
    told_.request(id, view);
    end(true, id);
}

// --- Content -------------------------------------------------------------------------------------------------------

void Connection::data(bool up, const FrameHead& head, std::size_t content) {
    if (head.stream == 0) refuse("DATA is of no stream (RFC 9113 section 6.1)");
    const bool is_last = head.has(kEndStream);
    auto* stream = streams_.find(head.stream);
    if (!stream && !streams_.was_given_up(head.stream, up)) refuse_stream(head.stream);
    if (stream) {
        auto& half = stream->half(up);
        if (half.ended) refuse_stream(head.stream);
        if (!half.begun) refuse("DATA comes before its HEADERS (RFC 9113 section 8.1)");
        half.content.take(content, is_last);
        half.granted -= head.length;
        check_granted(head, half.granted + settings_[at(!up)].stream_window());
    }
    windows_[at(up)] -= head.length;
    check_granted(head, windows_[at(up)]);
    if (content > 0) return floods_.data(content);
    if (!stream) return floods_.count(up, Useless::late);
    if (!is_last) floods_.count(up, Useless::empty_data);
}

void Connection::piece(bool up, std::uint32_t id, ByteView octets) {
    auto* stream = streams_.find(id);
    if (!stream) return;
    stream->half(up).content.pass(octets.size());
    told_.body(id, up, octets);
}

}  // namespace bascule::http::h2
