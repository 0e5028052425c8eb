#include "base/text.h"
#include "http/h1/answer.h"
#include "http/h1/bad_head.h"
#include "http/h1/request.h"
#include "http/h1/views.h"
#include "http/hop_by_hop.h"
#include "http/reply.h"
#include "http/speaker/message_reader.h"
#include "http/speaker/message_writer.h"
#include "http/speaker/speaker.h"
#include "http/text.h"

#include <fmt/format.h>

#include <utility>

namespace bascule::http::h1 {
namespace {

using Content = MessageWriter::Content;

/// What both roles have in common: one exchange at a time, read and written on one connection.
class Common : public Speaker, protected MessageReader::Parts {
  public:
    Common(HeadOf reads, Hearer& hearer) : hearer_(hearer), reader_(reads, *this) {}

    bool hear(ByteView octets) override try {
        if (!closed_) reader_.read(octets);
        return !failed_;
    } catch (const BadHead& bad) {
        failed_ = true;
        fail(bad);
        close();
        return false;
    }

    bool may_hear() const override { return !closed_ && unused_ < kMostUnused && reader_.kept() < kMostUnused; }

    void output(Bytes& into, std::size_t most) override {
        if (const auto content = writer_.output(into, most)) hearer_.sent(exchange_, content);
    }

    bool done() const override { return closed_ && writer_.empty(); }
    bool cut_short() const override { return cut_short_; }

    void content(ExchangeId exchange, ByteView octets) override {
        if (is_said(exchange)) writer_.content(octets);
    }

    void whole(ExchangeId exchange, const OwnedFields& trailers) override {
        if (!is_said(exchange)) return;
        writer_.end(trailers);
        said_all_ = true;
        if (switched_) heard_all_ = true;
        end_if_over();
    }

    void used(ExchangeId exchange, std::size_t octets) override {
        if (exchange == exchange_) unused_ -= std::min(octets, unused_);
    }

    void give_up(ExchangeId exchange, std::uint32_t) override {
        if (exchange != exchange_ || !exchange_open()) return;
        cut_short_ = endless_;
        said_all_ = heard_all_ = true;
        close();
    }

    void finish() override {
        finishing_ = true;
        if (!exchange_open()) close();
    }

  protected:
    bool exchange_open() const { return !said_all_ || !heard_all_; }
    /// Whether it is the one whose message of ours is not whole yet.
    bool is_said(ExchangeId exchange) const { return exchange == exchange_ && !said_all_; }

    void begin_exchange() {
        ++exchange_;
        said_all_ = heard_all_ = false;
        unused_ = 0;
    }

    /// What was kept may be read now.
    void end_if_over() {
        if (exchange_open()) return;
        if (last_ || finishing_) return close();
        if (reader_.kept() > 0) hear({});
    }

    void close() {
        if (!std::exchange(closed_, true)) hearer_.no_more();
    }

    /// The exchange will not be whole.
    void lose() {
        if (!exchange_open()) return;
        said_all_ = heard_all_ = true;
        hearer_.given_up(exchange_, kConnectionLost, false);
    }

    /// Both directions are something else from now on.
    void switch_over() {
        said_all_ = heard_all_ = false;
        last_ = switched_ = true;
    }

    virtual void fail(const BadHead& bad) = 0;

    void read_content(ByteView octets) final {
        unused_ += octets.size();
        hearer_.content(exchange_, octets);
    }

    Hearer& hearer_;
    MessageReader reader_;
    MessageWriter writer_;
    std::vector<FieldView> views_;
    ExchangeId exchange_ = 0;
    std::size_t unused_ = 0;
    bool said_all_ = true, heard_all_ = true;  ///< of the exchange
    bool last_ = false;                        ///< the connection ends with this exchange
    bool finishing_ = false;
    bool closed_ = false;
    bool failed_ = false;
    bool switched_ = false;  ///< to something that ends as a whole
    bool endless_ = false;   ///< what we say ends with the connection
    bool cut_short_ = false;
};

class Server final : public Common {
  public:
    explicit Server(Hearer& hearer) : Common(HeadOf::request, hearer) {}

    bool may_begin() const override { return false; }
    ExchangeId ask(const MessageHead&) override { return 0; }

    void answer(ExchangeId exchange, const MessageHead& head) override {
        if (!is_said(exchange)) return;
        const auto line = fmt::format("HTTP/1.1 {} {}", head.status, head.reason);
        if (is_informational(head.status)) return inform(line, head);
        const auto content = content_of(head);
        const bool endless = content == Content::plain && !says_length(head.fields);
        last_ = last_ || endless || finishing_;
        endless_ = endless && !head.ends;
        writer_.head(line, head.fields, more_for(head), content);
        if (head.ends) whole(exchange, {});
    }

    /// A client that has asked all that it has to ask may still read.
    void heard_all(bool in_order) override {
        reader_.read_last(in_order);
        if (in_order && heard_all_ && exchange_open()) {
            last_ = true;
        } else {
            close();
            lose();
        }
    }

  private:
    /// 101: what follows is what was switched to. HTTP/1.0 has no other answers before the final one.
    void inform(std::string_view line, const MessageHead& head) {
        if (head.status != 101) {
            if (minor_ > 0) writer_.head(line, head.fields, {}, Content::none);
            return;
        }
        const auto more = fmt::format("Connection: Upgrade\r\nUpgrade: {}\r\n", head.protocol);
        writer_.head(line, head.fields, more, Content::plain);
        switch_over();
        reader_.switch_over();
        hear({});
    }

    /// Whether no content needs no word (RFC 9112 section 6.3).
    bool may_be_empty(const MessageHead& head) const { return asked_head_ || head.status == 204 || head.status == 304; }

    Content content_of(const MessageHead& head) const {
        if (head.ends || may_be_empty(head)) return Content::none;
        return says_length(head.fields) || minor_ == 0 ? Content::plain : Content::chunked;
    }

    std::string more_for(const MessageHead& head) const {
        const bool empty = head.ends && !may_be_empty(head) && !says_length(head.fields);
        return fmt::format("{}{}", last_ ? "Connection: close\r\n" : "", empty ? "Content-Length: 0\r\n" : "");
    }

    bool may_read_on() const override { return !exchange_open() && !closed_; }

    Framing read_head(std::string_view text) override {
        views_.clear();
        const auto line = parse_request(text, views_);
        const auto known = find_known(views_, false);
        const auto framing = check_request(line, known);
        check_authority(line, known);
        begin_exchange();
        minor_ = line.minor;
        asked_head_ = line.method == "HEAD";
        last_ = line.minor == 0 || lists(views_, "Connection", "close");
        hearer_.head(exchange_, asked(view_of(line, known), std::holds_alternative<NoBody>(framing)));
        return framing;
    }

    MessageHead asked(const RequestView& view, bool ends) const {
        const bool switches = !view.protocol.empty() && lists(views_, "Connection", "upgrade");
        return {.method = std::string(view.method),
                .scheme = std::string(view.scheme),
                .authority = std::string(view.authority),
                .path = std::string(view.path),
                .protocol = std::string(switches ? view.protocol : std::string_view()),
                .fields = owned(views_),
                .ends = ends};
    }

    void read_end(OwnedFields trailers) override {
        if (heard_all_) return;  // given up
        heard_all_ = true;
        hearer_.whole(exchange_, std::move(trailers));
        end_if_over();
    }

    void fail(const BadHead& bad) override {
        cut_short_ = endless_ && !said_all_;
        if (exchange_open()) return lose();
        writer_.raw(reply(bad.status, bad.what));
    }

    int minor_ = 1;
    bool asked_head_ = false;
};

class Client final : public Common {
  public:
    explicit Client(Hearer& hearer) : Common(HeadOf::answer, hearer) {}

    bool may_begin() const override { return !exchange_open() && !closed_ && !last_; }
    void answer(ExchangeId, const MessageHead&) override {}

    ExchangeId ask(const MessageHead& head) override {
        begin_exchange();
        asked_ = {.head = head.method == "HEAD",
                  .connect = head.method == "CONNECT",
                  .upgrade = !head.protocol.empty(),
                  .socket = equals_ignoring_case(head.protocol, "websocket")};
        writer_.head(fmt::format("{} {} HTTP/1.1", head.method, head.path), head.fields, more_for(head),
                     content_of(head));
        if (head.ends) whole(exchange_, {});
        return exchange_;
    }

    void heard_all(bool in_order) override {
        reader_.read_last(in_order);
        close();
        lose();
    }

  private:
    /// A method that expects content says that there is none (RFC 9110 section 8.6).
    static bool must_say_empty(const MessageHead& head) {
        const bool expects = head.method == "POST" || head.method == "PUT" || head.method == "PATCH";
        return head.ends && expects && !says_length(head.fields);
    }

    static std::string more_for(const MessageHead& head) {
        std::string more;
        if (!find_field(head.fields, "Host")) more += fmt::format("Host: {}\r\n", head.authority);
        if (!head.protocol.empty()) more += fmt::format("Connection: Upgrade\r\nUpgrade: {}\r\n", head.protocol);
        if (must_say_empty(head)) more += "Content-Length: 0\r\n";
        return more;
    }

    static Content content_of(const MessageHead& head) {
        if (head.ends) return Content::none;
        return says_length(head.fields) ? Content::plain : Content::chunked;
    }

    bool may_read_on() const override {
        if (heard_all_) throw BadHead{502, "the origin sent octets that answer no request (RFC 9112 section 9.2)"};
        return true;
    }

    Framing read_head(std::string_view text) override {
        views_.clear();
        const auto line = parse_answer(text, views_);
        const auto known = find_known(views_, true);
        auto framing = check_answer(line, known, asked_);
        if (known.coding && !equals_ignoring_case(trimmed(known.coding->value), "chunked")) {
            throw BadHead{502, "a transfer coding other than chunked, which cannot be undone here"};
        }
        informs_ = is_informational(line.status) && line.status != 101;
        const bool endless = std::holds_alternative<UntilClose>(framing);
        if (!informs_) last_ = line.minor == 0 || endless || lists(views_, "Connection", "close");
        if (line.status == 101) framing = UntilClose{};
        if (line.status == 101) switch_over();
        if (line.status == 101) writer_.switch_over();
        hearer_.head(exchange_, {.protocol = std::string(known.upgrade ? known.upgrade->value : std::string_view()),
                                 .status = line.status,
                                 .reason = std::string(line.reason),
                                 .fields = owned(views_),
                                 .ends = !informs_ && std::holds_alternative<NoBody>(framing)});
        return framing;
    }

    void read_end(OwnedFields trailers) override {
        if (std::exchange(informs_, false) || heard_all_) return;
        heard_all_ = true;
        hearer_.whole(exchange_, std::move(trailers));
        end_if_over();
    }

    void fail(const BadHead&) override { lose(); }

    Asked asked_;
    bool informs_ = false;  ///< the answer at hand is not the final one
};

}  // namespace

std::unique_ptr<Speaker> make_speaker(Speaker::Role role, Hearer& hearer) {
    if (role == Speaker::Role::server) return std::make_unique<Server>(hearer);
    return std::make_unique<Client>(hearer);
}

}  // namespace bascule::http::h1
