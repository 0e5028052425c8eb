#include "inspect/log.h"

#include "base/error.h"
#include "scratch.h"
#include "tests/support/catch.h"

#include <sys/resource.h>

#include <algorithm>
#include <map>
#include <thread>

using namespace bascule;
using namespace bascule::inspect;
using test::Contains;
using test::StartsWith;

namespace {

LogOptions json_to(const std::string& path, std::size_t queue = 8u << 20) {
    return {.level = Level::info, .format = Format::json, .output = path, .queue_octets = queue};
}

std::string fault_of(const LogOptions& options) {
    try {
        const Log log(options);
        return "none";
    } catch (const Error& fault) {
        return fault.what();
    }
}

/// Lines of that event, and the sum of what log_dropped lines count.
struct Tally {
    explicit Tally(const std::string& text) {
        for (const auto& line : lines_of(text)) {
            if (json_value(line, "event") == "log_dropped") {
                told += std::stoul(json_value(line, "lines"));
            } else if (line.ends_with('}') && line.starts_with('{')) {
                ++written;
            }
        }
    }
    std::uint64_t written = 0, told = 0;
};

}  // namespace

TEST_CASE("a log line is in the file after a flush, and the file is for its group at most") {
    const Scratch scratch;
    const auto path = scratch.file("x.log");
    Log log(json_to(path));
    ConnectionRecord record;
    record.id = "c1";
    log.write(record);
    log.event(Level::error, "reload", "no", {{"at", "a:1"}});
    log.event(Level::debug, "noise", "not wanted");
    log.flush();
    const auto lines = lines_of(contents(path));
    REQUIRE(lines.size() == 2);
    CHECK(json_value(lines[0], "id") == "c1");
    CHECK(json_value(lines[1], "level") == "error");
    CHECK((mode_of(path) & ~0640u) == 0);
    CHECK(log.dropped() == 0);
}

TEST_CASE("a level above info silences records") {
    const Scratch scratch;
    const auto path = scratch.file("x.log");
    Log log({Level::warning, Format::logfmt, path});
    CHECK_FALSE(log.wants_records());
    log.write(ConnectionRecord());
    log.event(Level::warning, "careful", "now", {{"a", "b c"}});
    log.flush();
    CHECK_THAT(contents(path), Contains("Z warning careful: now a=\"b c\"\n"));
    CHECK(lines_of(contents(path)).size() == 1);
}

TEST_CASE("an output that cannot be opened is told with what to do") {
    const Scratch scratch;
    const auto missing = scratch.file("none/x.log");
    CHECK(fault_of(json_to(missing)) ==
          missing + ": directory " + scratch.file("none") +
              " does not exist; create it owned by the user bascule runs as (systemd: LogsDirectory=)");
    CHECK_THAT(fault_of(json_to(scratch.file(""))), Contains("is a directory"));
    std::filesystem::create_symlink("/dev/null", scratch.file("link"));
    CHECK_THAT(fault_of(json_to(scratch.file("link"))), Contains("symbolic link"));
    ::mkfifo(scratch.file("fifo").c_str(), 0600);
    CHECK_THAT(fault_of(json_to(scratch.file("fifo"))), Contains("nobody reads"));
    CHECK_THAT(fault_of({Level::info, Format::journal, scratch.file("x")}), Contains("journal only"));
    if (!std::filesystem::exists("/run/systemd/journal/socket")) {
        CHECK_THAT(fault_of({Level::info, Format::journal, "stderr"}), Contains("no journal takes entries here"));
        CHECK_THAT(fault_of({Level::info, Format::logfmt, "journal"}), StartsWith("/run/systemd/journal/socket: "));
    }
}

TEST_CASE("many threads lose nothing and tear no line below the bound") {
    const Scratch scratch;
    const auto path = scratch.file("x.log");
    constexpr int kThreads = 8, kLines = 2000;
    {
        Log log(json_to(path, 64u << 20));
        std::vector<std::thread> threads;
        for (int t = 0; t < kThreads; ++t) {
            threads.emplace_back([&log, t] {
                for (int i = 0; i < kLines; ++i)
                    log.event(Level::info, "e", std::to_string(i), {{"t", std::to_string(t)}});
            });
        }
        for (auto& thread : threads) thread.join();
        CHECK(log.dropped() == 0);
    }
    std::map<std::string, int> next;
    for (const auto& line : lines_of(contents(path))) {
        REQUIRE(std::stoi(json_value(line, "message")) == next[json_value(line, "t")]++);
    }
    REQUIRE(next.size() == kThreads);
    for (const auto& [thread, count] : next) CHECK(count == kLines);
}

TEST_CASE("a reader that does not read costs lines, each of which is counted, and never a wait") {
    const Scratch scratch;
    const auto path = scratch.file("fifo");
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    const UniqueFd reader(::open(path.c_str(), O_RDONLY | O_NONBLOCK));
    constexpr std::uint64_t kSent = 20000;
    std::string received;
    {
        Log log(json_to(path, 64u << 10));
        for (std::uint64_t i = 0; i < kSent; ++i) log.event(Level::info, "e", std::string(100, 'x'));
        CHECK(log.dropped() > kSent / 2);
        std::thread reading([&] {
            ::fcntl(reader.get(), F_SETFL, 0);
            std::string room(1 << 16, '\0');
            for (ssize_t n = 1; n > 0;) {
                n = ::read(reader.get(), room.data(), room.size());
                received.append(room, 0, n > 0 ? static_cast<std::size_t>(n) : 0);
                if (received.ends_with("\n") && received.find("\"message\":\"last\"") != std::string::npos) n = 0;
            }
        });
        log.flush();
        log.event(Level::info, "e", "last");
        log.flush();
        reading.join();
        CHECK(Tally(received).written + log.dropped() == kSent + 1);
        CHECK(Tally(received).told == log.dropped());
    }
}

TEST_CASE("a reader that never reads does not keep the log from ending") {
    const Scratch scratch;
    const auto path = scratch.file("fifo");
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    const UniqueFd reader(::open(path.c_str(), O_RDONLY | O_NONBLOCK));
    auto log = std::make_unique<Log>(json_to(path));
    CapturedStderr captured(scratch.file("stderr"));
    for (int i = 0; i < 5000; ++i) log->event(Level::info, "e", std::string(100, 'x'));
    log.reset();
    CHECK_THAT(captured.text(), Contains("No buffer space available"));
    std::string room(1 << 20, '\0');
    CHECK(::read(reader.get(), room.data(), room.size()) > 0);
}

TEST_CASE("a full disk counts every line as lost and says so once on stderr") {
    const Scratch scratch;
    CapturedStderr captured(scratch.file("stderr"));
    Log log(json_to("/dev/full"));
    for (int i = 0; i < 3; ++i) {
        log.event(Level::info, "e", "m");
        log.flush();
    }
    CHECK(log.dropped() == 3);
    CHECK(
        captured.text() ==
        "bascule: log to /dev/full: No space left on device; lines are lost, and counted, until it takes them again\n");
}

TEST_CASE("a line that a full disk cut is ended before the next, and the loss is told there") {
    const Scratch scratch;
    const auto path = scratch.file("x.log");
    CapturedStderr captured(scratch.file("stderr"));
    rlimit usual{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &usual) == 0);
    Log log(json_to(path));
    const rlimit tight{250, usual.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &tight) == 0);
    for (int i = 0; i < 5; ++i) log.event(Level::info, "e", std::string(60, 'x'));
    log.flush();
    ::setrlimit(RLIMIT_FSIZE, &usual);
    log.event(Level::info, "e", "after");
    log.flush();
    const auto text = contents(path);
    CHECK(Tally(text).written == 2);  // the first and the last: the second was cut
    CHECK(Tally(text).told == 4);
    CHECK(log.dropped() == 4);
    const auto lines = lines_of(text);
    REQUIRE(lines.size() == 4);
    CHECK_FALSE(lines[1].ends_with('}'));
    CHECK(json_value(lines[2], "message") == "after");
}

TEST_CASE("a file that was moved is opened anew and no line is lost") {
    const Scratch scratch;
    const auto path = scratch.file("x.log"), moved = scratch.file("x.log.1");
    Log log(json_to(path));
    log.event(Level::info, "e", "first");
    log.flush();
    std::filesystem::rename(path, moved);
    log.event(Level::info, "e", "second");
    log.reopen();
    log.event(Level::info, "e", "third");
    log.flush();
    CHECK(Tally(contents(moved)).written + Tally(contents(path)).written == 3);
    CHECK_THAT(contents(path), Contains("third"));
    CHECK_THAT(contents(moved), Contains("first"));
}

TEST_CASE("a file that cannot be opened anew stays in use, and that is said") {
    const Scratch scratch;
    std::filesystem::create_directory(scratch.file("d"));
    const auto path = scratch.file("d/x.log");
    CapturedStderr captured(scratch.file("stderr"));
    Log log(json_to(path));
    std::filesystem::rename(scratch.file("d"), scratch.file("e"));
    log.reopen();
    log.event(Level::info, "e", "still here");
    log.flush();
    const auto lines = lines_of(contents(scratch.file("e/x.log")));
    REQUIRE(lines.size() == 2);
    CHECK(json_value(lines[0], "event") == "log_reopen_failed");
    CHECK_THAT(lines[1], Contains("still here"));
    CHECK_THAT(captured.text(), Contains("does not exist"));
}

TEST_CASE("stderr has a time of its own, unless it leads to the journal, where lines begin with the priority") {
    const Scratch scratch;
    CapturedStderr captured(scratch.file("stderr"));
    struct stat about{};
    REQUIRE(::fstat(STDERR_FILENO, &about) == 0);
    {
        ::setenv("JOURNAL_STREAM", "1:1", 1);
        Log log({Level::info, Format::logfmt, "stderr"});
        log.event(Level::info, "e", "m");
    }
    CHECK_THAT(captured.text(), StartsWith("20") && Contains("Z info e: m\n"));
    {
        ::setenv("JOURNAL_STREAM", fmt::format("{}:{}", about.st_dev, about.st_ino).c_str(), 1);
        Log log({Level::info, Format::logfmt, "stderr"});
        log.event(Level::warning, "e", "m");
        Log json({Level::info, Format::json, "stderr"});
        json.event(Level::error, "e", "m");
    }
    ::unsetenv("JOURNAL_STREAM");
    CHECK_THAT(captured.text(), Contains("\n<4>e: m\n") && Contains("\n<3>{\"time\":"));
}

TEST_CASE("options that change while many write: each line is once in one output, in that output's format") {
    const Scratch scratch;
    const auto json = scratch.file("json.log"), text = scratch.file("text.log");
    constexpr int kThreads = 4, kLines = 2'000;
    Log log(json_to(json));
    std::vector<std::thread> writers;
    for (int i = 0; i < kThreads; ++i) {
        writers.emplace_back([&] {
            for (int line = 0; line < kLines; ++line) log.event(Level::info, "tick", "tock");
        });
    }
    for (int i = 0; i < 50; ++i) {
        log.use({Level::info, Format::text, text});
        log.use(json_to(json));
    }
    for (auto& writer : writers) writer.join();
    log.flush();
    const auto in_json = lines_of(contents(json)), in_text = lines_of(contents(text));
    CHECK(in_json.size() + in_text.size() + log.dropped() == kThreads * kLines);
    CHECK(std::ranges::all_of(in_json, [](const auto& line) { return line.starts_with('{'); }));
    CHECK(std::ranges::none_of(in_text, [](const auto& line) { return line.starts_with('{'); }));
}

TEST_CASE("another level, and another format of the same output, are followed; what cannot be opened changes nothing") {
    const Scratch scratch;
    const auto path = scratch.file("x.log");
    Log log(json_to(path));
    log.use({Level::debug, Format::text, path});
    CHECK(log.wants(Level::debug));
    log.event(Level::debug, "noise", "wanted");
    CHECK_THROWS_AS(log.use({Level::error, Format::json, scratch.file("none/x.log")}), Error);
    CHECK(log.wants(Level::debug));
    log.event(Level::debug, "noise", "again");
    log.flush();
    const auto lines = lines_of(contents(path));
    REQUIRE(lines.size() == 2);
    CHECK_THAT(lines[0], Contains("noise: wanted"));
    CHECK_THAT(lines[1], Contains("noise: again"));
}
