#include "proxy/learn/learned_file.h"

#include "base/error.h"
#include "tests/support/catch.h"
#include "tests/unit/inspect/scratch.h"

#include <thread>

using namespace bascule;
using namespace bascule::proxy;
using inspect::contents;
using inspect::Scratch;

namespace {

const WallTime kNow{std::chrono::hours(500'000)};  // 2027-01-15T08:00:00Z
constexpr std::string_view kLine = "2027-01-15T09:00:00Z 192.0.2.7 bank.example refused unknown_ca 2";

LearnedEntry entry(std::string name, std::optional<std::string_view> client = "192.0.2.7") {
    return {.subject = {.client = client ? IpAddress::parse(*client) : std::nullopt, .server_name = std::move(name)},
            .until = kNow + std::chrono::hours(1),
            .because = LearnedEntry::Because::refused,
            .alert = "unknown_ca",
            .times = 2};
}

class Directory : public Scratch {
  public:
    Directory() { std::filesystem::create_directory(file("state")); }
    LearnedFile learned() const { return LearnedFile(file("state")); }
    void write(std::string_view text) const { std::ofstream(file("state/learned")) << text; }
    std::vector<std::string> files() const {
        std::vector<std::string> names;
        for (const auto& one : std::filesystem::directory_iterator(file("state")))
            names.push_back(one.path().filename());
        return names;
    }
    FileStamp add(const LearnedEntry& one) const {
        LearnedFile::Content content;
        return learned().update(kNow, content, [&](auto& entries) { merge(entries, one); });
    }
};

}  // namespace

TEST_CASE("an entry is a line, and a line an entry") {
    CHECK(line_of(entry("bank.example")) == kLine);
    for (auto one : {entry("bank.example"), entry("a.example", std::nullopt), entry("192.0.2.1", "2001:db8::1")}) {
        CHECK(entry_in(line_of(one)) == one);
        one.because = LearnedEntry::Because::certificate_wanted;
        one.alert.clear();
        CHECK(entry_in(line_of(one)) == one);
    }
}

TEST_CASE("what is no entry is not taken for one") {
    CHECK(entry_in(std::string(kLine)));
    for (const char* line : {
             "",
             "x",
             "2027-01-15T09:00:00Z 192.0.2.7 bank.example refused unknown_ca",
             "2027-01-15T09:00:00Z 192.0.2.7 bank.example refused unknown_ca 2 3",
             "2027-01-15T09:00:00 192.0.2.7 bank.example refused unknown_ca 2",
             "2027-01-15T09:00:00Z 192.0.2.700 bank.example refused unknown_ca 2",
             "2027-01-15T09:00:00Z 192.0.2.7 Bank.example refused unknown_ca 2",
             "2027-01-15T09:00:00Z 192.0.2.7 bank..example refused unknown_ca 2",
             "2027-01-15T09:00:00Z 192.0.2.7 bank.example because unknown_ca 2",
             "2027-01-15T09:00:00Z 192.0.2.7 bank.example refused unknown\x1b_ca 2",
             "2027-01-15T09:00:00Z 192.0.2.7 bank.example refused unknown_ca many",
         }) {
        INFO(line);
        CHECK_FALSE(entry_in(line));
    }
}

TEST_CASE("a file that is not there holds nothing; what is written is read again") {
    const Directory directory;
    CHECK(directory.learned().read(kNow).entries.empty());
    CHECK(directory.learned().stamp() == FileStamp{});
    const auto stamp = directory.add(entry("bank.example"));
    CHECK(stamp == directory.learned().stamp());
    const auto content = directory.learned().read(kNow);
    CHECK(content.entries == std::vector{entry("bank.example")});
    CHECK(content.stamp == stamp);
    CHECK(directory.files() == std::vector<std::string>{"learned"});
}

TEST_CASE("an entry takes the place of what was there about its subject, and ends when its time has come") {
    const Directory directory;
    directory.add(entry("a.example"));
    directory.add(entry("b.example"));
    auto later = entry("a.example");
    later.until += std::chrono::hours(1);
    directory.add(later);
    CHECK(directory.learned().read(kNow).entries == std::vector{entry("b.example"), later});
    CHECK(directory.learned().read(kNow + std::chrono::hours(1)).entries == std::vector{later});
}

TEST_CASE("a broken line is told and skipped, a comment is neither") {
    const Directory directory;
    directory.write("# a comment\n\n" + std::string(kLine) + "\nnot \x1b[2J an entry\n" +
                    std::string(kLine.substr(0, 30)));
    const auto content = directory.learned().read(kNow);
    CHECK(content.entries.size() == 1);
    REQUIRE(content.faults.size() == 2);
    CHECK(content.faults[0] == directory.file("state/learned:4: not an entry, skipped: \"not \\x1b[2J an entry\""));
    CHECK(content.faults[1].find("learned:5: ") != std::string::npos);
}

TEST_CASE("a file is replaced whole or not at all") {
    const Directory directory;
    directory.add(entry("a.example"));
    const auto before = contents(directory.file("state/learned"));
    std::filesystem::create_directory(directory.file("state/learned.new"));  // nothing can be written there
    CHECK_THROWS_AS(directory.add(entry("b.example")), Error);
    CHECK(contents(directory.file("state/learned")) == before);
    std::filesystem::remove(directory.file("state/learned.new"));
    std::ofstream(directory.file("state/learned.new")) << "of a write that was cut short";
    directory.add(entry("b.example"));
    CHECK(directory.learned().read(kNow).entries.size() == 2);
    CHECK(directory.files() == std::vector<std::string>{"learned"});
}

TEST_CASE("links are not followed, and what is no file is not read") {
    const Directory directory;
    std::ofstream(directory.file("elsewhere")) << kLine << '\n';
    std::filesystem::create_symlink(directory.file("elsewhere"), directory.file("state/learned"));
    CHECK_THROWS_AS(directory.learned().read(kNow), Error);
    std::filesystem::remove(directory.file("state/learned"));
    std::filesystem::create_directory(directory.file("state/learned"));
    CHECK_THROWS_AS(directory.learned().read(kNow), Error);
}

TEST_CASE("of too many entries the oldest are not written, and of a huge file no more than a bound is read") {
    const Directory directory;
    LearnedFile::Content content;
    directory.learned().update(kNow, content, [&](auto& entries) {
        for (std::size_t i = 0; i <= Learned::kMost; ++i) entries.push_back(entry(std::to_string(i) + ".example"));
    });
    const auto kept = directory.learned().read(kNow).entries;
    CHECK(kept.size() == Learned::kMost);
    CHECK(kept.front().subject.server_name == "1.example");
    std::filesystem::resize_file(directory.file("state/learned"), std::uintmax_t{1} << 32);
    CHECK(directory.learned().read(kNow).entries.size() == Learned::kMost);
}

TEST_CASE("two who change it at once both have their way") {
    const Directory directory;
    const auto add_many = [&](const std::string& suffix) {
        for (int i = 0; i < 20; ++i) directory.add(entry(std::to_string(i) + suffix));
    };
    std::thread other([&] { add_many(".other"); });
    add_many(".own");
    other.join();
    CHECK(directory.learned().read(kNow).entries.size() == 40);
}
