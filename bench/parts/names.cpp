#include "rules/name_set.h"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <random>
#include <string>
#include <vector>

using bascule::rules::NameSet;

namespace {

std::string listed(std::size_t i) {
    return fmt::format("host-{}.example-{}.test", i, i % 9973);
}

/// `count` exact names and a tenth as many suffixes.
const NameSet& set_of(std::size_t count) {
    static std::vector<std::pair<std::size_t, NameSet>> made;
    for (const auto& [size, set] : made) {
        if (size == count) return set;
    }
    made.reserve(8);
    auto& set = made.emplace_back(count, NameSet()).second;
    for (std::size_t i = 0; i < count; ++i) set.add(i % 10 == 9 ? "*." + listed(i) : listed(i));
    set.seal();
    return set;
}

enum class Asked : std::uint8_t { exact, suffix, miss };

std::string asked(Asked kind, std::size_t count, std::size_t random) {
    const auto tens = count / 10;
    switch (kind) {
        case Asked::exact:
            return listed(random % tens * 10);
        case Asked::suffix:
            return "www." + listed(random % tens * 10 + 9);
        default:
            return listed(count + random % count);
    }
}

/// Asks for `variety` different names, drawn at random, over and over. Names to ask for lie one behind the other, as
/// the name in a hello is in a core's cache: what is measured is the set.
void look_up(benchmark::State& state, Asked kind, std::size_t variety) {
    const auto count = static_cast<std::size_t>(state.range(0));
    const auto& set = set_of(count);
    std::mt19937_64 random(1);
    std::string names;
    std::vector<std::uint32_t> ends{0};
    for (std::size_t i = 0; i < variety; ++i) {
        names += asked(kind, count, random());
        ends.push_back(static_cast<std::uint32_t>(names.size()));
    }
    std::size_t next = 0;
    for (auto _ : state) {
        const std::string_view name(names.data() + ends[next], ends[next + 1] - ends[next]);
        const bool found = set.contains(name);
        if (found == (kind == Asked::miss)) state.SkipWithError("the wrong answer");
        // the next name waits for this answer, as the next connection does
        next += found == (kind == Asked::miss) ? 2 : 1;
        if (next >= variety) next = 0;
        benchmark::DoNotOptimize(next);
    }
}

void load(benchmark::State& state) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < 1'000'000; ++i) names.push_back(listed(i));
    for (auto _ : state) {
        NameSet set;
        for (const auto& name : names) set.add(name);
        set.seal();
        benchmark::DoNotOptimize(set.contains("www.example"));
    }
}

// "hot": of 1,000 names, as most connections go to few; "cold": of more than any cache holds.
constexpr std::size_t kHot = 1'000, kCold = 400'000;

void sizes(benchmark::internal::Benchmark* benchmark) {
    benchmark->ArgName("names")->Arg(10)->Arg(1'000)->Arg(10'000)->Arg(100'000)->Arg(1'000'000);
}

BENCHMARK_CAPTURE(look_up, exact_hot, Asked::exact, kHot)->Apply(sizes);
BENCHMARK_CAPTURE(look_up, exact_cold, Asked::exact, kCold)->Apply(sizes);
BENCHMARK_CAPTURE(look_up, suffix_hot, Asked::suffix, kHot)->Apply(sizes);
BENCHMARK_CAPTURE(look_up, suffix_cold, Asked::suffix, kCold)->Apply(sizes);
BENCHMARK_CAPTURE(look_up, miss_hot, Asked::miss, kHot)->Apply(sizes);
BENCHMARK_CAPTURE(look_up, miss_cold, Asked::miss, kCold)->Apply(sizes);
BENCHMARK(load)->Name("load/names:1000000")->Unit(benchmark::kMillisecond);

}  // namespace
