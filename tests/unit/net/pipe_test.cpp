#include "net/pipe.h"

#include "tests/support/sockets.h"
#include "tests/support/test_loop.h"

using namespace bascule;
using namespace bascule::net;
using namespace bascule::test;

TEST_CASE("a pipe of one octet carries any text to a reader that keeps up") {
    TestLoop test;
    auto [left, right] = make_pipe(test.loop, 1);
    const std::string text(1000, 'x');
    left->push(as_bytes(text));
    left->shutdown_write();
    CHECK(left->pending() == 999);
    auto sent = test.start(drained(*left));
    CHECK(test.run(read_all(*right)) == text);
    test.loop.run_until_idle();
    CHECK(sent.finished());
    CHECK(right->ending() == Ending::fin);
}

TEST_CASE("a full pipe holds the writer back until somebody reads") {
    TestLoop test;
    auto [left, right] = make_pipe(test.loop, 1);
    left->push(as_bytes("ab"));
    auto sent = test.start(drained(*left));
    test.loop.run_until_idle();
    CHECK_FALSE(sent.finished());
    CHECK(left->pending() == 1);
    CHECK(pull_text(*right) == "a");
    test.loop.run_until_idle();
    CHECK(sent.finished());
    CHECK(pull_text(*right) == "b");
}

TEST_CASE("half of a pipe is closed by itself") {
    TestLoop test;
    auto [left, right] = make_pipe(test.loop, 64);
    left->shutdown_write();
    CHECK(right->pull([](ByteView) {}) == Pull::ended);
    CHECK(right->ending() == Ending::fin);
    right->push(as_bytes("still here"));
    CHECK(pull_text(*left) == "still here");
    CHECK(left->ending() == Ending::none);
    CHECK_FALSE(right->broken());
}

TEST_CASE("aborting a pipe resets the other end and wakes both its waits") {
    TestLoop test;
    auto [left, right] = make_pipe(test.loop, 1);
    right->push(as_bytes("too much"));
    auto reading = test.start(read_all(*right));
    auto writing = test.start(drained(*right));
    test.loop.run_until_idle();
    CHECK_FALSE(reading.finished());
    left->abort();
    test.loop.run_until_idle();
    CHECK(reading.finished());
    CHECK(writing.finished());
    CHECK(right->ending() == Ending::reset);
    CHECK(right->broken());
    CHECK(right->pending() == 0);
}

TEST_CASE("an end that is destroyed ends the stream even where it had more to send") {
    TestLoop test;
    auto [left, right] = make_pipe(test.loop, 1);
    left->push(as_bytes("abc"));
    auto reading = test.start(read_all(*right));
    left.reset();
    test.loop.run_until_idle();
    REQUIRE(reading.finished());
    CHECK(reading.take() == "a");
}

TEST_CASE("octets put back come first, in their order") {
    TestLoop test;
    auto [left, right] = make_pipe(test.loop, 64);
    left->push(as_bytes("cd"));
    right->unread(as_bytes("b"));
    right->unread(as_bytes("a"));
    CHECK(pull_text(*right) == "ab");
    CHECK(pull_text(*right) == "cd");
}

TEST_CASE("a pipe can be read in pieces of a chosen size") {
    TestLoop test;
    auto [left, right] = make_pipe(test.loop, 64);
    right->pull_at_most(2);
    left->push(as_bytes("abc"));
    CHECK(pull_text(*right) == "ab");
    CHECK(pull_text(*right) == "c");
    CHECK(right->pull([](ByteView) {}) == Pull::blocked);
}

TEST_CASE("a reader cancelled while it waits leaves the pipe usable") {
    TestLoop test;
    auto [left, right] = make_pipe(test.loop, 64);
    auto reading = test.start(read_all(*right));
    test.loop.run_until_idle();
    reading.cancel();
    left->push(as_bytes("x"));
    left->shutdown_write();
    test.loop.run_until_idle();
    CHECK(test.run(read_all(*right)) == "x");
}
