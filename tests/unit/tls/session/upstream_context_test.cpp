#include "tls/session/upstream_context.h"

#include "tests/support/catch.h"
#include "tests/support/tls_peer.h"
#include "tls/library.h"
#include "tls/session/session.h"

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
    test::TlsWorld world;
    UpstreamContext context{UpstreamPolicy{.verifier = world.verifier()}, clock_of_the_test};
};

constexpr std::uint16_t kSuite = 0x00ff, kInfo = 0xff01;  // RFC 5746

ClientHello clients_hello(const std::vector<std::uint16_t>& versions, const std::vector<std::uint16_t>& extensions) {
    ClientHello hello;
    hello.legacy_version = TLS1_2_VERSION;
    hello.versions = versions;
    hello.ciphers = {0x1301, 0xc02f};
    hello.extensions = extensions;
    return hello;
}

/// The first hello of a session for such a client, all of it.
ClientHello said(const UpstreamContext& context, const ClientHello& clients) {
    const auto shape = context.shape_for(clients, {.whole = true});
    Session session(shape.context.get(), Session::Role::client);
    Bytes out;
    session.output_to(out);
    CHECK(session.handshake().kind == Step::Kind::need_input);
    return parse_client_hello(out).hello;
}

bool says_suite(const ClientHello& hello) {
    return std::ranges::find(hello.ciphers, kSuite) != hello.ciphers.end();
}

}  // namespace

TEST_CASE_METHOD(Fixture, "what an origin chose below the floor is remembered for an hour") {
    context.learn_weak_choice("origin.test:443", "TLSv1.1");
    CHECK(context.weak_choice("origin.test:443") == "TLSv1.1");
    CHECK(context.weak_choice("origin.test:8443").empty());
    now += 59min + 59s;
    CHECK(context.weak_choice("origin.test:443") == "TLSv1.1");
    now += 1s;
    CHECK(context.weak_choice("origin.test:443").empty());
}

TEST_CASE_METHOD(Fixture, "a look does not lengthen the hour, and another weak choice begins it anew") {
    context.learn_weak_choice("origin.test:443", "TLSv1.1");
    now += 50min;
    CHECK(context.weak_choice("origin.test:443") == "TLSv1.1");
    context.learn_weak_choice("origin.test:443", "TLSv1");
    now += 50min;
    CHECK(context.weak_choice("origin.test:443") == "TLSv1");
    now += 10min;
    CHECK(context.weak_choice("origin.test:443").empty());
}

TEST_CASE_METHOD(Fixture, "of weak choices no more than 4096 are remembered, and the last one is") {
    const auto origin = [](int number) { return "origin-" + std::to_string(number) + ".test:443"; };
    constexpr int many = 3 * 4096;
    for (int i = 0; i < many; ++i) context.learn_weak_choice(origin(i), "TLSv1");
    int known = 0;
    for (int i = 0; i < many; ++i) known += context.weak_choice(origin(i)).empty() ? 0 : 1;
    CHECK(known <= 4096);
    CHECK(known > 2048);
    CHECK_FALSE(context.weak_choice(origin(many - 1)).empty());
}

TEST_CASE_METHOD(Fixture, "a client that says the suite of RFC 5746 has it said for it, whatever versions it offers") {
    const std::vector<std::vector<std::uint16_t>> offers{
        {0x0304, 0x0303, 0x0302, 0x0301}, {0x0304, 0x0303, 0x0302}, {0x0304, 0x0303}, {0x0303}, {0x0304}};
    for (const auto& versions : offers) {
        auto hello = clients_hello(versions, {});
        hello.ciphers.push_back(kSuite);
        const auto ours = said(context, hello);
        CHECK(says_suite(ours));
        CHECK_FALSE(ours.has_extension(kInfo));
        if (!ours.versions.empty()) CHECK(ours.versions == versions);
    }
}

TEST_CASE_METHOD(Fixture, "a client that says the extension of RFC 5746 has it said for it, where the library can") {
    for (const auto& versions :
         std::vector<std::vector<std::uint16_t>>{{0x0304, 0x0303, 0x0302, 0x0301}, {0x0304, 0x0303}}) {
        const auto ours = said(context, clients_hello(versions, {kInfo}));
        CHECK(ours.has_extension(kInfo) == says_renegotiation_info());
        CHECK(says_suite(ours) != says_renegotiation_info());
    }
}

TEST_CASE_METHOD(Fixture, "what OpenSSL has no setting for is said with `legacy` too") {
    const auto clients = clients_hello({0x0304, 0x0303, 0x0302, 0x0301}, {17, 28, 50});
    for (const bool legacy : {false, true}) {
        const UpstreamContext upstream(UpstreamPolicy{.verifier = world.verifier(), .legacy = legacy});
        const auto ours = said(upstream, clients);
        for (const std::uint16_t extension : {17, 28, 50}) CHECK(ours.has_extension(extension));
        CHECK(ours.offers(TLS1_VERSION));
    }
}
