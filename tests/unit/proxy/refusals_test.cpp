#include "proxy/refusals.h"

#include <catch2/catch.hpp>

using bascule::proxy::Refusals;

TEST_CASE("refusals are counted for each name by itself") {
    Refusals refusals;
    CHECK(refusals.add("bank.example") == 1);
    CHECK(refusals.add("bank.example") == 2);
    CHECK(refusals.add("shop.example") == 1);
    CHECK(refusals.add("bank.example") == 3);
}

TEST_CASE("refusals of very many names do not grow without bound") {
    Refusals refusals;
    for (int i = 0; i < 4096; ++i) refusals.add(std::to_string(i));
    CHECK(refusals.add("0") == 2);
    CHECK(refusals.add("one too many") == 1);
    CHECK(refusals.add("0") == 1);
}
