#include "proxy/learn/learned_keeper.h"

#include "tests/support/catch.h"
#include "tests/unit/inspect/scratch.h"

#include <algorithm>

using namespace bascule;
using namespace bascule::proxy;

namespace {

const IpAddress kClient = IpAddress::parse("192.0.2.7").value();

LearnedEntry entry(std::string name) {
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    return {.subject = {.client = kClient, .server_name = std::move(name)},
            .until = now + std::chrono::hours(1),
            .because = LearnedEntry::Because::refused,
            .alert = {},
            .times = 2};
}

bool comes_true(const std::function<bool()>& condition) {
    for (int i = 0; i < 2000 && !condition(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return condition();
}

struct World {
    inspect::Scratch scratch;
    inspect::Log log{{.level = inspect::Level::info, .format = inspect::Format::text, .output = scratch.file("log")}};
    Learned learned;
    LearnedFile file{scratch.file("state")};

    bool knows(const std::string& name) {
        return learned.find(kClient, name, false, std::chrono::system_clock::now()).has_value();
    }
    bool holds(const std::string& name) const {
        const auto content = file.read(std::chrono::system_clock::now());
        return std::ranges::any_of(content.entries, [&](const auto& one) { return one.subject.server_name == name; });
    }
    void change(const std::function<void(std::vector<LearnedEntry>&)>& how) const {
        LearnedFile::Content content;
        file.update(std::chrono::system_clock::now(), content, how);
    }
};

}  // namespace

TEST_CASE("what is remembered is written, also at the end, and read by the next") {
    World world;
    {
        const LearnedKeeper keeper(world.learned, world.log, world.scratch.file("state"));
        world.learned.remember(entry("a.example"));
        CHECK(comes_true([&] { return world.holds("a.example"); }));
        world.learned.remember(entry("b.example"));
    }
    CHECK(world.holds("b.example"));
    Learned fresh;
    const LearnedKeeper keeper(fresh, world.log, world.scratch.file("state"));
    CHECK(fresh.find(kClient, "b.example", false, std::chrono::system_clock::now()));
}

TEST_CASE("memory follows the file, and what others put there stays") {
    World world;
    const LearnedKeeper keeper(world.learned, world.log, world.scratch.file("state"));
    world.learned.remember(entry("a.example"));
    CHECK(comes_true([&] { return world.holds("a.example"); }));
    world.change([](auto& entries) { entries.push_back(entry("theirs.example")); });
    CHECK(comes_true([&] { return world.knows("theirs.example"); }));
    world.learned.remember(entry("b.example"));
    CHECK(comes_true([&] { return world.holds("b.example"); }));
    CHECK(world.holds("theirs.example"));
    world.change([](auto& entries) { entries.clear(); });
    CHECK(comes_true([&] { return !world.knows("a.example") && !world.knows("theirs.example"); }));
    CHECK_FALSE(world.knows("b.example"));
}

TEST_CASE("what was remembered before anybody kept it is kept") {
    World world;
    world.learned.remember(entry("early.example"));
    const LearnedKeeper keeper(world.learned, world.log, world.scratch.file("state"));
    CHECK(world.holds("early.example"));
    CHECK(world.knows("early.example"));
}
