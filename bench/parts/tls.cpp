#include "tests/support/run_task.h"
#include "tests/support/tls_peer.h"
#include "tls/hello/client_hello.h"
#include "tls/session/context.h"
#include "tls/session/session.h"
#include "tls/signer/create_authority.h"

#include <benchmark/benchmark.h>

using namespace bascule;
using namespace bascule::tls;

namespace {

const test::TlsWorld& world() {
    static const test::TlsWorld made;
    return made;
}

Bytes hello_of_openssl() {
    test::TlsPeer peer(test::TlsPeer::Role::client, nullptr);
    SSL_set_tlsext_host_name(peer.ssl(), "app.example");
    peer.offer_alpn({"h2", "http/1.1"});
    return peer.go_on();
}

void parse_hello(benchmark::State& state) {
    const auto opening = hello_of_openssl();
    for (auto _ : state) benchmark::DoNotOptimize(parse_client_hello(opening));
}

void ja4(benchmark::State& state) {
    const auto result = parse_client_hello(hello_of_openssl());
    for (auto _ : state) benchmark::DoNotOptimize(result.hello.ja4());
}

/// An authority of its own, as `bascule ca create` makes it.
std::shared_ptr<const Authority> authority() {
    static const auto made = [] {
        const auto texts = create_authority({.common_name = "bench"});
        const test::TemporaryDirectory folder;
        return Authority::load(folder.write("ca.crt", texts.certificate_pem), folder.write("ca.key", texts.key_pem));
    }();
    return made;
}

LeafRequest request() {
    return {.authority = authority(),
            .origin = world().origin.x509(),
            .server_name = "app.example",
            .key = LeafKeyPolicy::ecdsa_p256,
            .lifetime = std::chrono::hours(24)};
}

void forge(benchmark::State& state) {
    prepare_leaf_keys(LeafKeyPolicy::ecdsa_p256);
    const auto wanted = request();
    for (auto _ : state) benchmark::DoNotOptimize(test::run_task(forge_leaf(wanted)));
}

void leaf_from_cache(benchmark::State& state) {
    LeafCache cache;
    const auto wanted = request();
    for (auto _ : state) benchmark::DoNotOptimize(test::run_task(cache.get(wanted)));
}

void verify(benchmark::State& state, Duration remembered) {
    const test::TemporaryDirectory folder;
    const Verifier verifier(Trust::load({folder.write("root.pem", test::to_pem(world().root.x509()))}),
                            {.remember_for = remembered});
    for (auto _ : state) {
        const auto result = verifier.verify(world().origin.x509(), nullptr, "app.example");
        if (!result.ok()) state.SkipWithError(result.word.c_str());
    }
}

/// Our half of a handshake in memory; OpenSSL's half is not counted.
void handshake(benchmark::State& state, Session::Role role, int version) {
    using PeerRole = test::TlsPeer::Role;
    const bool server = role == Session::Role::server;
    const ClientLegContexts client_leg(nullptr);
    const auto upstream = world().upstream_context();
    const auto upstream_context = test::context_of(*upstream);
    const auto leaf = world().leaf();
    for (auto _ : state) {
        state.PauseTiming();
        test::TlsPeer peer(server ? PeerRole::client : PeerRole::server, server ? nullptr : &world().origin, version);
        Bytes from_peer = peer.go_on(), out;
        state.ResumeTiming();
        Session session(server ? client_leg.for_answer({}) : upstream_context.get(), role);
        session.output_to(out);
        if (server) {
            session.show_leaf(leaf);
        } else {
            session.expect_name("app.example");
            session.offer_server_name("app.example");
        }
        for (int turns = 0;; ++turns) {
            session.feed(from_peer);
            const auto step = session.handshake();
            state.PauseTiming();
            session.take_unused();
            peer.receive(out);
            out.clear();
            from_peer = peer.go_on();
            state.ResumeTiming();
            if (step.kind == Step::Kind::done) break;
            if (step.kind == Step::Kind::failed || turns > 10) {
                state.SkipWithError(session.failure().text.c_str());
                break;
            }
        }
    }
}

BENCHMARK(parse_hello);
BENCHMARK(ja4);
BENCHMARK(forge)->Unit(benchmark::kMicrosecond);
BENCHMARK(leaf_from_cache);
BENCHMARK_CAPTURE(verify, remembered, std::chrono::hours(1))->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(verify, not_remembered, Duration::zero())->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(handshake, server_half_tls13, Session::Role::server, TLS1_3_VERSION)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(handshake, client_half_tls13, Session::Role::client, TLS1_3_VERSION)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(handshake, server_half_tls12, Session::Role::server, TLS1_2_VERSION)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(handshake, client_half_tls12, Session::Role::client, TLS1_2_VERSION)->Unit(benchmark::kMicrosecond);

}  // namespace
