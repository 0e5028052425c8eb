#include "http/speaker/nghttp2_handles.h"
#include "http/speaker/speaker.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

namespace bascule::http::h2 {
namespace {

constexpr std::uint32_t kMostStreams = 1000;
// What is not used of all streams together: some that stand still do not stop the others, and memory stays bounded.
constexpr std::int32_t kConnectionWindow = 1 << 24;
constexpr std::string_view kPseudoOrder = "msap";

std::string text(const std::uint8_t* octets, std::size_t size) {
    return {reinterpret_cast<const char*>(octets), size};
}

std::string_view value_of(const MessageHead& head, char pseudo) {
    switch (pseudo) {
        case 'm':
            return head.method;
        case 's':
            return head.scheme;
        case 'a':
            return head.authority;
        default:
            return head.path;
    }
}

std::string_view name_of(char pseudo) {
    switch (pseudo) {
        case 'm':
            return ":method";
        case 's':
            return ":scheme";
        case 'a':
            return ":authority";
        default:
            return ":path";
    }
}

/// Views of the head, in the order of its pseudo-fields. `status` keeps the text of the number.
std::vector<nghttp2_nv> list_of(const MessageHead& head, std::string& status) {
    std::vector<nghttp2_nv> list;
    list.reserve(head.fields.size() + 5);
    if (head.status != 0) {
        status = std::to_string(head.status);
        list.push_back(field(":status", status));
    } else {
        for (const char pseudo : head.order.empty() ? kPseudoOrder : std::string_view(head.order)) {
            const auto value = value_of(head, pseudo);
            if (!value.empty()) list.push_back(field(name_of(pseudo), value));
        }
        if (!head.protocol.empty()) list.push_back(field(":protocol", head.protocol));
    }
    for (const auto& [name, value, never_indexed] : head.fields) list.push_back(field(name, value, never_indexed));
    return list;
}

std::vector<nghttp2_nv> list_of(const OwnedFields& fields) {
    std::vector<nghttp2_nv> list;
    list.reserve(fields.size());
    for (const auto& [name, value, never_indexed] : fields) list.push_back(field(name, value, never_indexed));
    return list;
}

/// One exchange that is open.
struct Stream {
    MessageHead head;      ///< that is coming in
    OwnedFields trailers;  ///< likewise
    bool headed = false;   ///< the final head has come: fields that come now are trailers
    bool heard_all = false;
    bool given_up = false;  ///< by us: kept until nghttp2 has let go of it
    // What is said:
    Bytes waiting;           ///< content that the peer has not taken
    std::size_t taken = 0;   ///< of it, from the front
    bool asleep = false;     ///< nghttp2 has found nothing to send
    bool said_all = false;   ///< nothing follows `waiting`
    OwnedFields last_words;  ///< but these trailers
};

std::string* place_of(MessageHead& head, std::string_view pseudo) {
    if (pseudo == ":method") return &head.method;
    if (pseudo == ":scheme") return &head.scheme;
    if (pseudo == ":authority") return &head.authority;
    if (pseudo == ":path") return &head.path;
    return pseudo == ":protocol" ? &head.protocol : nullptr;
}

void note_pseudo(MessageHead& head, std::string_view name, std::string value) {
    if (name == ":status") head.status = std::stoi(value);
    auto* place = place_of(head, name);
    if (!place) return;
    if (place != &head.protocol) head.order += name[1];
    *place = std::move(value);
}

class Session final : public Speaker {
  public:
    Session(Role role, Hearer& hearer) : hearer_(hearer), role_(role), session_(make()) { introduce(); }

    bool hear(ByteView octets) override {
        failed_ = failed_ || nghttp2_session_mem_recv(session_.get(), octets.data(), octets.size()) < 0;
        return !failed_;
    }

    void heard_all(bool) override {
        failed_ = true;
        for (auto open = std::exchange(open_, {}); const auto& [id, stream] : open) {
            if (!stream->given_up) hearer_.given_up(static_cast<ExchangeId>(id), kConnectionLost, false);
        }
    }

    bool may_hear() const override { return !failed_; }
    bool cut_short() const override { return false; }  // each stream says by itself how it ends

    void output(Bytes& into, std::size_t most) override {
        const std::uint8_t* octets = nullptr;
        const auto end = into.size() + most;
        while (into.size() < end) {
            const auto size = nghttp2_session_mem_send(session_.get(), &octets);
            if (size <= 0) break;
            into.insert(into.end(), octets, octets + size);
        }
    }

    bool done() const override {
        auto* session = session_.get();
        return failed_ || (nghttp2_session_want_read(session) == 0 && nghttp2_session_want_write(session) == 0);
    }

    bool may_begin() const override {
        const auto most = nghttp2_session_get_remote_settings(session_.get(), NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
        return !failed_ && !no_more_ && nghttp2_session_check_request_allowed(session_.get()) != 0 &&
               open_.size() < most;
    }

    ExchangeId ask(const MessageHead& head) override {
        std::string status;
        const auto list = list_of(head, status);
        auto stream = std::make_unique<Stream>();
        const auto body = provider(*stream);
        const auto id = nghttp2_submit_request(session_.get(), nullptr, list.data(), list.size(),
                                               head.ends ? nullptr : &body, stream.get());
        if (id < 0) throw std::bad_alloc();  // may_begin() has ruled out the rest
        stream->said_all = head.ends;
        open_.emplace(id, std::move(stream));
        return static_cast<ExchangeId>(id);
    }

    void answer(ExchangeId exchange, const MessageHead& head) override {
        auto* stream = find(exchange);
        if (!stream) return;
        std::string status;
        const auto list = list_of(head, status);
        const auto id = static_cast<std::int32_t>(exchange);
        if (head.status < 200) {
            require_done(nghttp2_submit_headers(session_.get(), NGHTTP2_FLAG_NONE, id, nullptr, list.data(),
                                                list.size(), nullptr) < 0);
            return;
        }
        const auto body = provider(*stream);
        stream->said_all = head.ends;
        require_done(
            nghttp2_submit_response(session_.get(), id, list.data(), list.size(), head.ends ? nullptr : &body));
    }

    void content(ExchangeId exchange, ByteView octets) override {
        auto* stream = find(exchange);
        if (!stream || octets.empty()) return;
        auto& waiting = stream->waiting;
        waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(std::exchange(stream->taken, 0)));
        waiting.insert(waiting.end(), octets.begin(), octets.end());
        wake(exchange, *stream);
    }

    void whole(ExchangeId exchange, const OwnedFields& trailers) override {
        auto* stream = find(exchange);
        if (!stream) return;
        stream->last_words = trailers;
        stream->said_all = true;
        wake(exchange, *stream);
    }

    void used(ExchangeId exchange, std::size_t octets) override {
        nghttp2_session_consume(session_.get(), static_cast<std::int32_t>(exchange), octets);
    }

    void give_up(ExchangeId exchange, std::uint32_t code) override {
        auto* stream = find(exchange);
        if (!stream) return;
        stream->given_up = true;
        nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, static_cast<std::int32_t>(exchange), code);
    }

    void finish() override {
        no_more_ = true;
        if (role_ == Role::server) {
            nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE, last_taken_, NGHTTP2_NO_ERROR, nullptr, 0);
        } else if (open_.empty()) {
            nghttp2_session_terminate_session(session_.get(), NGHTTP2_NO_ERROR);
        }
    }

  private:
    static Session& self(void* user) { return *static_cast<Session*>(user); }

    /// Nothing is thrown through nghttp2, which is C: it fails instead.
    template <class Tell>
    static int guarded(Tell tell) {
        try {
            tell();
            return 0;
        } catch (const std::exception&) {
            return NGHTTP2_ERR_CALLBACK_FAILURE;
        }
    }

    SessionHandle make() {
        const auto callbacks = make_callbacks();
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks.get(), on_begin);
        nghttp2_session_callbacks_set_on_header_callback(callbacks.get(), on_header);
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks.get(), on_frame);
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks.get(), on_data);
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks.get(), on_close);
        nghttp2_option* raw = nullptr;
        require_done(nghttp2_option_new(&raw));
        const OptionHandle option(raw);
        nghttp2_option_set_no_auto_window_update(option.get(), 1);  // what is not used is not asked for
        nghttp2_session* session = nullptr;
        const auto begin = role_ == Role::server ? nghttp2_session_server_new2 : nghttp2_session_client_new2;
        require_done(begin(&session, callbacks.get(), this, option.get()));
        return SessionHandle(session);
    }

    /// SETTINGS, and room for the connection as a whole.
    void introduce() {
        const bool server = role_ == Role::server;
        const std::array<nghttp2_settings_entry, 3> settings{
            {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kStreamWindow},
             server ? nghttp2_settings_entry{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, kMostStreams}
                    : nghttp2_settings_entry{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
             {NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1}}};
        const std::size_t count = server ? 3 : 2;  // only servers say the last one (RFC 8441 section 3)
        require_done(nghttp2_submit_settings(session_.get(), NGHTTP2_FLAG_NONE, settings.data(), count));
        require_done(nghttp2_session_set_local_window_size(session_.get(), NGHTTP2_FLAG_NONE, 0, kConnectionWindow));
    }

    Stream* find(ExchangeId exchange) {
        const auto found = open_.find(static_cast<std::int32_t>(exchange));
        return found == open_.end() || found->second->given_up ? nullptr : found->second.get();
    }

    static nghttp2_data_provider provider(Stream& stream) {
        nghttp2_data_provider body{};
        body.source.ptr = &stream;
        body.read_callback = read;
        return body;
    }

    void wake(ExchangeId exchange, Stream& stream) {
        if (!std::exchange(stream.asleep, false)) return;
        nghttp2_session_resume_data(session_.get(), static_cast<std::int32_t>(exchange));
    }

    // --- What nghttp2 tells

    static int on_begin(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
        const auto id = frame->hd.stream_id;
        if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
        return guarded([&] {
            auto& stream = *self(user).open_.emplace(id, std::make_unique<Stream>()).first->second;
            nghttp2_session_set_stream_user_data(session, id, &stream);
        });
    }

    static int on_header(nghttp2_session* session, const nghttp2_frame* frame, const std::uint8_t* name,
                         std::size_t name_size, const std::uint8_t* value, std::size_t value_size, std::uint8_t flags,
                         void*) {
        auto* stream = static_cast<Stream*>(nghttp2_session_get_stream_user_data(session, frame->hd.stream_id));
        if (!stream) return 0;
        const bool never_indexed = (flags & NGHTTP2_NV_FLAG_NO_INDEX) != 0;
        return guarded([&] { note_field(*stream, text(name, name_size), text(value, value_size), never_indexed); });
    }

    static void note_field(Stream& stream, std::string name, std::string value, bool never_indexed) {
        if (name.starts_with(':')) return note_pseudo(stream.head, name, std::move(value));
        auto& list = stream.headed ? stream.trailers : stream.head.fields;
        list.push_back({std::move(name), std::move(value), never_indexed});
    }

    static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
        return guarded([&] { self(user).hear_frame(*frame); });
    }

    void hear_frame(const nghttp2_frame& frame) {
        const auto& [length, stream_id, type, flags, reserved] = frame.hd;
        if (type == NGHTTP2_GOAWAY && !std::exchange(no_more_, true)) hearer_.no_more();
        if (type != NGHTTP2_HEADERS && type != NGHTTP2_DATA) return;
        const auto exchange = static_cast<ExchangeId>(stream_id);
        auto* stream = find(exchange);
        const bool ends = (flags & NGHTTP2_FLAG_END_STREAM) != 0;
        if (stream && type == NGHTTP2_HEADERS && !stream->headed) hear_head(exchange, *stream, ends);
        if (ends) hear_end(exchange);
    }

    void hear_head(ExchangeId exchange, Stream& stream, bool ends) {
        auto head = std::exchange(stream.head, {});
        stream.headed = head.status == 0 || head.status >= 200;
        head.ends = ends;
        hearer_.head(exchange, std::move(head));
        if (find(exchange)) last_taken_ = static_cast<std::int32_t>(exchange);
    }

    void hear_end(ExchangeId exchange) {
        auto* stream = find(exchange);
        if (!stream) return;
        stream->heard_all = true;
        hearer_.whole(exchange, std::move(stream->trailers));
    }

    static int on_data(nghttp2_session* session, std::uint8_t, std::int32_t id, const std::uint8_t* octets,
                       std::size_t size, void* user) {
        auto& me = self(user);
        const auto exchange = static_cast<ExchangeId>(id);
        if (!me.find(exchange)) return nghttp2_session_consume_connection(session, size);
        return guarded([&] { me.hearer_.content(exchange, {octets, size}); });
    }

    static int on_close(nghttp2_session*, std::int32_t id, std::uint32_t code, void* user) {
        return guarded([&] { self(user).hear_close(id, code); });
    }

    void hear_close(std::int32_t id, std::uint32_t code) {
        const auto found = open_.find(id);
        if (found == open_.end()) return;
        const auto& stream = *found->second;
        const bool tell = !stream.given_up && (!stream.heard_all || !stream.said_all || code != NGHTTP2_NO_ERROR);
        open_.erase(found);
        if (tell) hearer_.given_up(static_cast<ExchangeId>(id), code, code == NGHTTP2_REFUSED_STREAM);
        if (no_more_ && role_ == Role::client) finish();
    }

    static ssize_t read(nghttp2_session* session, std::int32_t id, std::uint8_t* out, std::size_t room,
                        std::uint32_t* flags, nghttp2_data_source* source, void* user) {
        auto& stream = *static_cast<Stream*>(source->ptr);
        if (stream.given_up) return NGHTTP2_ERR_DEFERRED;
        const auto some = std::min(room, stream.waiting.size() - stream.taken);
        std::ranges::copy_n(stream.waiting.begin() + static_cast<std::ptrdiff_t>(stream.taken),
                            static_cast<std::ptrdiff_t>(some), out);
        stream.taken += some;
        const bool empty = stream.taken == stream.waiting.size();
        if (empty) stream.waiting.clear();
        if (empty) stream.taken = 0;
        if (empty && stream.said_all) end(session, id, stream, *flags);
        stream.asleep = some == 0 && !stream.said_all;
        if (some > 0) self(user).hearer_.sent(static_cast<ExchangeId>(id), some);
        return stream.asleep ? static_cast<ssize_t>(NGHTTP2_ERR_DEFERRED) : static_cast<ssize_t>(some);
    }

    static void end(nghttp2_session* session, std::int32_t id, const Stream& stream, std::uint32_t& flags) {
        flags |= NGHTTP2_DATA_FLAG_EOF;
        if (stream.last_words.empty()) return;
        flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        const auto list = list_of(stream.last_words);
        nghttp2_submit_trailer(session, id, list.data(), list.size());
    }

    Hearer& hearer_;
    const Role role_;
    std::unordered_map<std::int32_t, std::unique_ptr<Stream>> open_;  // before the session, which points into it
    SessionHandle session_;
    std::int32_t last_taken_ = 0;  ///< of the peer's exchanges
    bool no_more_ = false;
    bool failed_ = false;
};

}  // namespace

std::unique_ptr<Speaker> make_speaker(Speaker::Role role, Hearer& hearer) {
    return std::make_unique<Session>(role, hearer);
}

}  // namespace bascule::http::h2
