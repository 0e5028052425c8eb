#include "proxy/learn/learned.h"

#include "tests/support/catch.h"

#include <thread>

using namespace bascule;
using proxy::Learned;
using proxy::LearnedEntry;

namespace {

const WallTime kNow{std::chrono::hours(1'000'000)};
const IpAddress kClient = IpAddress::parse("192.0.2.7").value();
const IpAddress kOther = IpAddress::parse("192.0.2.8").value();

LearnedEntry entry(std::optional<IpAddress> client, std::string name, Duration span = std::chrono::hours(1)) {
    return {.subject = {.client = client, .server_name = std::move(name)},
            .until = kNow + std::chrono::duration_cast<WallTime::duration>(span),
            .because = LearnedEntry::Because::refused,
            .alert = "unknown_ca",
            .times = 2};
}

}  // namespace

TEST_CASE("what is learned about a client is for that client and that name alone") {
    Learned learned;
    CHECK_FALSE(learned.find(kClient, "a.example", true, kNow));
    learned.remember(entry(kClient, "a.example"));
    CHECK(learned.find(kClient, "a.example", false, kNow) == entry(kClient, "a.example"));
    CHECK_FALSE(learned.find(kOther, "a.example", true, kNow));
    CHECK_FALSE(learned.find(kClient, "b.example", true, kNow));
}

TEST_CASE("what is learned about a name is for all, where that is asked for") {
    Learned learned;
    learned.remember(entry(std::nullopt, "a.example"));
    CHECK(learned.find(kOther, "a.example", true, kNow));
    CHECK_FALSE(learned.find(kOther, "a.example", false, kNow));
}

TEST_CASE("what was learned ends when its time has come") {
    Learned learned;
    learned.remember(entry(kClient, "a.example", std::chrono::seconds(10)));
    CHECK(learned.find(kClient, "a.example", false, kNow + std::chrono::seconds(9)));
    CHECK_FALSE(learned.find(kClient, "a.example", false, kNow + std::chrono::seconds(10)));
}

TEST_CASE("of too much the least recently used goes") {
    Learned learned;
    for (std::size_t i = 0; i < Learned::kMost; ++i) learned.remember(entry(kClient, std::to_string(i)));
    CHECK(learned.find(kClient, "0", false, kNow));
    learned.remember(entry(kClient, "one more"));
    CHECK(learned.find(kClient, "0", false, kNow));
    CHECK_FALSE(learned.find(kClient, "1", false, kNow));
    CHECK(learned.take_unwritten().size() == Learned::kMost);
}

TEST_CASE("what is replaced keeps what nobody has written yet") {
    Learned learned;
    int told = 0;
    learned.tell([&] { ++told; });
    learned.remember(entry(kClient, "written"));
    CHECK(learned.take_unwritten() == std::vector{entry(kClient, "written")});
    learned.remember(entry(kClient, "fresh"));
    learned.replace({entry(kClient, "from the file")});
    CHECK(told == 2);
    CHECK_FALSE(learned.find(kClient, "written", false, kNow));
    CHECK(learned.find(kClient, "fresh", false, kNow));
    CHECK(learned.find(kClient, "from the file", false, kNow));
    CHECK(learned.take_unwritten().size() == 1);
    learned.replace({});
    CHECK_FALSE(learned.find(kClient, "fresh", false, kNow));
}

TEST_CASE("workers learn and ask at once") {
    Learned learned;
    std::vector<std::thread> workers;
    for (int worker = 0; worker < 4; ++worker) {
        workers.emplace_back([&, worker] {
            for (int i = 0; i < 2000; ++i) {
                learned.remember(entry(kClient, std::to_string(worker * 2000 + i)));
                learned.find(kClient, std::to_string(i), true, kNow);
            }
        });
    }
    for (auto& worker : workers) worker.join();
    CHECK(learned.take_unwritten().size() == 8000);
}

TEST_CASE("what was learned is told in words") {
    auto one = entry(kClient, "a.example");
    CHECK(text_of(one) == "the client refused our certificate (alert unknown_ca) 2 times");
    one.alert.clear();
    CHECK(text_of(one) == "the client closed at once after our certificate 2 times");
    one.subject.client.reset();
    one.times = 1;
    CHECK(text_of(one) == "clients closed at once after our certificate");
    one.because = LearnedEntry::Because::certificate_wanted;
    one.alert = "certificate_required";
    CHECK(text_of(one) == "the origin refused us without a client certificate (alert certificate_required)");
}
