#include "tls/session/tls_stream.h"

#include "net/relay.h"
#include "net/scratch.h"
#include "tests/support/sockets.h"
#include "tests/support/test_loop.h"
#include "tests/support/tls_peer.h"

#include <malloc.h>

using namespace bascule;
using namespace bascule::tls;
using namespace bascule::test;
using net::Ending;
using net::Pull;
using Kind = HandshakeResult::Kind;
using PeerRole = TlsPeer::Role;

namespace {

const TlsWorld& world() {
    static const TlsWorld made;
    return made;
}

/// Numbered words, so that a loss or a swap shows.
std::string numbered(std::size_t octets) {
    std::string text;
    for (int i = 0; text.size() < octets; ++i) text += std::to_string(i) + ' ';
    text.resize(octets);
    return text;
}

std::unique_ptr<Session> session_before(PeerRole peer) {
    static const ClientLegContexts client_leg(nullptr);
    static const std::unique_ptr<UpstreamContext> upstream = world().upstream_context();
    if (peer == PeerRole::client) {
        auto session = std::make_unique<Session>(client_leg.for_answer({}), Session::Role::server);
        session->show_leaf(world().leaf());
        session->limit(1000, 1000);
        return session;
    }
    auto session = std::make_unique<Session>(context_of(*upstream).get(), Session::Role::client);
    session->expect_name("app.example");
    session->limit(1000, 1000);
    return session;
}

/// A TlsStream of ours and, at the other end of a pipe, OpenSSL alone.
struct Line {
    Line(net::EventLoop& loop, PeerRole role, int version, std::size_t capacity = 64_KiB)
        : peer(role, role == PeerRole::server ? &world().origin : nullptr, version) {
        std::tie(near, wire) = net::make_pipe(loop, capacity);
        stream = std::make_unique<TlsStream>(loop, *near, session_before(role));
    }
    /// A pipe sends what it keeps when it is asked to; a socket does so by itself.
    void step() {
        if (!stalled && wire) peer.go_on(*wire);
        near->flush();
    }

    TlsPeer peer;
    std::unique_ptr<net::PipeEnd> near, wire;
    std::unique_ptr<TlsStream> stream;
    bool stalled = false;
};

struct Talk : TestLoop {
    explicit Talk(PeerRole role, int version = TLS1_3_VERSION, std::size_t capacity = 64_KiB)
        : line(loop, role, version, capacity) {}

    bool until(const std::function<bool()>& condition) {
        for (int i = 0; i < 2'000'000; ++i) {
            line.step();
            loop.turn(false);
            if (condition()) return true;
        }
        return false;
    }
    void settle() {
        for (int i = 0; i < 20; ++i) {
            line.step();
            loop.run_until_idle();
        }
    }
    HandshakeResult shake_hands() {
        auto probe = start(line.stream->handshake());
        REQUIRE(until([&] { return probe.finished(); }));
        return probe.take();
    }
    void connect() {
        REQUIRE(shake_hands().kind == Kind::done);
        REQUIRE(until([&] { return line.peer.ready(); }));
    }
    void push(std::string_view text) {
        line.stream->push(as_bytes(text));
        line.stream->flush();
    }
    TlsStream& stream() { return *line.stream; }
    TlsPeer& peer() { return line.peer; }

    Line line;
};

/// Reads to the end, and tells meanwhile what has come.
net::Task<void> hear(net::Stream& stream, std::string& text) {
    while (true) {
        const auto pulled = stream.pull([&](ByteView octets) { text += as_text(octets); });
        if (pulled == Pull::ended) co_return;
        if (pulled == Pull::blocked) co_await stream.until_readable();
    }
}

net::Task<void> say(net::Stream& stream, std::string text) {
    for (ByteView rest = as_bytes(text); !rest.empty();) {
        const auto piece = rest.first(std::min<std::size_t>(rest.size(), 20'000));
        stream.push(piece);
        rest = rest.subspan(piece.size());
        co_await net::drained(stream);
    }
}

}  // namespace

TEST_CASE("a TLS stream shakes hands through a pipe of one octet, in both roles and versions") {
    Talk talk(GENERATE(PeerRole::client, PeerRole::server), GENERATE(TLS1_2_VERSION, TLS1_3_VERSION), 1);
    talk.line.near->pull_at_most(1);
    talk.connect();
    talk.push("from us");
    talk.peer().say("from the peer");
    std::string heard;
    auto hearing = talk.start(hear(talk.stream(), heard));
    CHECK(talk.until([&] { return heard == "from the peer" && talk.peer().heard == "from us"; }));
}

TEST_CASE("large data passes both ways at once, whatever the pipe holds") {
    const std::size_t capacity = GENERATE(1U, 100U, 65536U);
    Talk talk(GENERATE(PeerRole::client, PeerRole::server), GENERATE(TLS1_2_VERSION, TLS1_3_VERSION), capacity);
    talk.connect();
    const auto text = numbered(capacity == 1 ? 30'000 : 1'000'000);
    talk.peer().say(text);
    std::string heard;
    auto hearing = talk.start(hear(talk.stream(), heard));
    auto saying = talk.start(say(talk.stream(), text));
    CHECK(talk.until([&] { return heard.size() == text.size() && talk.peer().heard.size() == text.size(); }));
    CHECK(heard == text);
    CHECK(talk.peer().heard == text);
}

TEST_CASE("a peer that refuses is told by its alert") {
    Talk talk(PeerRole::client, GENERATE(TLS1_2_VERSION, TLS1_3_VERSION));
    SSL_set_verify(talk.peer().ssl(), SSL_VERIFY_PEER, nullptr);
    const auto result = talk.shake_hands();
    CHECK(result.kind == Kind::alert);
    CHECK(result.alert == SSL_AD_UNKNOWN_CA);
    CHECK_FALSE(result.text.empty());
    CHECK(talk.stream().broken());
}

TEST_CASE("what is refused gets its alert before the stream is given up") {
    Talk talk(PeerRole::server);
    talk.stream().session().expect_name("other.example");
    const auto result = talk.shake_hands();
    CHECK(result.kind == Kind::failed);
    CHECK_FALSE(result.text.empty());
    talk.settle();
    CHECK(talk.peer().alert == SSL_AD_BAD_CERTIFICATE);
    CHECK(talk.stream().ending() == Ending::failed);
}

TEST_CASE("a peer that leaves during the handshake has ended, and how is known") {
    Talk talk(PeerRole::client, TLS1_2_VERSION);
    auto shaking = talk.start(talk.stream().handshake());
    const auto hello = talk.peer().go_on();
    talk.line.wire->push(hello);
    talk.loop.run_until_idle();
    CHECK_FALSE(shaking.finished());
    SECTION("closed") {
        talk.line.wire.reset();
        talk.loop.run_until_idle();
        REQUIRE(shaking.finished());
        CHECK(shaking.take().kind == Kind::ended);
        CHECK(talk.stream().ending() == Ending::truncated);
    }
    SECTION("reset") {
        talk.line.wire->abort();
        talk.loop.run_until_idle();
        REQUIRE(shaking.finished());
        CHECK(shaking.take().kind == Kind::ended);
        CHECK(talk.stream().ending() == Ending::reset);
    }
    SECTION("in order, by a close_notify in the clear") {
        talk.line.wire->push(Bytes{21, 3, 3, 0, 2, 1, 0});
        talk.loop.run_until_idle();
        REQUIRE(shaking.finished());
        const auto result = shaking.take();
        CHECK(result.kind == Kind::ended);
        CHECK(talk.stream().ending() == Ending::close_notify);
    }
}

TEST_CASE("the three ways to end are told apart") {
    Talk talk(PeerRole::client, GENERATE(TLS1_2_VERSION, TLS1_3_VERSION));
    talk.connect();
    talk.peer().say("last words");
    talk.settle();
    std::string heard;
    auto hearing = talk.start(hear(talk.stream(), heard));
    SECTION("close_notify") {
        talk.peer().close();
        CHECK(talk.until([&] { return hearing.finished(); }));
        CHECK(talk.stream().ending() == Ending::close_notify);
        CHECK_FALSE(talk.stream().broken());
    }
    SECTION("FIN without it") {
        talk.line.wire->shutdown_write();
        CHECK(talk.until([&] { return hearing.finished(); }));
        CHECK(talk.stream().ending() == Ending::truncated);
    }
    SECTION("reset") {
        talk.line.wire->abort();
        CHECK(talk.until([&] { return hearing.finished(); }));
        CHECK(talk.stream().ending() == Ending::reset);
        CHECK(talk.stream().broken());
    }
    CHECK(heard == "last words");
}

TEST_CASE("each direction ends by itself") {
    Talk talk(GENERATE(PeerRole::client, PeerRole::server), GENERATE(TLS1_2_VERSION, TLS1_3_VERSION));
    talk.connect();
    std::string heard;
    auto hearing = talk.start(hear(talk.stream(), heard));
    SECTION("after our end the peer is still heard") {
        talk.push("bye");
        talk.stream().shutdown_write();
        CHECK(talk.until([&] { return talk.peer().closed; }));
        CHECK(talk.peer().heard == "bye");
        talk.peer().say("one more thing");
        CHECK(talk.until([&] { return heard == "one more thing"; }));
        talk.peer().close();
        CHECK(talk.until([&] { return hearing.finished(); }));
        CHECK(talk.stream().ending() == Ending::close_notify);
    }
    SECTION("after the peer's end we can still speak") {
        talk.peer().close();
        CHECK(talk.until([&] { return hearing.finished(); }));
        talk.push("one more thing");
        CHECK(talk.until([&] { return talk.peer().heard == "one more thing"; }));
        talk.stream().shutdown_write();
        talk.settle();
        CHECK((SSL_get_shutdown(talk.peer().ssl()) & SSL_RECEIVED_SHUTDOWN) != 0);
    }
}

TEST_CASE("nothing is taken after our end, and the other direction does not suffer from trying") {
    Talk talk(PeerRole::client);
    talk.connect();
    talk.stream().shutdown_write();
    talk.push("too late");
    CHECK(talk.stream().ending() == Ending::none);
    std::string heard;
    auto hearing = talk.start(hear(talk.stream(), heard));
    talk.peer().say("still here");
    CHECK(talk.until([&] { return heard == "still here"; }));
    CHECK(talk.peer().heard.empty());
}

TEST_CASE("what is pushed during a renegotiation follows it, in order, whoever began") {
    const auto role = GENERATE(PeerRole::client, PeerRole::server);
    Talk talk(role, TLS1_2_VERSION, GENERATE(1U, 65536U));
    talk.connect();
    std::string heard;
    auto hearing = talk.start(hear(talk.stream(), heard));
    talk.push("before ");
    talk.peer().renegotiate();
    REQUIRE(talk.until([&] { return talk.stream().session().handshaking(); }));
    CHECK(talk.stream().urgent());
    talk.push("during ");
    talk.push("and ");
    CHECK(talk.stream().pending() >= 11);
    CHECK_FALSE(talk.stream().flush());
    auto sent = talk.start(net::drained(talk.stream()));
    CHECK_FALSE(sent.finished());
    REQUIRE(talk.until([&] { return talk.peer().renegotiations == 1 && sent.finished(); }));
    CHECK_FALSE(talk.stream().urgent());
    talk.push("after");
    talk.peer().say("the same way");
    CHECK(talk.until([&] { return talk.peer().heard.size() == 23 && heard.size() == 12; }));
    CHECK(talk.peer().heard == "before during and after");
    CHECK(heard == "the same way");
    CHECK(talk.stream().session().renegotiations() == 1);
}

TEST_CASE("data that a server sends between its HelloRequest and our ClientHello is heard") {
    Talk talk(PeerRole::server, TLS1_2_VERSION);
    talk.connect();
    std::string heard;
    auto hearing = talk.start(hear(talk.stream(), heard));
    talk.peer().say("before ");
    talk.settle();
    talk.peer().renegotiate();
    talk.peer().say(numbered(100'000));
    CHECK(talk.until([&] { return talk.peer().renegotiations == 1 && heard.size() == 100'007; }));
    CHECK(heard == "before " + numbered(100'000));
}

TEST_CASE("our end during a renegotiation comes after it, and after what was pushed") {
    Talk talk(GENERATE(PeerRole::client, PeerRole::server), TLS1_2_VERSION);
    talk.connect();
    std::string heard;
    auto hearing = talk.start(hear(talk.stream(), heard));
    talk.peer().renegotiate();
    REQUIRE(talk.until([&] { return talk.stream().session().handshaking(); }));
    talk.push("last words");
    talk.stream().shutdown_write();
    CHECK_FALSE(talk.peer().closed);
    CHECK(talk.until([&] { return talk.peer().closed; }));
    CHECK(talk.peer().renegotiations == 1);
    CHECK(talk.peer().heard == "last words");
    talk.peer().say("heard");
    CHECK(talk.until([&] { return heard == "heard"; }));
}

TEST_CASE("who waits to write during a renegotiation is not left waiting when the peer ends") {
    Talk talk(PeerRole::server, TLS1_2_VERSION);
    talk.connect();
    std::string heard;
    auto hearing = talk.start(hear(talk.stream(), heard));
    talk.peer().renegotiate();
    const auto request = talk.peer().go_on();
    talk.line.stalled = true;
    talk.line.wire->push(request);
    REQUIRE(talk.until([&] { return talk.stream().session().handshaking(); }));
    talk.push("never sent");
    auto sent = talk.start(net::drained(talk.stream()));
    talk.settle();
    CHECK_FALSE(sent.finished());
    SECTION("by FIN") {
        talk.line.wire->shutdown_write();
    }
    SECTION("by a reset") {
        talk.line.wire->abort();
    }
    SECTION("by close_notify") {
        talk.peer().close();
        const auto notice = talk.peer().go_on();
        talk.line.wire->push(notice);
    }
    talk.settle();
    CHECK(hearing.finished());
    CHECK(sent.finished());
    CHECK(talk.stream().broken());
}

TEST_CASE("too many renegotiations end the stream with an alert to the peer") {
    Talk talk(PeerRole::client, TLS1_2_VERSION);
    talk.stream().session().limit(1, 0);
    talk.connect();
    std::string heard;
    auto hearing = talk.start(hear(talk.stream(), heard));
    talk.peer().renegotiate();
    REQUIRE(talk.until([&] { return talk.peer().renegotiations == 1; }));
    talk.peer().renegotiate();
    REQUIRE(talk.until([&] { return hearing.finished(); }));
    talk.settle();
    CHECK(talk.stream().ending() == Ending::failed);
    CHECK(talk.stream().broken());
    CHECK(talk.stream().fault() == "too many renegotiations");
    CHECK(talk.stream().session().failure().limit);
    CHECK(talk.peer().alert == SSL_AD_NO_RENEGOTIATION);
}

TEST_CASE("too many key updates end the stream with an alert to the peer") {
    Talk talk(GENERATE(PeerRole::client, PeerRole::server));
    talk.stream().session().limit(0, 3);
    talk.connect();
    std::string heard;
    auto hearing = talk.start(hear(talk.stream(), heard));
    for (int i = 0; i < 4; ++i) {
        CHECK_FALSE(hearing.finished());
        talk.peer().update_keys(false);
        talk.settle();
    }
    CHECK(talk.until([&] { return hearing.finished(); }));
    talk.settle();
    CHECK(talk.stream().fault() == "too many key updates");
    CHECK(talk.peer().alert == SSL_AD_UNEXPECTED_MESSAGE);
}

TEST_CASE("keys are updated a hundred times while data flows both ways") {
    Talk talk(GENERATE(PeerRole::client, PeerRole::server), TLS1_3_VERSION, 1000);
    talk.connect();
    const auto text = numbered(300'000);
    std::string heard;
    auto hearing = talk.start(hear(talk.stream(), heard));
    auto saying = talk.start(say(talk.stream(), text));
    for (std::size_t i = 0; i < 100; ++i) {
        talk.peer().say(text.substr(i * 3000, 3000));
        talk.peer().update_keys(i % 3 != 0);
        talk.line.step();
        talk.loop.turn(false);
    }
    CHECK(talk.until([&] { return heard.size() == text.size() && talk.peer().heard.size() == text.size(); }));
    CHECK(heard == text);
    CHECK(talk.peer().heard == text);
}

TEST_CASE("a stream destroyed in its handshake leaves nothing behind") {
    Talk talk(PeerRole::client);
    {
        auto shaking = talk.start(talk.stream().handshake());
        talk.loop.run_until_idle();
        CHECK_FALSE(shaking.finished());
        shaking.cancel();
        talk.line.stream.reset();
    }
    talk.line.wire->push(as_bytes("too late"));
    talk.loop.run_until_idle();
    CHECK(talk.loop.armed_timers() == 0);
    CHECK(net::Scratch::mine().gather.empty());
    CHECK(net::Scratch::mine().replies.empty());
}

TEST_CASE("records that were never flushed reach neither the next stream's peer nor are they sent later") {
    Talk first(PeerRole::client);
    Talk second(PeerRole::client);
    first.connect();
    second.connect();
    first.stream().push(as_bytes("left behind"));  // and whoever pushed was ended by an exception
    second.push("for the second");
    CHECK(second.until([&] { return !second.peer().heard.empty() || second.peer().failed; }));
    CHECK(second.peer().heard == "for the second");
    second.stream().push(as_bytes(", and more"));
    first.stream().flush();
    second.stream().flush();
    CHECK(second.until([&] { return second.peer().heard.size() > 14 || second.peer().failed; }));
    CHECK(second.peer().heard == "for the second, and more");
}

TEST_CASE("a HelloRequest is answered though the origin never stops talking") {
    Talk talk(PeerRole::server, TLS1_2_VERSION);
    talk.connect();
    talk.settle();
    talk.peer().renegotiate();
    std::string answer;
    std::size_t heard = 0;
    for (int round = 0; round < 1000 && answer.empty(); ++round) {
        talk.peer().say("more and more");
        talk.line.wire->push(talk.peer().go_on());
        REQUIRE(talk.stream().pull([&](ByteView octets) { heard += octets.size(); }) == Pull::data);
        answer = pull_text(*talk.line.wire);
    }
    CHECK_FALSE(answer.empty());
    talk.peer().receive(as_bytes(answer));
    std::string rest;
    auto hearing = talk.start(hear(talk.stream(), rest));
    CHECK(talk.until([&] { return talk.peer().renegotiations == 1; }));
}

namespace {

/// Both legs of an intercepted connection: client -- (server side of ours) relay (client side of ours) -- origin.
struct Bridge : TestLoop {
    Bridge(int version, std::size_t capacity)
        : client(loop, PeerRole::client, version, capacity), origin(loop, PeerRole::server, version, capacity) {
        auto with_client = start(client.stream->handshake());
        auto with_origin = start(origin.stream->handshake());
        REQUIRE(until([&] {
            return with_client.finished() && with_origin.finished() && client.peer.ready() && origin.peer.ready();
        }));
        running.emplace(net::relay(loop, *client.stream, *origin.stream,
                                   {.idle = std::chrono::minutes(5), .half_close = std::chrono::minutes(1)}, nullptr,
                                   traffic));
    }
    bool until(const std::function<bool()>& condition) {
        for (int i = 0; i < 1'000'000; ++i) {
            client.step();
            origin.step();
            loop.turn(false);
            if (condition()) return true;
            if (client.peer.failed || origin.peer.failed || running_ended()) return false;
        }
        return false;
    }
    bool running_ended() const { return running && running->finished(); }
    void settle() {
        for (int i = 0; i < 100; ++i) {
            client.step();
            origin.step();
            loop.turn(false);
        }
    }

    Line client, origin;
    net::Traffic traffic;
    std::optional<Probe<void>> running;
};

/// Says `text` piece by piece, whenever the pipe has taken the last one, and begins `rounds` renegotiations meanwhile.
class Talker {
  public:
    Talker(Line& line, const std::string& text, std::uint64_t rounds) : line_(line), text_(text), rounds_(rounds) {}
    void step(std::uint64_t turn) {
        auto& peer = line_.peer;
        if (line_.stalled || line_.wire->pending() > 0) return;
        if (said_ < text_.size() && peer.ready()) {
            peer.say(std::string_view(text_).substr(said_, 3000));
            said_ += 3000;
        }
        if (!peer.renegotiating && peer.ready() && peer.renegotiations < rounds_ && turn % 3 == 0) peer.renegotiate();
    }
    bool done() const { return said_ >= text_.size() && line_.peer.renegotiations == rounds_; }

  private:
    Line& line_;
    const std::string& text_;
    std::uint64_t rounds_;
    std::size_t said_ = 0;
};

/// Takes all, and notes the order of what it is asked to do.
class Noted final : public net::Stream {
  public:
    Pull pull(Sink) override { return Pull::blocked; }
    void push(ByteView octets) override { calls += fmt::format("push {} ", octets.size()); }
    bool flush() override {
        calls += "flush ";
        return true;
    }
    void shutdown_write() override { calls += "end "; }
    void truncate() override { calls += "cut "; }
    void abort() override { calls += "reset "; }
    void unread(ByteView) override {}
    net::Readiness::Wait until_readable() override { return never_.wait(); }
    net::Readiness::Wait until_writable() override { return never_.wait(); }
    std::size_t pending() const override { return 0; }
    Ending ending() const override { return Ending::none; }
    bool broken() const override { return false; }

    std::string calls;

  private:
    net::Readiness never_{false};
};

}  // namespace

TEST_CASE("an origin's tickets leave no buffer behind") {
    Talk talk(PeerRole::server);
    talk.connect();
    const auto before = mallinfo2().uordblks;  // nothing where a sanitizer has the heap
    std::string heard;
    auto hearing = talk.start(hear(talk.stream(), heard));
    talk.settle();
    CHECK(mallinfo2().uordblks < before + 12_KiB);
}

TEST_CASE("what a peer says last, together with its end, goes on together with that") {
    Talk talk(PeerRole::server, GENERATE(TLS1_2_VERSION, TLS1_3_VERSION));
    talk.connect();
    talk.settle();
    Noted client;
    net::Traffic traffic;
    auto relaying =
        talk.start(net::relay(talk.loop, client, talk.stream(),
                              {.idle = std::chrono::hours(1), .half_close = std::chrono::hours(1)}, nullptr, traffic));
    talk.settle();
    client.calls.clear();
    talk.peer().say("last words");
    Bytes last = talk.peer().go_on();
    talk.peer().close();
    const Bytes end = talk.peer().go_on();
    last.insert(last.end(), end.begin(), end.end());
    talk.line.wire->push(last);
    talk.line.wire->flush();
    talk.loop.run_until_idle();
    CHECK_THAT(client.calls, StartsWith("push 10 end "));
}

TEST_CASE("a hundred renegotiations on each leg lose nothing of what flows both ways, also while a side is stalled") {
    const std::size_t capacity = GENERATE(300U, 65536U);
    const bool stalls = GENERATE(false, true);
    Bridge bridge(TLS1_2_VERSION, capacity);
    const auto up = numbered(900'000);
    const auto down = numbered(1'000'000);
    Talker client(bridge.client, up, 100);
    Talker origin(bridge.origin, down, 100);
    std::uint64_t turn = 0;
    const bool done = bridge.until([&] {
        ++turn;
        bridge.client.stalled = stalls && turn % 50 < 20;
        bridge.origin.stalled = stalls && turn % 70 < 30;
        client.step(turn);
        origin.step(turn);
        return client.done() && origin.done() && bridge.origin.peer.heard.size() == up.size() &&
               bridge.client.peer.heard.size() == down.size();
    });
    INFO("client: " << bridge.client.peer.renegotiations << " renegotiations, heard " << bridge.client.peer.heard.size()
                    << (bridge.client.peer.failed ? ", failed" : ""));
    INFO("origin: " << bridge.origin.peer.renegotiations << " renegotiations, heard " << bridge.origin.peer.heard.size()
                    << (bridge.origin.peer.failed ? ", failed" : ""));
    INFO("client leg: " << bridge.client.stream->fault() << ", origin leg: " << bridge.origin.stream->fault());
    CHECK(done);
    CHECK(bridge.origin.peer.heard == up);
    CHECK(bridge.client.peer.heard == down);
    CHECK(bridge.client.stream->session().renegotiations() == 100);
    CHECK(bridge.origin.stream->session().renegotiations() == 100);
}

TEST_CASE("a bridge passes each leg's close_notify on, and ends when both have come") {
    Bridge bridge(GENERATE(TLS1_2_VERSION, TLS1_3_VERSION), 10);
    bridge.client.peer.say("request");
    bridge.settle();
    bridge.client.peer.close();
    REQUIRE(bridge.until([&] { return bridge.origin.peer.closed; }));
    CHECK(bridge.origin.peer.heard == "request");
    bridge.origin.peer.say("answer");
    bridge.origin.peer.go_on(*bridge.origin.wire);
    bridge.origin.peer.close();
    bridge.until([&] { return bridge.client.peer.closed; });
    bridge.settle();
    CHECK(bridge.client.peer.heard == "answer");
    CHECK(bridge.client.peer.closed);
    CHECK(bridge.running_ended());
    CHECK(bridge.traffic.how == Ending::close_notify);
    CHECK(bridge.traffic.by_first);
}

TEST_CASE("a key update that comes after our close_notify does not end what the peer still sends") {
    TestLoop test;
    auto [left, right] = connected_sockets();
    net::TcpStream lower(test.loop, std::move(left));
    net::TcpStream wire(test.loop, std::move(right));
    TlsPeer peer(PeerRole::client, nullptr);
    TlsStream stream(test.loop, lower, session_before(PeerRole::client));
    const auto step = [&] {
        while (wire.pull([&](ByteView octets) { peer.receive(octets); }) == Pull::data) {
        }
        wire.push(peer.go_on());
        test.loop.turn(false);
    };
    auto shaking = test.start(stream.handshake());
    while (!shaking.finished() || !peer.ready()) step();
    stream.shutdown_write();
    std::string heard;
    auto hearing = test.start(hear(stream, heard));
    for (int i = 0; i < 5; ++i) {
        peer.update_keys(true);
        peer.say("more;");
        for (int turn = 0; turn < 20; ++turn) step();
    }
    CHECK(heard == "more;more;more;more;more;");
    CHECK_FALSE(stream.broken());
    peer.close();
    for (int turn = 0; turn < 20; ++turn) step();
    CHECK(stream.ending() == Ending::close_notify);
}
