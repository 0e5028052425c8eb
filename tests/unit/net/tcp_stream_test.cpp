#include "net/tcp_stream.h"

#include "tests/support/sockets.h"
#include "tests/support/test_loop.h"

#include <sys/socket.h>

using namespace bascule;
using namespace bascule::net;
using namespace bascule::test;

namespace {

/// A stream under test and, at the other end, a bare socket that does exactly what it is told.
struct Wire {
    Wire() : Wire(connected_sockets()) {}
    explicit Wire(std::pair<UniqueFd, UniqueFd> ends)
        : stream(test.loop, std::move(ends.first)), peer(std::move(ends.second)) {}

    void peer_sends(std::string_view text) {
        if (::send(peer.get(), text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size())) {
            throw Error("send: {}", errno_text(errno));
        }
    }
    /// What the peer can read now: "" at the end, nothing where it would block; errno tells of a reset.
    std::optional<std::string> peer_reads() {
        std::string text(65536, '\0');
        const ssize_t size = ::recv(peer.get(), text.data(), text.size(), 0);
        if (size < 0) return std::nullopt;
        text.resize(static_cast<std::size_t>(size));
        return text;
    }
    bool peer_was_reset() { return !peer_reads() && errno == ECONNRESET; }

    TestLoop test;
    TcpStream stream;
    UniqueFd peer;
};

/// 8 MiB that differ at every place that matters.
std::string large_text() {
    std::string text(8 << 20, '\0');
    for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * 2654435761U >> 24);
    return text;
}

Task<void> send_in_pieces(Stream& stream, std::string_view text, std::size_t piece, std::size_t& most_pending) {
    while (!text.empty()) {
        stream.push(as_bytes(text.substr(0, piece)));
        most_pending = std::max(most_pending, stream.pending());
        co_await drained(stream);
        text.remove_prefix(std::min(piece, text.size()));
    }
    stream.shutdown_write();
}

}  // namespace

TEST_CASE("a reader of a TCP stream goes on when data come") {
    Wire wire;
    auto reading = wire.test.start(read_exactly(wire.stream, 5));
    wire.test.loop.run_until_idle();
    CHECK_FALSE(reading.finished());
    wire.peer_sends("hello");
    REQUIRE(wire.test.turn_until([&] { return reading.finished(); }));
    CHECK(reading.take() == "hello");
    CHECK(wire.stream.ending() == Ending::none);
}

TEST_CASE("each direction of a TCP stream is closed by itself") {
    Wire wire;
    SECTION("the peer's first") {
        ::shutdown(wire.peer.get(), SHUT_WR);
        CHECK(wire.test.run(read_all(wire.stream)).empty());
        CHECK(wire.stream.ending() == Ending::fin);
        CHECK_FALSE(wire.stream.broken());
        wire.stream.push(as_bytes("after your end"));
        CHECK(wire.peer_reads() == "after your end");
    }
    SECTION("ours first") {
        wire.stream.push(as_bytes("last words"));
        wire.stream.shutdown_write();
        CHECK(wire.peer_reads() == "last words");
        CHECK(wire.peer_reads() == "");
        wire.peer_sends("reply");
        ::shutdown(wire.peer.get(), SHUT_WR);
        CHECK(wire.test.run(read_all(wire.stream)) == "reply");
        CHECK(wire.stream.ending() == Ending::fin);
    }
}

TEST_CASE("a FIN that comes together with data is not lost") {
    Wire wire;
    SECTION("before the stream was ever looked at") {
        wire.peer_sends("data");
        ::shutdown(wire.peer.get(), SHUT_WR);
        CHECK(wire.test.run(read_all(wire.stream)) == "data");
    }
    SECTION("while a reader waits") {
        auto reading = wire.test.start(read_all(wire.stream));
        wire.test.loop.run_until_idle();
        wire.peer_sends("data");
        ::shutdown(wire.peer.get(), SHUT_WR);
        REQUIRE(wire.test.turn_until([&] { return reading.finished(); }));
        CHECK(reading.take() == "data");
    }
    CHECK(wire.stream.ending() == Ending::fin);
}

TEST_CASE("a reset is seen by the one who reads") {
    Wire wire;
    auto reading = wire.test.start(read_all(wire.stream));
    wire.test.loop.run_until_idle();
    reset_socket(std::move(wire.peer));
    REQUIRE(wire.test.turn_until([&] { return reading.finished(); }));
    CHECK(wire.stream.ending() == Ending::reset);
    CHECK(wire.stream.broken());
}

TEST_CASE("a reset that comes together with data is not lost") {
    Wire wire;
    auto reading = wire.test.start(read_all(wire.stream));
    wire.test.loop.run_until_idle();
    wire.peer_sends("data");
    reset_socket(std::move(wire.peer));
    REQUIRE(wire.test.turn_until([&] { return reading.finished(); }));
    CHECK(wire.stream.ending() == Ending::reset);
}

TEST_CASE("a large transfer arrives whole though its reader is slow, and no more waits here than was pushed at once") {
    Wire wire;
    const std::string text = large_text();
    constexpr std::size_t kPiece = 65536;
    std::size_t most_pending = 0;
    auto sending = wire.test.start(send_in_pieces(wire.stream, text, kPiece, most_pending));
    std::string got;
    const bool done = wire.test.turn_until([&] {
        const auto some = wire.peer_reads();
        if (some) got += *some;
        return some && some->empty();
    });
    CHECK(done);
    CHECK(sending.finished());
    CHECK(got == text);
    CHECK(most_pending > 0);
    CHECK(most_pending <= kPiece);
}

TEST_CASE("a large transfer is read whole") {
    Wire wire;
    const std::string text = large_text();
    auto reading = wire.test.start(read_all(wire.stream));
    std::size_t sent = 0;
    const bool done = wire.test.turn_until([&] {
        const ssize_t size = ::send(wire.peer.get(), text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
        if (size > 0) sent += static_cast<std::size_t>(size);
        if (sent == text.size()) ::shutdown(wire.peer.get(), SHUT_WR);
        return reading.finished();
    });
    REQUIRE(done);
    CHECK(reading.take() == text);
}

TEST_CASE("a FIN that is asked for follows what is still to be sent") {
    Wire wire;
    const std::string text = large_text();
    wire.stream.push(as_bytes(text));
    wire.stream.shutdown_write();
    CHECK(wire.stream.pending() > 0);
    auto sending = wire.test.start(drained(wire.stream));
    std::size_t got = 0;
    const bool done = wire.test.turn_until([&] {
        const auto some = wire.peer_reads();
        if (some) got += some->size();
        return some && some->empty();
    });
    CHECK(done);
    CHECK(got == text.size());
    CHECK(sending.finished());
}

TEST_CASE("octets put back into a TCP stream come first, in their order") {
    Wire wire;
    wire.peer_sends("cd");
    wire.stream.unread(as_bytes("b"));
    wire.stream.unread(as_bytes("a"));
    CHECK(wire.test.run(read_exactly(wire.stream, 4)) == "abcd");
}

TEST_CASE("aborting a TCP stream resets the peer at once and drops what was not sent") {
    Wire wire;
    const std::string text = large_text();
    wire.stream.push(as_bytes(text));
    auto reading = wire.test.start(read_all(wire.stream));
    wire.test.loop.run_until_idle();
    wire.stream.abort();
    CHECK(wire.stream.pending() == 0);
    CHECK(wire.stream.broken());
    CHECK(wire.stream.ending() == Ending::reset);
    CHECK(wire.test.turn_until([&] { return wire.peer_was_reset(); }));
    // Who waits to read learns of it as well.
    CHECK(wire.test.turn_until([&] { return reading.finished(); }));
}

TEST_CASE("pushing to a peer that has reset breaks the stream without a signal") {
    Wire wire;
    reset_socket(std::move(wire.peer));
    wire.stream.push(as_bytes("x"));
    wire.test.loop.run_until_idle();
    wire.stream.push(as_bytes("y"));
    CHECK(wire.stream.broken());
    CHECK(wire.stream.pending() == 0);
    CHECK(wire.stream.flush());
}

TEST_CASE("gone() tells of a reset, not of data and not of a FIN") {
    Wire wire;
    auto gone = wire.test.start(wire.stream.gone(false));
    wire.test.loop.run_until_idle();
    wire.peer_sends("data");
    ::shutdown(wire.peer.get(), SHUT_WR);
    wire.test.loop.run_until_idle();
    CHECK_FALSE(gone.finished());
    reset_socket(std::move(wire.peer));
    wire.stream.push(as_bytes("x"));
    CHECK(wire.test.turn_until([&] { return gone.finished(); }));
    CHECK(wire.stream.broken());
}

TEST_CASE("gone() tells of a FIN where a FIN counts, and leaves the data to be read") {
    Wire wire;
    auto gone = wire.test.start(wire.stream.gone(true));
    wire.peer_sends("data");
    wire.test.loop.run_until_idle();
    CHECK_FALSE(gone.finished());
    ::shutdown(wire.peer.get(), SHUT_WR);
    CHECK(wire.test.turn_until([&] { return gone.finished(); }));
    CHECK(wire.test.run(read_all(wire.stream)) == "data");
    CHECK(wire.stream.ending() == Ending::fin);
}

TEST_CASE("gone() tells of what had happened before it was asked") {
    Wire wire;
    wire.test.loop.run_until_idle();
    reset_socket(std::move(wire.peer));
    wire.test.loop.run_until_idle();
    CHECK(wire.test.start(wire.stream.gone(false)).finished());
}

TEST_CASE("gone() tells of a reset that came together with data") {
    Wire wire;
    auto reading = wire.test.start(read_exactly(wire.stream, 9));
    wire.test.loop.run_until_idle();
    wire.peer_sends("a request");
    reset_socket(std::move(wire.peer));
    REQUIRE(wire.test.turn_until([&] { return reading.finished(); }));
    wire.test.loop.run_until_idle();  // whether a reset came with them is looked for now
    CHECK(wire.test.start(wire.stream.gone(false)).finished());
    CHECK(wire.stream.ending() == Ending::reset);
}

TEST_CASE("waits of a TCP stream can be cancelled, and a destroyed stream is not watched") {
    TestLoop test;
    const auto before = test.loop.watched();
    {
        auto ends = connected_sockets();
        TcpStream stream(test.loop, std::move(ends.first));
        CHECK(test.loop.watched() == before + 1);
        {
            auto reading = test.start(read_all(stream));
            auto gone = test.start(stream.gone(true));
            test.loop.run_until_idle();
        }
        ::shutdown(ends.second.get(), SHUT_WR);
        test.loop.run_until_idle();
        CHECK(test.run(read_all(stream)).empty());
    }
    CHECK(test.loop.watched() == before);
}

TEST_CASE("a descriptor's number may be used again in the same turn") {
    TestLoop test;
    for (int i = 0; i < 20; ++i) {
        auto ends = connected_sockets();
        TcpStream stream(test.loop, std::move(ends.first));
        auto reading = test.start(read_all(stream));
        if (i % 2 == 0) continue;  // closed before the loop has seen it
        test.loop.turn(false);
        ::send(ends.second.get(), "x", 1, MSG_NOSIGNAL);
        ends.second.reset();
        REQUIRE(test.turn_until([&] { return reading.finished(); }));
        CHECK(reading.take() == "x");
    }
}
