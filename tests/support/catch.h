#pragma once

// Catch2 as both Debians have it: 2.13 in 12, 3 in 13. What differs is known here alone.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#else
#include <catch2/catch.hpp>
#endif

namespace bascule::test {

using Catch::Matchers::EndsWith;
using Catch::Matchers::Matches;
using Catch::Matchers::StartsWith;

#if __has_include(<catch2/catch_test_macros.hpp>)
inline auto Contains(const std::string& text) {
    return Catch::Matchers::ContainsSubstring(text);
}
#else
using Catch::Matchers::Contains;
#endif

}  // namespace bascule::test
