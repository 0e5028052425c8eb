#include "proxy/http/act/acting.h"

#include "base/text.h"
#include "http/h2/frame.h"
#include "net/pipe.h"
#include "net/task/deadline.h"
#include "proxy/http/act/facts.h"
#include "proxy/http/act/own_message.h"
#include "proxy/http/act/way.h"
#include "proxy/http/exchange_book.h"
#include "proxy/http/first_request.h"
#include "proxy/http/watch.h"
#include "proxy/http/watched_relay.h"
#include "proxy/opening.h"

#include <unordered_map>
#include <utility>

namespace bascule::proxy {
namespace {

using http::ExchangeId;
using http::MessageHead;
using http::OwnedFields;
using http::Speaker;

constexpr std::size_t kPipe = 64_KiB;
constexpr std::size_t kAtOnce = 64_KiB;
constexpr unsigned kPullsPerTurn = 4;
constexpr auto kCancel = static_cast<std::uint32_t>(http::h2::Code::cancel);
constexpr auto kRefused = static_cast<std::uint32_t>(http::h2::Code::refused_stream);
constexpr auto kInternal = static_cast<std::uint32_t>(http::h2::Code::internal_error);

/// What is under way on one connection.
class Acting {
  public:
    Acting(Connection& connection, net::Stream& client, net::Stream& upstream)
        : connection_(connection),
          rules_(*connection.policy->config().messages),
          client_(*this, client, Speaker::Role::server),
          upstream_(*this, upstream, Speaker::Role::client),
          paced_(connection.loop) {}

    net::Task<void> run() { co_await net::any_of(speak(), listen()); }

  private:
    struct Exchange {
        ExchangeId id;  ///< the client's
        std::string method;
        Way request, answer;
        std::vector<std::uint32_t> later;  ///< rules that may act on the answer
        bool waits = false;                ///< for the upstream leg to take another exchange
        MessageHead asked;                 ///< while it waits
        ContentPlan plan;                  ///< likewise
    };

    /// One leg: hears for us what its peer says.
    struct Leg final : http::Hearer {
        Leg(Acting& acting, net::Stream& octets, Speaker::Role role)
            : all(acting), stream(octets), stirred(acting.connection_.loop), used(acting.connection_.loop) {
            speaker = all.is_http2() ? http::h2::make_speaker(role, *this) : http::h1::make_speaker(role, *this);
            server = role == Speaker::Role::server;
        }
        void head(ExchangeId id, MessageHead head) override {
            server ? all.hear_request(id, std::move(head)) : all.hear_answer(id, std::move(head));
        }
        void content(ExchangeId id, ByteView octets) override { all.hear_content(*this, id, octets); }
        void whole(ExchangeId id, OwnedFields trailers) override { all.hear_whole(*this, id, std::move(trailers)); }
        void sent(ExchangeId id, std::size_t octets) override { all.hear_sent(*this, id, octets); }
        void given_up(ExchangeId id, std::uint32_t code, bool) override { all.hear_given_up(*this, id, code); }
        void no_more() override { all.hear_no_more(*this); }

        Acting& all;
        net::Stream& stream;
        net::Event stirred;  ///< there may be something to say
        net::Event used;     ///< it may be worth hearing more
        std::unique_ptr<Speaker> speaker;
        bool server = false;
    };

    bool is_http2() const { return connection_.record.alpn == "h2"; }
    Leg& other(const Leg& leg) { return leg.server ? upstream_ : client_; }
    net::Time now() const { return connection_.loop.now(); }

    void stir() {
        for (auto* leg : {&client_, &upstream_}) {
            leg->stirred.set();
            leg->used.set();
        }
    }

    // --- The streams of both legs

    net::Task<void> hear(Leg& leg) {
        bool ended = false;
        unsigned pulls = 0;
        while (!ended) {
            leg.used.reset();
            if (!leg.speaker->may_hear()) {
                co_await leg.used.wait();
                continue;
            }
            const auto pulled = leg.stream.pull([&](ByteView octets) { hear(leg, octets); });
            stir();
            if (pulled == net::Pull::blocked) co_await leg.stream.until_readable();
            if (++pulls % kPullsPerTurn == 0) co_await connection_.loop.yield();
            ended = pulled == net::Pull::ended;
        }
        leg.speaker->heard_all(net::in_order(leg.stream.ending()));
        stir();
    }

    static void hear(Leg& leg, ByteView octets) {
        if (!leg.speaker->hear(octets)) leg.speaker->heard_all(false);
    }

    net::Task<void> say(Leg& leg) {
        while (!leg.speaker->done()) {
            leg.stirred.reset();
            if (!push_some(leg)) {
                co_await leg.stirred.wait();
                continue;
            }
            co_await net::drained(leg.stream);
            if (leg.stream.broken()) co_return;
        }
        leg.speaker->cut_short() ? leg.stream.abort() : leg.stream.shutdown_write();
        co_await net::drained(leg.stream);
        other(leg).speaker->finish();
        stir();
    }

    net::Task<void> speak() { co_await net::all_of(say(client_), say(upstream_)); }

    static bool push_some(Leg& leg) {
        thread_local Bytes octets;
        octets.clear();
        leg.speaker->output(octets, kAtOnce);
        leg.stream.push(octets);
        return !octets.empty();
    }

    net::Task<void> listen() {
        co_await net::all_of(hear(client_), hear(upstream_), keep_pace());
        co_await connection_.loop.wait_until(net::Time::max());
    }

    /// What has to wait for a time goes on at that time.
    net::Task<void> keep_pace() {
        while (true) {
            paced_.reset();
            auto next = net::Time::max();
            for (const auto& [id, exchange] : open_) next = std::min(next, due(*exchange));
            co_await net::any_of(connection_.loop.sleep_until(next), paced_.happened());
            go_on_where_due();
        }
    }

    static net::Time due(const Exchange& exchange) { return std::min(exchange.request.due(), exchange.answer.due()); }

    void note_pace(const Exchange& exchange) {
        if (due(exchange) != net::Time::max()) paced_.set();
    }

    void go_on_where_due() {
        std::vector<ExchangeId> those;
        for (const auto& [id, exchange] : open_) {
            if (due(*exchange) <= now()) those.push_back(id);
        }
        for (const auto id : those) {
            auto* exchange = find(id);
            if (!exchange) continue;
            exchange->request.go_on(now());
            exchange->answer.go_on(now());
            settle(*exchange);
        }
        if (!those.empty()) stir();
    }

    // --- What is heard

    Exchange* find(ExchangeId id) {
        const auto found = open_.find(id);
        return found == open_.end() ? nullptr : found->second.get();
    }
    Exchange* find_upstream(ExchangeId id) {
        const auto found = by_upstream_.find(id);
        return found == by_upstream_.end() ? nullptr : find(found->second);
    }
    Exchange* find(const Leg& leg, ExchangeId id) { return leg.server ? find(id) : find_upstream(id); }
    static Way& from(const Leg& leg, Exchange& exchange) { return leg.server ? exchange.request : exchange.answer; }
    static Way& towards(const Leg& leg, Exchange& exchange) { return leg.server ? exchange.answer : exchange.request; }

    void note(ExchangeId id, std::vector<std::string> did) {
        if (auto* book = connection_.http_watch->book()) book->did(id, std::move(did));
    }

    void hear_request(ExchangeId id, MessageHead head) {
        Exchange made{.id = id,
                      .method = head.method,
                      .request = Way(Way::Of::request, {client_.speaker.get(), id}),
                      .answer = Way(Way::Of::answer, {}),
                      .later = {},
                      .asked = {},
                      .plan = {}};
        auto& exchange = *open_.emplace(id, std::make_unique<Exchange>(std::move(made))).first->second;
        if (head.method == "CONNECT" && head.protocol.empty()) {
            return say_here(exchange, plain_answer(501, "There is no CONNECT within a connection here.\n"));
        }
        if (!equals_ignoring_case(head.protocol, "websocket")) head.protocol.clear();
        if (head.authority.empty()) head.authority = connection_.server_name;  // HTTP/1.0 may say none
        const RequestFactsOf facts(head, connection_.client_tls ? "https" : "http");
        auto verdict = rules_.judge(connection_.facts(), facts.facts());
        exchange.later = std::move(verdict.later);
        auto done = apply(rules_, verdict.deeds, head, connection_.record.id);
        note(id, std::move(done.did));
        if (done.instead) return say_here(exchange, *std::move(done.instead));
        exchange.asked = std::move(head);
        exchange.plan = done.plan;
        exchange.waits = true;
        ++waiting_;
        ask_what_waits();
    }

    void ask_what_waits() {
        if (waiting_ == 0) return;
        for (auto& [id, exchange] : open_) {
            if (exchange->waits && upstream_.speaker->may_begin()) ask(*exchange);
        }
    }

    void wait_no_more(Exchange& exchange) {
        if (std::exchange(exchange.waits, false)) --waiting_;
    }

    void ask(Exchange& exchange) {
        wait_no_more(exchange);
        exchange.request.lead({upstream_.speaker.get(), 0}, std::exchange(exchange.asked, {}), exchange.plan, now());
        note_asked(exchange);
        note_pace(exchange);
    }

    /// Its number upstream is known once it has been asked.
    void note_asked(Exchange& exchange) {
        const auto upstream = exchange.request.to().exchange;
        if (!exchange.request.head_said() || exchange.answer.led() || by_upstream_.contains(upstream)) return;
        by_upstream_[upstream] = exchange.id;
        exchange.answer = Way(Way::Of::answer, {upstream_.speaker.get(), upstream});
    }

    void hear_answer(ExchangeId id, MessageHead head) {
        auto* exchange = find_upstream(id);
        if (!exchange) return;
        if (http::is_informational(head.status)) return inform(*exchange, head);
        const ResponseFactsOf facts(head);
        auto verdict = rules_.judge(exchange->later, facts.facts());
        auto done = apply(rules_, verdict.deeds, head, connection_.record.id);
        note(exchange->id, std::move(done.did));
        if (done.instead) {
            upstream_.speaker->give_up(id, kCancel);
            by_upstream_.erase(id);
            return say_here(*exchange, *std::move(done.instead));
        }
        exchange->answer.lead({client_.speaker.get(), exchange->id}, std::move(head), done.plan, now());
        settle(*exchange);
    }

    void inform(Exchange& exchange, const MessageHead& head) {
        client_.speaker->answer(exchange.id, head);
        if (head.status != 101) return;
        exchange.request.reopen();
        exchange.answer.lead_on({client_.speaker.get(), exchange.id});
    }

    void hear_content(const Leg& leg, ExchangeId id, ByteView octets) {
        auto* exchange = find(leg, id);
        if (!exchange) return leg.speaker->used(id, octets.size());
        from(leg, *exchange).content(octets, now());
        settle(*exchange);
    }

    void hear_whole(const Leg& leg, ExchangeId id, OwnedFields trailers) {
        auto* exchange = find(leg, id);
        if (!exchange) return;
        from(leg, *exchange).whole(std::move(trailers), now());
        settle(*exchange);
    }

    void hear_sent(const Leg& leg, ExchangeId id, std::size_t octets) {
        auto* exchange = find(leg, id);
        if (!exchange) return;
        towards(leg, *exchange).sent(octets);
        settle(*exchange);
        stir();
    }

    void hear_given_up(const Leg& leg, ExchangeId id, std::uint32_t code) {
        auto* exchange = find(leg, id);
        if (!exchange) return;
        if (leg.server) {
            if (exchange->request.head_said()) upstream_.speaker->give_up(exchange->request.to().exchange, code);
            forget(*exchange);
        } else {
            lose(*exchange, code);
        }
    }

    /// The origin does not answer, or not to the end.
    void lose(Exchange& exchange, std::uint32_t code) {
        by_upstream_.erase(exchange.request.to().exchange);
        if (exchange.answer.over()) {  // the rest of the request is not wanted (RFC 9113 section 8.1)
            exchange.request.drop();
            return settle(exchange);
        }
        if (!exchange.answer.head_said() && code == http::kConnectionLost) {
            return say_here(exchange, plain_answer(502, "The origin gave no answer that can be passed on.\n"));
        }
        client_.speaker->give_up(exchange.id, code == http::kConnectionLost ? kInternal : code);
        forget(exchange);
    }

    void hear_no_more(const Leg& leg) {
        if (!leg.server) {
            for (auto* exchange : waiting()) refuse(*exchange);
        }
        other(leg).speaker->finish();
        stir();
    }

    /// It was not asked, and may be elsewhere.
    void refuse(Exchange& exchange) {
        if (is_http2()) {
            client_.speaker->give_up(exchange.id, kRefused);
            forget(exchange);
        } else {
            say_here(exchange, plain_answer(502, "The origin takes no more requests on this connection.\n"));
        }
    }

    std::vector<Exchange*> waiting() {
        std::vector<Exchange*> those;
        for (auto& [id, exchange] : open_) {
            if (exchange->waits) those.push_back(exchange.get());
        }
        return those;
    }

    // --- What is said by us

    /// What is left of the request is of no use.
    void say_here(Exchange& exchange, OwnMessage message) {
        wait_no_more(exchange);
        exchange.request.drop();
        const bool head_only = exchange.method == "HEAD";
        if (head_only) message.content.reset();
        message.head.ends = message.head.ends || head_only;
        exchange.answer = Way(Way::Of::answer, {});
        exchange.answer.say({client_.speaker.get(), exchange.id}, std::move(message), now());
        settle(exchange);
    }

    /// An exchange that is over is forgotten, one that a rule breaks off is given up.
    void settle(Exchange& exchange) {
        note_asked(exchange);
        note_pace(exchange);
        if (exchange.request.breaks_off() || exchange.answer.breaks_off()) {
            if (exchange.request.head_said()) upstream_.speaker->give_up(exchange.request.to().exchange, kCancel);
            client_.speaker->give_up(exchange.id, kInternal);
            forget(exchange);
        } else if (exchange.request.over() && exchange.answer.over()) {
            forget(exchange);
            ask_what_waits();
        }
    }

    void forget(Exchange& exchange) {
        wait_no_more(exchange);
        exchange.request.drop();
        exchange.answer.drop();
        by_upstream_.erase(exchange.request.to().exchange);
        open_.erase(exchange.id);
    }

    Connection& connection_;
    const rules::MessageRules& rules_;
    std::unordered_map<ExchangeId, std::unique_ptr<Exchange>> open_;
    std::unordered_map<ExchangeId, ExchangeId> by_upstream_;
    Leg client_, upstream_;
    net::Event paced_;
    std::size_t waiting_ = 0;  ///< exchanges that wait
};

net::Task<void> act(Connection& connection, net::Stream& client, net::Stream& upstream) {
    Acting acting(connection, client, upstream);
    co_await acting.run();
}

/// Whether the client speaks first, and HTTP.
net::Task<bool> client_asks(net::Stream& client, net::Stream& upstream) {
    const auto first = co_await net::any_of(begins_with_request(client), first_bytes(upstream));
    co_return first.index() == 0 && std::get<0>(first);
}

/// Who answers last is not the first to leave.
net::Task<void> act_and_stay(Connection& connection, net::Stream& client, net::Stream& upstream) {
    co_await act(connection, client, upstream);
    co_await connection.loop.wait_until(net::Time::max());
}

}  // namespace

bool is_acted_on(const Connection& connection) {
    const auto& rules = *connection.policy->config().messages;
    return is_inspected(connection) && rules.may_match(connection.facts()) != rules::Reach::none;
}

net::Task<bool> is_to_be_acted_on(const Connection& connection, net::Stream& client, net::Stream& upstream) {
    if (!is_acted_on(connection)) co_return false;
    const auto& alpn = connection.record.alpn;
    if (!alpn.empty()) co_return alpn == "h2" || alpn.starts_with("http/1.");
    const auto until = connection.loop.now() + connection.timeouts().idle;
    const auto asks = co_await net::with_deadline(connection.loop, until, client_asks(client, upstream));
    co_return asks.value_or(false);
}

net::Task<void> relay_acted(Connection& connection, net::Stream& client, net::Stream& upstream) {
    const auto [near, far] = net::make_pipe(connection.loop, kPipe);
    co_await net::all_of(relay_watched(connection, client, *near), act(connection, *far, upstream));
}

net::Task<void> relay_exchange_acted(Connection& connection, net::Stream& client, net::Stream& upstream) {
    const auto [near, far] = net::make_pipe(connection.loop, kPipe);
    co_await net::any_of(relay_exchange_watched(connection, client, *near), act_and_stay(connection, *far, upstream));
}

}  // namespace bascule::proxy
