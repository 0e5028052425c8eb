#pragma once

#include "http/exchanges.h"
#include "http/h1/answer.h"
#include "http/h1/bad_head.h"
#include "http/h1/body_end.h"
#include "http/h1/head_end.h"
#include "http/h1/upgrade.h"
#include "http/walker.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bascule::http {

/// HTTP/1 on one connection, watched (RFC 9112): requests that may be pipelined, and their answers. Heads are held
/// until they are whole and mean one thing only; content passes as it comes. What follows a request that may turn the
/// connection into something else waits for its answer.
class WatchedH1 final : public Walker {
  public:
    enum class Tunnels : std::uint8_t { pass, stop_before };
    /// How much is walked along: all of the connection, or one exchange, after which nothing is admitted.
    enum class Extent : std::uint8_t { connection, exchange };
    explicit WatchedH1(Exchanges& told, Tunnels tunnels = Tunnels::pass, Extent extent = Extent::connection)
        : told_(told), tunnels_(tunnels), extent_(extent) {}

    std::size_t admit(bool up, ByteView octets) override;
    void ended(bool up, bool in_order) override;
    bool all_whole() const override { return waiting_.empty() && !up_.body && !down_.body && !tunnel_; }
    /// It has stopped before a tunnel: what follows 101 or a CONNECT that was granted, but for WebSockets.
    bool tunnel() const { return leaves_ && !up_.body && !http2_; }
    /// It has stopped because both sides go on in HTTP/2, whose first stream is what the client asked; its settings are
    /// there. Null: no.
    const UpgradeToHttp2* http2() const { return leaves_ && !up_.body ? http2_.get() : nullptr; }
    /// Of one exchange: it is whole, or the origin has ended before that, and it is no tunnel.
    bool over() const {
        return extent_ == Extent::exchange && up_.exchange > 0 && !tunnel_ && !fault_ &&
               (all_whole() || down_.finished);
    }
    /// Of one exchange: the request is whole; of the answer the final head has passed; all of it has.
    bool asked() const { return up_.exchange > 0 && !up_.body; }
    bool answer_begun() const { return up_.exchange > 0 && waiting_.empty(); }
    bool answered() const { return answer_begun() && !answering_; }
    bool in_head(bool up) const override { return !tunnel_ && !way(up).body && !(up && answers_to_come()); }
    const std::optional<Fault>& fault() const override { return fault_; }
    std::string last_words(const Fault& fault, bool to_client) const override;

  private:
    /// A request whose answer is to come.
    struct Waiting {
        ExchangeId exchange;
        Asked asked;
    };
    struct Way {
        HeadEnd head;
        std::optional<BodyEnd> body;  ///< of the message that is passing
        std::size_t held = 0;         ///< octets that `body` has taken and that did not pass: of trailers
        ExchangeId exchange = 0;      ///< the newest
        bool finished = false;        ///< nothing follows
    };

    Way& way(bool up) { return up ? up_ : down_; }
    const Way& way(bool up) const { return up ? up_ : down_; }
    std::size_t step(bool up, ByteView octets);
    std::size_t take_body(bool up, ByteView octets);
    void end_body(bool up);
    std::size_t hold_trailers(bool up, std::size_t more);
    void tell_trailers(bool up, const std::string& lines);
    std::size_t take_request(ByteView octets);
    std::size_t take_answer(ByteView octets);
    void read_request(std::string_view text);
    void read_answer(std::string_view text);
    void read_unasked(std::string_view text);
    std::size_t take_unasked(ByteView octets);
    void agree_on_http2(const KnownFields& known);
    void begin_body(bool up, Framing framing);
    void refuse(bool up, BadHead bad, ByteView octets);
    void break_off(bool up, std::string what);
    bool must_wait() const;
    bool answers_to_come() const { return !down_.finished && (!waiting_.empty() || answering_); }
    void tell_later();
    void check_finished(bool up) const;

    Exchanges& told_;
    Tunnels tunnels_;
    Extent extent_;
    Way up_{.head = HeadEnd(HeadOf::request), .body = {}};
    Way down_{.head = HeadEnd(HeadOf::answer), .body = {}};
    std::vector<Waiting> waiting_;
    std::unique_ptr<UpgradeToHttp2> http2_;  ///< asked for by the newest request; after 101: agreed on
    std::unique_ptr<BodyEnd> unasked_;       ///< the origin has said an unasked 408, of which this is the content
    bool answering_ = false;                 ///< a part of an answer has been passed on
    bool blank_ = false;                     ///< an empty line has passed before the next request
    bool leaves_ = false;                    ///< what follows is for another to walk along
    bool tunnel_ = false;                    ///< what passes is not HTTP any more
    std::optional<Fault> fault_;
    std::optional<Fault> later_;  ///< of the client, once all before it is answered
};

}  // namespace bascule::http
