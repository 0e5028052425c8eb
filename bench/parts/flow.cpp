#include "inspect/format.h"
#include "net/loop.h"
#include "net/task/combinators.h"
#include "rules/rules.h"
#include "tests/support/run_task.h"
#include "tests/support/tls_peer.h"
#include "tls/session/session.h"

#include <benchmark/benchmark.h>

using namespace bascule;

namespace {

inspect::ConnectionRecord record() {
    const inspect::TlsFacts tls{
        .version = "TLSv1.3", .cipher = "TLS_AES_128_GCM_SHA256", .group = "x25519", .resumed = false};
    inspect::ConnectionRecord one;
    one.time = std::chrono::system_clock::now();
    one.id = "0123456789abcdef";
    one.listener = "apps";
    one.mode = "explicit";
    one.protocol = "tls";
    one.source = "10.1.2.3:54321";
    one.target = "www.example:443";
    one.destination = "192.0.2.1:443";
    one.server_name = "www.example";
    one.action = "intercept";
    one.rule = "rest";
    one.rule_at = "/etc/bascule/bascule.yaml:17";
    one.alpn = "h2";
    one.client_tls = one.upstream_tls = tls;
    one.certificate = inspect::CertificateFacts{.fingerprint = std::string(64, 'a'),
                                                .subject = "CN=www.example",
                                                .issuer = "CN=Some CA,O=Some",
                                                .not_after = "2027-01-01T00:00:00Z",
                                                .verify = "ok",
                                                .ocsp = {},
                                                .forged_serial = std::string(32, 'b')};
    one.ja4 = "t13d1516h2_8daaf6152771_b186095e22b6";
    one.timings = {.peek = 0.1, .resolve = 1.2, .connect = 3.4, .upstream_handshake = 5.6, .client_handshake = 7.8};
    return one;
}

template <auto Append>
void format(benchmark::State& state) {
    const auto one = record();
    std::string out;
    for (auto _ : state) {
        out.clear();
        Append(out, one);
        benchmark::DoNotOptimize(out.data());
    }
}
constexpr auto kJson = static_cast<void (*)(std::string&, const inspect::ConnectionRecord&)>(&inspect::append_json);
constexpr auto kLogfmt = static_cast<void (*)(std::string&, const inspect::ConnectionRecord&)>(&inspect::append_logfmt);

/// A hundred rules of a few keys each, of which the last one holds.
void judge(benchmark::State& state) {
    std::vector<rules::Rule> list;
    for (int i = 0; i < state.range(0); ++i) {
        rules::NameSet names;
        names.add("*.site" + std::to_string(i) + ".example");
        names.seal();
        rules::Rule rule{.name = "r" + std::to_string(i), .place = {}, .match = {}};
        rule.match.port = {443};
        rule.match.server_name = std::make_shared<const rules::NameSet>(std::move(names));
        list.push_back(std::move(rule));
    }
    const auto name = "www.site" + std::to_string(state.range(0) - 1) + ".example";
    const rules::RuleSet set(std::move(list));
    const rules::Facts facts{.listener = "apps",
                             .source = *IpAddress::parse("10.1.2.3"),
                             .port = 443,
                             .destination = {},
                             .server_name = name,
                             .alpn = {},
                             .protocol = rules::Protocol::tls};
    for (auto _ : state) benchmark::DoNotOptimize(set.judge(facts));
}

net::Task<int> ready() {
    co_return 1;
}
net::Task<int> awaits_ready() {
    const int value = co_await ready();
    co_return value;
}
net::Task<std::size_t> first_of_two(net::EventLoop& loop) {
    const auto winner = co_await net::any_of(ready(), loop.sleep_for(std::chrono::seconds(1)));
    co_return winner.index();
}
net::Task<std::size_t> deadline_unused(net::EventLoop& loop) {
    const auto winner = co_await net::any_of(loop.sleep_for(std::chrono::seconds(9)), ready());
    co_return winner.index();
}

void await_ready(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(test::run_task(awaits_ready()));
}
void any_of(benchmark::State& state) {
    net::EventLoop loop;
    for (auto _ : state) benchmark::DoNotOptimize(test::run_task(first_of_two(loop)));
}
void any_of_with_timer_armed_and_cancelled(benchmark::State& state) {
    net::EventLoop loop;
    for (auto _ : state) benchmark::DoNotOptimize(test::run_task(deadline_unused(loop)));
}

/// Two sessions of ours before two peers of OpenSSL's, as in an intercepted connection.
class Pair {
  public:
    Pair() {
        server_.show_leaf(world_.leaf());
        client_.expect_name("app.example");
        shake_hands(server_, client_peer_);
        shake_hands(client_, origin_peer_);
    }

    /// Decrypts records of the origin and encrypts them for the client. How many octets.
    std::size_t relay(ByteView ciphertext) {
        std::size_t octets = 0;
        client_.feed(ciphertext);
        while (true) {
            const auto step = client_.read(plain_);
            if (step.kind != tls::Step::Kind::done) break;
            server_.write(ByteView(plain_).first(step.octets));
            octets += step.octets;
        }
        client_.take_unused();
        benchmark::DoNotOptimize(out_.data());
        out_.clear();
        return octets;
    }
    Bytes from_origin(std::size_t octets) {
        origin_peer_.say(std::string(octets, 'x'));
        Bytes all;
        for (auto some = origin_peer_.go_on(); !some.empty(); some = origin_peer_.go_on()) {
            all.insert(all.end(), some.begin(), some.end());
        }
        return all;
    }

  private:
    void shake_hands(tls::Session& session, test::TlsPeer& peer) {
        session.output_to(out_);
        bool done = false;
        for (Bytes from_peer = peer.go_on(); !done || !peer.ready() || !from_peer.empty(); from_peer = peer.go_on()) {
            session.feed(from_peer);
            done = done || session.handshake().kind == tls::Step::Kind::done;
            if (done) session.read(plain_);  // session tickets
            session.take_unused();
            peer.receive(out_);
            out_.clear();
        }
    }

    test::TlsWorld world_;
    tls::ClientLegContexts client_leg_{nullptr};
    std::unique_ptr<tls::UpstreamContext> upstream_ = world_.upstream_context();
    tls::Session server_{client_leg_.for_answer({}), tls::Session::Role::server};
    tls::Session client_{test::context_of(*upstream_).get(), tls::Session::Role::client};
    test::TlsPeer client_peer_{test::TlsPeer::Role::client, nullptr};
    test::TlsPeer origin_peer_{test::TlsPeer::Role::server, &world_.origin};
    Bytes out_;
    std::array<std::uint8_t, 17_KiB> plain_{};
};

void relay_a_mebibyte(benchmark::State& state) {
    Pair pair;
    for (auto _ : state) {
        state.PauseTiming();
        const auto ciphertext = pair.from_origin(1_MiB);
        state.ResumeTiming();
        if (pair.relay(ciphertext) != 1_MiB) state.SkipWithError("octets are missing");
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(1_MiB));
}

BENCHMARK(format<kJson>)->Name("record/json");
BENCHMARK(format<kLogfmt>)->Name("record/logfmt");
BENCHMARK(judge)->ArgName("rules")->Arg(1)->Arg(10)->Arg(100);
BENCHMARK(await_ready);
BENCHMARK(any_of);
BENCHMARK(any_of_with_timer_armed_and_cancelled);
BENCHMARK(relay_a_mebibyte)->Unit(benchmark::kMicrosecond);

}  // namespace
