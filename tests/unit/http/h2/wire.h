#pragma once

#include "http/h2/frame.h"
#include "http/h2/walker.h"

#include <fmt/format.h>
#include <nghttp2/nghttp2.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// What the tests of this room write on the wire, and what they read of the walker.
namespace bascule::http::h2::testing {

using Fields = std::vector<std::pair<std::string, std::string>>;
using Lines = std::vector<std::string>;

inline std::string number(std::uint32_t value, int octets) {
    std::string out;
    while (octets-- > 0) out += static_cast<char>(octets < 4 ? value >> (8 * octets) & 0xff : 0);
    return out;
}

inline std::string frame(int type, int flags, std::uint32_t stream, std::string_view payload) {
    const auto length = static_cast<std::uint32_t>(payload.size());
    return number(length, 3) + static_cast<char>(type) + static_cast<char>(flags) + number(stream, 4) +
           std::string(payload);
}
inline std::string frame(Type type, int flags, std::uint32_t stream, std::string_view payload) {
    return frame(static_cast<int>(type), flags, stream, payload);
}
inline std::string data(std::uint32_t stream, std::string_view content, int flags = 0) {
    return frame(Type::data, flags, stream, content);
}
inline std::string rst(std::uint32_t stream, std::uint32_t code) {
    return frame(Type::rst_stream, 0, stream, number(code, 4));
}
inline std::string window(std::uint32_t stream, std::uint32_t octets) {
    return frame(Type::window_update, 0, stream, number(octets, 4));
}
inline std::string setting(std::uint32_t name, std::uint32_t value) {
    return number(name, 2) + number(value, 4);
}
inline std::string settings(std::string_view payload = {}) {
    return frame(Type::settings, 0, 0, payload);
}
inline std::string ack() {
    return frame(Type::settings, kAck, 0, {});
}

/// Compresses as a real peer does: what it has sent before is referred to.
class Encoder {
  public:
    Encoder() { nghttp2_hd_deflate_new(&deflater_, 65536); }
    ~Encoder() { nghttp2_hd_deflate_del(deflater_); }
    Encoder(const Encoder&) = delete;
    Encoder& operator=(const Encoder&) = delete;

    void limit(std::size_t octets) { nghttp2_hd_deflate_change_table_size(deflater_, octets); }
    std::string block(const Fields& fields) {
        std::vector<nghttp2_nv> list;
        for (const auto& [name, value] : fields)
            list.push_back({octets(name), octets(value), name.size(), value.size(), 0});
        std::string out(nghttp2_hd_deflate_bound(deflater_, list.data(), list.size()), '\0');
        const auto size = nghttp2_hd_deflate_hd(deflater_, octets(out), out.size(), list.data(), list.size());
        out.resize(static_cast<std::size_t>(size));
        return out;
    }

  private:
    static std::uint8_t* octets(const std::string& text) {
        return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
    }
    nghttp2_hd_deflater* deflater_ = nullptr;
};

/// Writes down what it is told, pieces of content joined.
class Story final : public Exchanges {
  public:
    Lines lines;
    std::size_t head_bytes = 0;

    void request(ExchangeId id, const RequestView& head) override {
        head_bytes += head.head_bytes;
        add("{} {} {} {} {} {} {}", id, head.version, head.method, head.scheme, head.authority, head.path,
            text_of(head.fields));
        if (!head.protocol.empty()) add("{} wants {}", id, head.protocol);
    }
    void informational(ExchangeId id, const ResponseView& head) override {
        head_bytes += head.head_bytes;
        add("{} informs {} {}", id, head.status, text_of(head.fields));
    }
    void response(ExchangeId id, const ResponseView& head) override {
        head_bytes += head.head_bytes;
        add("{} {} {} {}", id, head.version, head.status, text_of(head.fields));
    }
    void body(ExchangeId id, bool up, ByteView octets) override {
        const auto start = fmt::format("{} {} ", id, up ? ">" : "<");
        if (lines.empty() || !lines.back().starts_with(start + '"')) lines.push_back(start + "\"\"");
        lines.back().pop_back();
        lines.back().append(as_text(octets)).push_back('"');
    }
    void trailers(ExchangeId id, bool up, FieldViews fields) override {
        add("{} {} trailers {}", id, up ? ">" : "<", text_of(fields));
    }
    void ended(ExchangeId id, bool up) override { add("{} {} end", id, up ? ">" : "<"); }
    void reset(ExchangeId id, bool up, std::uint32_t code) override { add("{} {} reset {}", id, up ? ">" : "<", code); }

  private:
    static std::string text_of(FieldViews fields) {
        std::string text = "[";
        for (const auto& [name, value] : fields) text.append(name).append("=").append(value).append(";");
        return text + "]";
    }
    template <class... Args>
    void add(fmt::format_string<Args...> format, Args&&... args) {
        lines.push_back(fmt::format(format, std::forward<Args>(args)...));
    }
};

inline std::chrono::steady_clock::time_point test_time;

/// Feeds a walker as a relay does: what is not admitted is offered again with what follows.
class Feed {
  public:
    Story story;
    std::unique_ptr<Walker> walker = make_at_first(story);
    std::string passed_up, passed_down;
    Encoder client, origin;

    Feed& up(std::string_view octets) { return say(true, octets); }
    Feed& down(std::string_view octets) { return say(false, octets); }
    Feed& say(bool is_up, std::string_view octets) {
        (is_up ? held_up_ : held_down_) += octets;
        offer(is_up);
        offer(!is_up);
        return *this;
    }
    /// As after a 101: the first stream is asked for already.
    Feed& upgrade(bool is_head, std::string_view client_settings) {
        walker = make_upgraded_walker(story, is_head, as_bytes(client_settings), [] { return test_time; });
        return *this;
    }
    /// Both sides have said hello and know it.
    Feed& greet(std::string_view client_settings = {}, std::string_view origin_settings = {}) {
        up(kPreface).up(settings(client_settings)).down(settings(origin_settings)).down(ack()).up(ack());
        return *this;
    }
    Feed& end(bool is_up) {
        walker->ended(is_up, true);
        offer(is_up);
        return *this;
    }
    std::string fault() const { return walker->fault() ? walker->fault()->what : std::string(); }
    Code code() const { return walker->fault() ? static_cast<Code>(walker->fault()->code) : Code::no_error; }
    const std::string& held(bool is_up) const { return is_up ? held_up_ : held_down_; }

    std::string get(std::uint32_t id, Fields more = {}, int flags = kEndStream | kEndHeaders) {
        return frame(Type::headers, flags, id, client.block(get_fields("GET", std::move(more))));
    }
    std::string post(std::uint32_t id, Fields more = {}) {
        return frame(Type::headers, kEndHeaders, id, client.block(get_fields("POST", std::move(more))));
    }
    std::string ok(std::uint32_t id, Fields more = {}, int flags = kEndHeaders) {
        return answer(id, "200", more, flags);
    }
    std::string answer(std::uint32_t id, std::string status, const Fields& more = {}, int flags = kEndHeaders) {
        Fields fields{{":status", std::move(status)}};
        fields.insert(fields.end(), more.begin(), more.end());
        return frame(Type::headers, flags, id, origin.block(fields));
    }
    static Fields get_fields(std::string method, Fields more = {}) {
        Fields fields{
            {":method", std::move(method)}, {":scheme", "https"}, {":authority", "x.test"}, {":path", "/a?b"}};
        fields.insert(fields.end(), more.begin(), more.end());
        return fields;
    }

  private:
    static std::unique_ptr<Walker> make_at_first(Story& story) {
        test_time = {};
        return make_walker(story, [] { return test_time; });
    }
    void offer(bool is_up) {
        std::string& held = is_up ? held_up_ : held_down_;
        if (held.empty()) return;
        const bool had_failed = walker->fault().has_value();
        const auto admitted = walker->admit(is_up, as_bytes(held));
        if (admitted > held.size() || (had_failed && admitted > 0)) throw std::logic_error("admitted what it may not");
        (is_up ? passed_up : passed_down) += held.substr(0, admitted);
        held.erase(0, admitted);
    }
    std::string held_up_, held_down_;
};

}  // namespace bascule::http::h2::testing
