#include "tls/session/ticket_keys.h"

#include "base/error.h"
#include "tests/support/catch.h"
#include "tests/support/certificates.h"

#include <sys/stat.h>

using namespace bascule;
using namespace bascule::tls;
using namespace std::chrono_literals;

namespace {

WallTime now{};
WallTime clock_of_the_test() {
    return now;
}

struct Fixture {
    Fixture() { now = WallTime(1000h); }
    TicketKeys keys{clock_of_the_test};
};

std::string key_file(const test::TemporaryDirectory& directory, std::size_t octets) {
    auto path = directory.write("tickets.key", std::string(octets, 'k'));
    ::chmod(path.c_str(), 0600);
    return path;
}

}  // namespace

TEST_CASE_METHOD(Fixture, "ticket keys rotate, and an old one opens its tickets for as long as they are good") {
    const auto first = keys.current();
    now += TicketKeys::kRotation - 1s;
    CHECK(keys.current().name == first.name);
    now += 1s;
    CHECK(keys.current().name != first.name);
    const auto found = keys.find(first.name.data());
    REQUIRE(found);
    CHECK_FALSE(found->is_current);
    CHECK(found->key.cipher == first.cipher);
    now += TicketKeys::kTicketLife + 1s;
    CHECK_FALSE(keys.find(first.name.data()));
}

TEST_CASE_METHOD(Fixture, "a clock that goes back does not keep a key for ever") {
    const auto first = keys.current();
    now -= 500h;
    CHECK(keys.current().name != first.name);
}

TEST_CASE_METHOD(Fixture, "keys of a file are used as they are, and do not rotate") {
    const test::TemporaryDirectory directory;
    const auto ring = TicketKeys::read_file(key_file(directory, 160));
    REQUIRE(ring.size() == 2);
    keys.use(ring);
    now += 10000h;
    CHECK(keys.current().name == ring.front().name);
    const auto own = keys.current();
    keys.use({});
    CHECK(keys.current().name != own.name);
}

TEST_CASE("a key file of a wrong size is refused") {
    const test::TemporaryDirectory directory;
    for (const std::size_t octets : {0U, 1U, 79U, 81U, 80U * 17}) {
        CHECK_THROWS_AS(TicketKeys::read_file(key_file(directory, octets)), Error);
    }
}
