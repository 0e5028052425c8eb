#include "http/h2/bad.h"
#include "http/h2/connection.h"

#include <algorithm>

/// The frames that are not of messages: how the two ends agree on streams, windows and settings.
namespace bascule::http::h2 {
namespace {

void check_length(std::uint32_t is, std::uint32_t should) {
    if (is != should)
        refuse("a frame does not have the length of its type (RFC 9113 section 6)", Code::frame_size_error);
}

void check_at_least(std::size_t is, std::size_t least) {
    if (is < least) refuse("a frame is shorter than its type needs (RFC 9113 section 6)", Code::frame_size_error);
}

void check_of_stream(const FrameHead& head) {
    if (head.stream == 0) refuse("a frame is of no stream, and must be of one (RFC 9113 section 6)");
}

void check_of_connection(const FrameHead& head) {
    if (head.stream != 0) refuse("a frame is of a stream, and must be of the connection (RFC 9113 section 6)");
}

void check_priority(const FrameHead& head, ByteView payload) {
    check_of_stream(head);
    check_length(head.length, 5);
    if (read_id(payload) == head.stream) refuse("a stream depends on itself (RFC 7540 section 5.3.1)");
}

void check_window(std::int64_t octets) {
    if (octets > kLargestWindow)
        flooded("made-up window: it is above 2^31-1 (RFC 9113 section 6.9.1)", Code::flow_control_error);
}

}  // namespace

void Connection::control(bool up, const FrameHead& head, ByteView payload) {
    switch (head.type) {
        case Type::priority:
            check_priority(head, payload);
            return floods_.count(up, Useless::priority);
        case Type::rst_stream:
            check_of_stream(head);
            check_length(head.length, 4);
            return rst_stream(up, head.stream, read_u32(payload));
        case Type::settings:
            check_of_connection(head);
            return settings(up, head, payload);
        case Type::ping:
            check_of_connection(head);
            check_length(head.length, 8);
            return ping(up, head.has(kAck));
        case Type::goaway:
            check_of_connection(head);
            check_at_least(payload.size(), 8);
            return goaway(up, read_id(payload));
        case Type::window_update:
            check_length(head.length, 4);
            return window_update(up, head.stream, read_id(payload));
        case Type::priority_update:
            check_of_connection(head);
            return priority_update(up, payload);
        default:
            return;
    }
}

// --- Streams -------------------------------------------------------------------------------------------------------

void Connection::rst_stream(bool up, std::uint32_t id, std::uint32_t code) {
    if (streams_.is_idle(id)) refuse_stream(id);
    const auto* stream = streams_.find(id);
    count_reset(up, stream);
    if (!stream) return;
    // curl does not wait for END_STREAM.
    const bool has_all = up && stream->down.begun && !stream->down.ended && stream->down.content.is_whole();
    const bool asked = stream->up.ended;
    streams_.give_up(id, up);
    if (has_all) told_.ended(id, false);
    if (!has_all || !asked) told_.reset(id, up, code);
}

/// After a whole answer the rest of the request is given up, which spares work.
void Connection::count_reset(bool up, const Stream* stream) {
    if (!stream) return floods_.count(up, Useless::late);
    if (stream->down.ended) return;
    floods_.count(up, up ? Useless::reset_by_client : Useless::reset_by_origin);
}

/// What was opened after `last` was not looked at, and may be asked again elsewhere (RFC 9113 section 6.8).
void Connection::goaway(bool up, std::uint32_t last) {
    floods_.count(up, Useless::other);
    auto& wanted = last_wanted_[at(!up)];
    wanted = std::min(wanted, last);
    for (const auto id : streams_.open_after(wanted, !up)) {
        streams_.give_up(id, up);
        told_.reset(id, up, static_cast<std::uint32_t>(Code::refused_stream));
    }
}

void Connection::priority_update(bool up, ByteView payload) {
    if (!up) refuse("the origin sends PRIORITY_UPDATE (RFC 9218 section 7.1)");
    check_at_least(payload.size(), 4);
    if (read_id(payload) == 0) refuse("PRIORITY_UPDATE is for no stream (RFC 9218 section 7.1)");
    floods_.count(up, Useless::priority);
}

// --- The connection ------------------------------------------------------------------------------------------------

/// 101 acknowledges (RFC 7540 section 3.2.1).
void Connection::upgraded(bool is_head, ByteView settings) {
    settings_[at(true)].announce(Side::client, settings);
    acknowledge(false);
    Stream stream;
    stream.head = is_head;
    stream.up.begun = stream.up.ended = true;
    streams_.open(1, stream);
    floods_.opened();
}

void Connection::settings(bool up, const FrameHead& head, ByteView payload) {
    if (!head.has(kAck)) {
        settings_[at(up)].announce(up ? Side::client : Side::origin, payload);
        return floods_.count(up, Useless::settings);
    }
    check_length(head.length, 0);
    acknowledge(up);
}

/// That side does, what the other has announced.
void Connection::acknowledge(bool up) {
    const auto table = settings_[at(!up)].acknowledged();
    if (!table) return;
    hpack_[at(up)].limit_table(table->smallest);
    hpack_[at(up)].limit_table(table->last);
}

void Connection::ping(bool up, bool is_ack) {
    if (!is_ack) {
        ++pings_[at(up)];
        return floods_.count(up, Useless::ping);
    }
    auto& open = pings_[at(!up)];
    if (open == 0) return floods_.count(up, Useless::other);
    --open;
}

/// What one side grants the other may send. The window of a stream is at least what was granted to it alone; what
/// SETTINGS grant to all comes on top.
void Connection::window_update(bool up, std::uint32_t id, std::uint32_t octets) {
    if (octets == 0) flooded("WINDOW_UPDATE of nothing (RFC 9113 section 6.9)", Code::protocol_error);
    floods_.count(up, Useless::window_update);
    if (id == 0) return check_window(windows_[at(!up)] += octets);
    if (streams_.is_idle(id)) refuse_stream(id);
    if (auto* stream = streams_.find(id)) check_window(stream->half(!up).granted += octets);
}

}  // namespace bascule::http::h2
