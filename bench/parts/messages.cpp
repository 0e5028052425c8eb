#include "rules/message/message_rules.h"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <random>
#include <string>
#include <vector>

using namespace bascule::rules;

namespace {

std::string host_of(std::size_t i) {
    return fmt::format("host-{}.example-{}.test", i, i % 97);
}

std::string path_of(std::size_t i) {
    return fmt::format("/v1/items-{}/", i % 1'009);
}

Names names(const std::string& written) {
    NameSet set;
    Names made;
    made.written.push_back(NamePattern::parse(written).value());
    set.add(made.written.back());
    set.seal();
    made.set = std::make_shared<const NameSet>(std::move(set));
    return made;
}

/// Nine hosts to a suffix, and beginnings, whole paths and expressions, all of them different.
MessageRule rule(std::size_t i) {
    MessageMatch match;
    match.host = names(i % 10 == 9 ? "*." + host_of(i) : host_of(i));
    const auto path = i % 3 == 0 ? path_of(i) + "*" : path_of(i) + "whole";
    if (i % 2 == 0) match.path.push_back(TextPattern::parse(path).value());
    return {.name = fmt::format("rule-{}", i),
            .place = {},
            .match = std::move(match),
            .actions = {{.side = Side::request, .what = EditFields{}}}};
}

const MessageRules& rules_of(std::size_t count) {
    static std::vector<std::pair<std::size_t, std::unique_ptr<MessageRules>>> made;
    for (const auto& [size, rules] : made) {
        if (size == count) return *rules;
    }
    std::vector<MessageRule> rules;
    for (std::size_t i = 0; i < count; ++i) rules.push_back(rule(i));
    return *made.emplace_back(count, std::make_unique<MessageRules>(std::move(rules))).second;
}

/// Messages to ask for, as a head is in a core's cache.
struct Asked {
    std::string host, path;
};

std::vector<Asked> messages(std::size_t count, bool met) {
    std::mt19937_64 random(1);
    std::vector<Asked> asked;
    for (std::size_t i = 0; i < 1'000; ++i) {
        const auto number = random() % count / 10 * 10 + (count > 10 ? 0 : random() % 9);
        asked.push_back({met ? host_of(number) : host_of(number) + ".other", path_of(number) + "whole"});
    }
    return asked;
}

void judge(benchmark::State& state, bool met) {
    const auto count = static_cast<std::size_t>(state.range(0));
    const auto& rules = rules_of(count);
    const auto asked = messages(count, met);
    Facts connection;
    connection.listener = "apps";
    std::size_t next = 0, acted = 0;
    for (auto _ : state) {
        const auto& [host, path] = asked[next];
        const auto verdict = rules.judge(connection, {.method = "GET", .host = host, .path = path});
        acted += verdict.deeds.size();
        next = next + 1 == asked.size() ? 0 : next + 1;
    }
    if ((acted > 0) != met) state.SkipWithError("the wrong answer");
}

void may_match(benchmark::State& state) {
    const auto& rules = rules_of(static_cast<std::size_t>(state.range(0)));
    Facts connection;
    connection.listener = "apps";
    connection.server_name = "www.example";
    for (auto _ : state) benchmark::DoNotOptimize(rules.may_match(connection));
}

void load(benchmark::State& state) {
    for (auto _ : state) {
        std::vector<MessageRule> rules;
        for (std::size_t i = 0; i < 10'000; ++i) rules.push_back(rule(i));
        benchmark::DoNotOptimize(MessageRules(std::move(rules)).rules().data());
    }
}

void sizes(benchmark::internal::Benchmark* benchmark) {
    benchmark->ArgName("rules")->Arg(10)->Arg(1'000)->Arg(10'000);
}

BENCHMARK_CAPTURE(judge, met, true)->Apply(sizes);
BENCHMARK_CAPTURE(judge, missed, false)->Apply(sizes);
BENCHMARK(may_match)->Apply(sizes);
BENCHMARK(load)->Name("load/message_rules:10000")->Unit(benchmark::kMillisecond);

}  // namespace
