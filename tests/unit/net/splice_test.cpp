#include "net/splice.h"

#include "net/relay.h"
#include "tests/support/fd_limit.h"
#include "tests/support/sockets.h"
#include "tests/support/test_loop.h"

#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <thread>

using namespace bascule;
using namespace bascule::net;
using namespace bascule::test;
using namespace std::chrono_literals;

namespace {

std::string numbered(std::size_t octets) {
    std::string text;
    for (int i = 0; text.size() < octets; ++i) text += std::to_string(i) + ' ';
    text.resize(octets);
    return text;
}

/// client <-> (near, far) spliced <-> origin, all of them sockets.
struct Spliced {
    Spliced() : Spliced(connected_sockets(), connected_sockets()) {}
    Spliced(std::pair<UniqueFd, UniqueFd> left, std::pair<UniqueFd, UniqueFd> right)
        : client(std::move(left.first)),
          origin(std::move(right.second)),
          near(test.loop, std::move(left.second)),
          far(test.loop, std::move(right.first)) {
        ::signal(SIGPIPE, SIG_IGN);  // as the daemon does: splice() has no MSG_NOSIGNAL
    }
    void start() { running.emplace(relay(test.loop, near, far, {.idle = 5min, .half_close = 60s}, nullptr, traffic)); }
    bool until(const std::function<bool()>& condition) { return test.turn_until(condition); }

    TestLoop test;
    UniqueFd client, origin;
    TcpStream near, far;
    Traffic traffic;
    std::optional<Probe<void>> running;
};

/// One side of a transfer, as far as it goes without waiting.
void send_more(int fd, std::string_view& rest) {
    while (!rest.empty()) {
        const auto size = ::send(fd, rest.data(), rest.size(), MSG_NOSIGNAL);
        if (size <= 0) return;
        rest.remove_prefix(static_cast<std::size_t>(size));
    }
}
/// False at the end of the stream.
bool receive_more(int fd, std::string& text) {
    std::array<char, 65536> buffer{};
    while (true) {
        const auto size = ::recv(fd, buffer.data(), buffer.size(), 0);
        if (size <= 0) return size < 0 && errno == EAGAIN;
        text.append(buffer.data(), static_cast<std::size_t>(size));
    }
}

void transfer(Spliced& pair, const std::string& up, const std::string& down) {
    std::string_view up_rest = up;
    std::string_view down_rest = down;
    std::string at_origin, at_client;
    CHECK(pair.until([&] {
        send_more(pair.client.get(), up_rest);
        send_more(pair.origin.get(), down_rest);
        receive_more(pair.client.get(), at_client);
        receive_more(pair.origin.get(), at_origin);
        return at_origin.size() == up.size() && at_client.size() == down.size();
    }));
    CHECK(at_origin == up);
    CHECK(at_client == down);
}

}  // namespace

TEST_CASE("splicing carries large data both ways at once") {
    Spliced pair;
    pair.start();
    transfer(pair, numbered(20'000'000), numbered(15'000'001));
    CHECK(pair.traffic.up == 20'000'000);
    CHECK(pair.traffic.down == 15'000'001);
}

TEST_CASE("splicing sends first what had been put back and what had been said before") {
    Spliced pair;
    const auto said = numbered(8'000'000);
    pair.far.push(as_bytes(said));  // more than the socket takes
    REQUIRE(pair.far.pending() > 0);
    const std::string put_back = GENERATE("", "put back, ");
    if (!put_back.empty()) pair.near.unread(as_bytes(put_back));
    ::send(pair.client.get(), "new", 3, MSG_NOSIGNAL);
    pair.start();
    std::string heard;
    const auto expected = said + put_back + "new";
    CHECK(pair.until([&] { return receive_more(pair.origin.get(), heard), heard.size() >= expected.size(); }));
    CHECK(heard == expected);
    CHECK(pair.traffic.up == put_back.size() + 3);
}

TEST_CASE("splicing passes the end of each direction on, and return traffic after it") {
    Spliced pair;
    pair.start();
    ::send(pair.client.get(), "request", 7, MSG_NOSIGNAL);
    ::shutdown(pair.client.get(), SHUT_WR);
    std::string heard;
    CHECK(pair.until([&] { return !receive_more(pair.origin.get(), heard); }));
    CHECK(heard == "request");
    CHECK_FALSE(pair.running->finished());
    ::send(pair.origin.get(), "answer", 6, MSG_NOSIGNAL);
    ::shutdown(pair.origin.get(), SHUT_WR);
    heard.clear();
    CHECK(pair.until([&] { return !receive_more(pair.client.get(), heard); }));
    CHECK(heard == "answer");
    CHECK(pair.until([&] { return pair.running->finished(); }));
    CHECK(pair.traffic.how == Ending::fin);
    CHECK(pair.traffic.by_first);
}

TEST_CASE("splicing passes a reset on as one") {
    Spliced pair;
    pair.start();
    pair.test.loop.run_until_idle();
    reset_socket(std::move(pair.origin));
    CHECK(pair.until([&] { return pair.running->finished(); }));
    CHECK(pair.traffic.how == Ending::reset);
    CHECK_FALSE(pair.traffic.by_first);
    char octet = 0;
    CHECK(::recv(pair.client.get(), &octet, 1, 0) == -1);
    CHECK(errno == ECONNRESET);
}

TEST_CASE("a reset that the writing direction meets first is none the less a reset") {
    Spliced pair;
    pair.start();
    pair.test.loop.run_until_idle();
    // The client's octets are seen before the reset, in the same turn: their write takes the error from the socket.
    ::send(pair.client.get(), "x", 1, MSG_NOSIGNAL);
    reset_socket(std::move(pair.origin));
    CHECK(pair.until([&] { return pair.running->finished(); }));
    CHECK(pair.traffic.how == Ending::reset);
    CHECK_FALSE(pair.traffic.by_first);
}

TEST_CASE("without a descriptor for a pipe a live connection is carried on all the same") {
    // On threads of their own, where no pipe is pooled yet; once without the limit, for what UBSan needs itself.
    const auto carry = [](bool limited) {
        Spliced pair;
        std::optional<NoMoreDescriptors> none;
        if (limited) none.emplace();
        pair.start();
        transfer(pair, numbered(300'000), numbered(200'000));
        CHECK_FALSE(pair.running->finished());
    };
    std::thread(carry, false).join();
    std::thread(carry, true).join();
}

TEST_CASE("a stalled reader of a spliced pair stops the reading on the other side") {
    Spliced pair;
    pair.start();
    const auto text = numbered(64'000'000);
    std::string_view rest = text;
    std::size_t before = 0;
    do {
        before = rest.size();
        send_more(pair.client.get(), rest);
        pair.test.loop.run_until_idle();
    } while (rest.size() < before);
    CHECK_FALSE(rest.empty());
    CHECK(pair.far.pending() == 0);
    std::string heard;
    CHECK(pair.until([&] {
        send_more(pair.client.get(), rest);
        receive_more(pair.origin.get(), heard);
        return heard.size() == text.size();
    }));
    CHECK(heard == text);
}

TEST_CASE("a socket that is never quite empty keeps no more than what it has not sent") {
    TestLoop test;
    auto [left, right] = connected_sockets();
    TcpStream stream(test.loop, std::move(left));
    const Bytes much(16_MiB, 'x');  // more than the kernel takes
    stream.push(much);
    REQUIRE(stream.pending() > 4_MiB);
    const auto resident = [] {
        long total = 0, pages = 0;
        std::ifstream("/proc/self/statm") >> total >> pages;
        return static_cast<std::size_t>(pages * ::sysconf(_SC_PAGESIZE));
    };
    const auto before = resident();
    std::array<char, 65536> buffer{};
    for (std::size_t read = 0; read < 200_MiB;) {
        const auto size = ::recv(right.get(), buffer.data(), buffer.size(), 0);
        if (size > 0) read += static_cast<std::size_t>(size);
        test.loop.turn(false);
        if (stream.pending() < 12_MiB) stream.push(ByteView(much).first(1_MiB));
        REQUIRE(stream.pending() > 0);
    }
    CHECK(resident() < before + 64_MiB);
}
