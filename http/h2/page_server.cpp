#include "http/page_server.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <new>
#include <utility>

namespace bascule::http::h2 {
namespace {

struct SessionEnd {
    void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
};
struct CallbacksEnd {
    void operator()(nghttp2_session_callbacks* callbacks) const { nghttp2_session_callbacks_del(callbacks); }
};

nghttp2_nv field(std::string_view name, std::string_view value) {
    const auto octets = [](std::string_view text) {
        return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
    };
    return {octets(name), octets(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

/// After the first answer it says GOAWAY (RFC 9113 section 6.8): a client asks on another connection, which may go to
/// the origin itself by then.
class Server final : public PageServer {
  public:
    explicit Server(Page page)
        : page_(std::move(page)), status_(std::to_string(page_.status)), size_(std::to_string(page_.html.size())) {
        nghttp2_session_callbacks* callbacks = nullptr;
        if (nghttp2_session_callbacks_new(&callbacks) != 0) throw std::bad_alloc();
        const std::unique_ptr<nghttp2_session_callbacks, CallbacksEnd> owned(callbacks);
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
        nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
        nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_sent);
        nghttp2_session* session = nullptr;
        if (nghttp2_session_server_new(&session, callbacks, this) != 0) throw std::bad_alloc();
        session_.reset(session);
        const nghttp2_settings_entry one_stream{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 1};
        nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, &one_stream, 1);
    }

    void take(ByteView octets) override {
        if (nghttp2_session_mem_recv(session_.get(), octets.data(), octets.size()) < 0) failed_ = true;
    }

    std::string output() override {
        std::string out;
        const std::uint8_t* octets = nullptr;
        for (auto size = nghttp2_session_mem_send(session_.get(), &octets); size > 0;
             size = nghttp2_session_mem_send(session_.get(), &octets)) {
            out.append(reinterpret_cast<const char*>(octets), static_cast<std::size_t>(size));
        }
        return out;
    }

    bool done() const override {
        auto* session = session_.get();
        return failed_ || (nghttp2_session_want_read(session) == 0 && nghttp2_session_want_write(session) == 0);
    }

  private:
    static Server& self(void* user) { return *static_cast<Server*>(user); }

    static int on_header(nghttp2_session*, const nghttp2_frame*, const std::uint8_t* name, std::size_t name_size,
                         const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user) {
        const bool is_method = as_text({name, name_size}) == ":method";
        if (is_method) self(user).head_only_ = as_text({value, value_size}) == "HEAD";
        return 0;
    }

    static int on_frame(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
        const bool request = frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST;
        return request && !std::exchange(self(user).answered_, true) ? self(user).answer(session, frame->hd.stream_id)
                                                                     : 0;
    }

    int answer(nghttp2_session* session, std::int32_t stream) {
        const std::array<nghttp2_nv, 4> fields{field(":status", status_),
                                               field("content-type", "text/html; charset=utf-8"),
                                               field("content-length", size_), field("cache-control", "no-store")};
        nghttp2_data_provider body{};
        body.source.ptr = this;
        body.read_callback = read_body;
        return nghttp2_submit_response(session, stream, fields.data(), fields.size(), head_only_ ? nullptr : &body);
    }

    /// Not before the answer is whole: there are clients (Java 17) that take GOAWAY for the end of all streams.
    static int on_sent(nghttp2_session* session, const nghttp2_frame* frame, void*) {
        const auto& head = frame->hd;
        const bool ends = head.flags & NGHTTP2_FLAG_END_STREAM;
        const bool answers = ends && (head.type == NGHTTP2_HEADERS || head.type == NGHTTP2_DATA);
        return answers ? nghttp2_submit_goaway(session, NGHTTP2_FLAG_NONE, head.stream_id, NGHTTP2_NO_ERROR, nullptr, 0)
                       : 0;
    }

    static ssize_t read_body(nghttp2_session*, std::int32_t, std::uint8_t* out, std::size_t room, std::uint32_t* flags,
                             nghttp2_data_source* source, void*) {
        auto& server = *static_cast<Server*>(source->ptr);
        const auto some = std::min(room, server.page_.html.size() - server.sent_);
        std::ranges::copy(std::string_view(server.page_.html).substr(server.sent_, some), out);
        server.sent_ += some;
        if (server.sent_ == server.page_.html.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
        return static_cast<ssize_t>(some);
    }

    Page page_;
    std::string status_, size_;
    std::unique_ptr<nghttp2_session, SessionEnd> session_;
    std::size_t sent_ = 0;
    bool head_only_ = false;
    bool answered_ = false;
    bool failed_ = false;
};

}  // namespace

std::unique_ptr<PageServer> make_page_server(Page page) {
    return std::make_unique<Server>(std::move(page));
}

}  // namespace bascule::http::h2
