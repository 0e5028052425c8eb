#include "tls/session/session_cache.h"

#include "tests/support/catch.h"
#include "tests/support/tls_peer.h"

using namespace bascule;
using namespace bascule::tls;
using namespace std::chrono_literals;

namespace {

WallTime now{};
WallTime clock_of_the_test() {
    return now;
}

/// A session as a client gets it, of a version.
std::shared_ptr<SSL_SESSION> session_of(int version) {
    std::shared_ptr<SSL_SESSION> session(SSL_SESSION_new(), SSL_SESSION_free);
    SSL_SESSION_set_protocol_version(session.get(), version);
    SSL_SESSION_set_timeout(session.get(), 7200);
    const unsigned char id[32] = {1};
    SSL_SESSION_set1_id(session.get(), id, sizeof id);
    return session;
}

Digest key_of(std::uint8_t number) {
    Digest key{};
    key.back() = number;
    return key;
}

struct Fixture {
    Fixture() { now = WallTime(1000h); }
    SessionCache cache{1u << 20, clock_of_the_test};
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a session of TLS 1.3 is given away once, one of TLS 1.2 stays") {
    cache.put(key_of(1), session_of(TLS1_3_VERSION).get());
    cache.put(key_of(2), session_of(TLS1_2_VERSION).get());
    CHECK(cache.take(key_of(1)));
    CHECK_FALSE(cache.take(key_of(1)));
    const auto first = cache.take(key_of(2)), second = cache.take(key_of(2));
    REQUIRE((first && second));
    CHECK(first.session != second.session);  // each its own copy
}

TEST_CASE_METHOD(Fixture, "several tickets of one origin are kept, a bounded number of them") {
    for (std::size_t i = 0; i < SessionCache::kPerKey + 3; ++i) cache.put(key_of(1), session_of(TLS1_3_VERSION).get());
    std::size_t taken = 0;
    while (cache.take(key_of(1))) ++taken;
    CHECK(taken == SessionCache::kPerKey);
    CHECK(cache.octets() == 0);
}

TEST_CASE_METHOD(Fixture, "keys are kept apart") {
    cache.put(key_of(1), session_of(TLS1_3_VERSION).get());
    CHECK_FALSE(cache.take(key_of(2)));
    CHECK(cache.take(key_of(1)));
}

TEST_CASE_METHOD(Fixture, "a session is not offered after its time") {
    cache.put(key_of(1), session_of(TLS1_3_VERSION).get());
    now += 7200s;
    CHECK_FALSE(cache.take(key_of(1)));
    CHECK(cache.octets() == 0);
}

TEST_CASE_METHOD(Fixture, "a session does not outlive the certificates that it was believed by") {
    cache.put(key_of(1), session_of(TLS1_2_VERSION).get(), std::chrono::system_clock::now() - 1s);
    CHECK_FALSE(cache.take(key_of(1)));
    const auto end = std::chrono::system_clock::now() + 1h;
    cache.put(key_of(1), session_of(TLS1_2_VERSION).get(), end);
    CHECK(cache.take(key_of(1)).chain_end == end);
}

TEST_CASE_METHOD(Fixture, "what is forgotten is not resumed, and all else is") {
    cache.put(key_of(1), session_of(TLS1_2_VERSION).get());
    cache.put(key_of(2), session_of(TLS1_2_VERSION).get());
    cache.forget(key_of(1));
    CHECK_FALSE(cache.take(key_of(1)));
    CHECK(cache.take(key_of(2)));
}

TEST_CASE_METHOD(Fixture, "memory is bounded, and the least recently used go first") {
    SessionCache small(16 * 16 * 1024, clock_of_the_test);
    std::size_t kept = 0;
    for (int i = 0; i < 2000; ++i) {
        Digest key{};
        key[0] = static_cast<std::uint8_t>(i);
        key[1] = static_cast<std::uint8_t>(i >> 8);
        key.back() = static_cast<std::uint8_t>(i);
        small.put(key, session_of(TLS1_3_VERSION).get());
        CHECK(small.octets() <= 16 * 16 * 1024);
        if (i == 1999) kept = small.take(key) ? 1 : 0;
    }
    CHECK(kept == 1);
}
