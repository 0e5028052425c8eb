#include "base/text.h"

#include "base/bytes.h"
#include "base/duration.h"
#include "tests/support/catch.h"

#include <array>

using namespace bascule;
using namespace std::chrono_literals;

TEST_CASE("durations have one unit") {
    CHECK(parse_duration("250ms") == Duration(250ms));
    CHECK(parse_duration("10s") == Duration(10s));
    CHECK(parse_duration("5m") == Duration(5min));
    CHECK(parse_duration("30d") == Duration(720h));
    for (const auto* text : {"", "10", "s", "-1s", "1.5s", "10 s", "1m30s", "99999999999999999999s", "9999999999d"}) {
        INFO(text);
        CHECK_FALSE(parse_duration(text));
    }
    CHECK(format_duration(90s) == "90s");
    CHECK(format_duration(300s) == "5m");
    CHECK(format_duration(300ms) == "300ms");
}

TEST_CASE("sizes are binary") {
    CHECK(parse_size("512") == 512);
    CHECK(parse_size("64KiB") == 65536);
    CHECK(parse_size("1MiB") == 1048576);
    CHECK_FALSE(parse_size("64KB"));
    CHECK_FALSE(parse_size("99999999999GiB"));
}

TEST_CASE("what a peer sent cannot forge a log line") {
    CHECK(escape("a\r\nb\x1b[31m\"\\") == "a\\r\\nb\\x1b[31m\\\"\\\\");
    CHECK(escape("\xff") == "\\xff");
}

TEST_CASE("a near miss is suggested, a far one is not") {
    constexpr std::array<std::string_view, 3> keys{"verify", "trust", "minimum_version"};
    CHECK(closest("verfy", keys) == "verify");
    CHECK(closest("vreify", keys) == "verify");
    CHECK(closest("minimum-version", keys) == "minimum_version");
    CHECK_FALSE(closest("colour", keys));
}

TEST_CASE("times are RFC 3339 in UTC") {
    CHECK(format_time(WallTime(std::chrono::microseconds(1'000'001))) == "1970-01-01T00:00:01.000001Z");
    CHECK(format_time(WallTime(std::chrono::microseconds(1'999'999))) == "1970-01-01T00:00:01.999999Z");
    CHECK(format_time(WallTime(std::chrono::microseconds(2'000'000))) == "1970-01-01T00:00:02.000000Z");
    CHECK(format_time(WallTime(std::chrono::microseconds(-1))) == "1969-12-31T23:59:59.999999Z");
    CHECK(format_time(WallTime(std::chrono::microseconds(1'120'000))) == "1970-01-01T00:00:01.120000Z");
}

TEST_CASE("a cursor does not move when there is too little") {
    const Bytes bytes{0, 2, 7, 8, 9};
    Cursor cursor(bytes);
    CHECK(cursor.vector(2).value().size() == 2);
    CHECK_FALSE(cursor.u16());
    CHECK(cursor.u8() == 9);
    CHECK(cursor.empty());
    const Bytes short_vector{0, 5, 1};
    Cursor other(short_vector);
    CHECK_FALSE(other.vector(2));
    CHECK(other.size() == 3);
}
