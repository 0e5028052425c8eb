#include "base/error.h"
#include "inspect/har/har_entry.h"
#include "inspect/har/har_file.h"
#include "inspect/har/har_log.h"
#include "scratch.h"
#include "tests/support/catch.h"

#include <nlohmann/json.hpp>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

using namespace bascule;
using namespace bascule::inspect;
using nlohmann::json;

namespace {

json entries_of(const std::string& path) {
    return json::parse(contents(path))["log"]["entries"];
}

void write_text(const std::string& path, std::string_view text) {
    std::ofstream(path, std::ios::binary) << text;
}

HarExchange exchange() {
    HarExchange all;
    all.place = {.id = "c1", .exchange = 7, .stream = 9};
    all.request.head = {.version = "2",
                        .method = "POST",
                        .scheme = "https",
                        .authority = "a.example",
                        .path = "/p?q=%20&r",
                        .reason = {},
                        .fields = {{"cookie", "a=b; c"}, {"cookie", "d=e=f"}},
                        .octets = 40};
    all.answer.direction = Direction::down;
    all.answer.head.version = "2";
    all.answer.head.status = 200;
    all.answer.head.fields = {{"set-cookie", "s=1; Path=/x; Domain=d; HttpOnly; secure"},
                              {"content-type", "image/png"}};
    all.answer.head.octets = 30;
    all.answer.body = "\xff\x01";
    all.answer.body_bytes = 2;
    return all;
}

json entry_of(const HarExchange& all) {
    std::string out;
    append_har_entry(out, all);
    return json::parse(out);
}

}  // namespace

TEST_CASE("an entry has what HAR 1.2 asks for") {
    auto all = exchange();
    all.wait = 2.5;
    const auto entry = entry_of(all);
    CHECK(entry["request"]["url"] == "https://a.example/p?q=%20&r");
    CHECK(entry["request"]["httpVersion"] == "HTTP/2.0");
    CHECK(entry["request"]["cookies"] ==
          json::parse(R"([{"name":"a","value":"b"},{"name":"c","value":""},{"name":"d","value":"e=f"}])"));
    CHECK(entry["request"]["queryString"] == json::parse(R"([{"name":"q","value":" "},{"name":"r","value":""}])"));
    CHECK_FALSE(entry["request"].contains("postData"));
    CHECK(entry["response"]["cookies"] ==
          json::parse(R"([{"name":"s","value":"1","path":"/x","domain":"d","httpOnly":true,"secure":true}])"));
    CHECK(entry["response"]["content"]["text"] == "/wE=");
    CHECK(entry["response"]["content"]["encoding"] == "base64");
    CHECK((entry["_exchange"] == 7 && entry["_stream"] == 9 && entry["connection"] == "c1"));
    CHECK(entry["time"] == 2.5);
    CHECK_FALSE(entry.contains("_webSocketMessages"));
}

TEST_CASE("octets that no text has, and answers that never came, make no bad JSON") {
    auto all = exchange();
    all.request.head.path = "/\xff\x1b\"\\";
    all.request.head.fields.emplace_back("\xc3", std::string("\0\n", 2));
    all.request.body = "\xff";
    all.request.body_bytes = 1;
    all.answer = {};
    all.comment = "reset by the upstream";
    const auto entry = entry_of(all);
    CHECK(entry["response"]["status"] == 0);
    CHECK(entry["comment"] == "reset by the upstream");
    CHECK(entry["request"]["postData"]["_encoding"] == "base64");
}

TEST_CASE("a HAR file is valid after each entry, and for its owner alone") {
    const Scratch scratch;
    const auto path = scratch.file("sub/t.har");
    HarFile file(path, "1.0");
    CHECK(entries_of(path).empty());
    for (int i = 1; i <= 20; ++i) {
        REQUIRE(file.add(fmt::format(R"({{"n":{}}})", i)));
        CHECK(entries_of(path).size() == static_cast<std::size_t>(i));
    }
    CHECK((std::filesystem::status(path).permissions() & std::filesystem::perms::all) == std::filesystem::perms(0600));
    CHECK_THROWS_AS(HarFile(path, "1.0"), Error);  // another writes it
}

TEST_CASE("a HAR file is continued, and what a crash left of an entry is cut off") {
    const Scratch scratch;
    const auto path = scratch.file("t.har");
    const auto entries = GENERATE(0U, 1U, 2U);
    {
        HarFile file(path, "1.0");
        for (unsigned n = 0; n < entries; ++n) file.add(R"({"n":0})");
    }
    const auto before = contents(path);
    const auto closing = before.rfind("\n]}}");
    const std::string entry = std::string(entries == 0 ? "" : ",") + "\n{\"n\":3,\"text\":\"abc\"}\n]}}\n";
    for (std::size_t written = 0; written <= entry.size(); ++written) {
        auto torn = before;
        write_text(path, torn.replace(closing, std::min(written, torn.size() - closing), entry.substr(0, written)));
        HarFile file(path, "2.0");
        const auto left = entries_of(path).size();
        CHECK((left == entries || left + 1 == entries || left == entries + 1));
        REQUIRE(file.add(R"({"n":4})"));
        CHECK(entries_of(path).size() == left + 1);
        CHECK(entries_of(path).back()["n"] == 4);
    }
}

TEST_CASE("a file that is not ours is left alone") {
    const Scratch scratch;
    const auto path = scratch.file("notes");
    write_text(path, "notes\n");
    CHECK_THROWS_WITH(HarFile(path, "1.0"), test::Contains("no HAR file of ours"));
    CHECK(contents(path) == "notes\n");
}

TEST_CASE("a full disk leaves a valid HAR file, and the next entry that fits is taken") {
    const Scratch scratch;
    const auto path = scratch.file("t.har");
    const auto child = ::fork();
    if (child == 0) {
        std::signal(SIGXFSZ, SIG_IGN);
        HarFile file(path, "1.0");
        const rlimit limit{.rlim_cur = 4096, .rlim_max = 4096};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        const bool first = file.add(R"({"n":1})");
        const bool large = file.add(R"({"n":")" + std::string(8000, 'x') + R"("})");
        const bool last = file.add(R"({"n":3})");
        ::_exit(first && !large && file.fault() == EFBIG && last ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
    CHECK(entries_of(path).size() == 2);
}

TEST_CASE("the log writes many files, makes a moved one anew, and says once what it cannot write") {
    const Scratch scratch;
    std::vector<std::string> said;
    const auto complain = [](void* context, std::string_view text) {
        static_cast<std::vector<std::string>*>(context)->emplace_back(text);
    };
    HarLog log("1.0", complain, &said);
    const auto one = scratch.file("one.har"), two = scratch.file("two.har"), bad = scratch.file("bad.har");
    write_text(bad, "x");
    for (int i = 0; i < 10; ++i) {
        log.add(one, exchange());
        log.add(two, exchange());
        log.add(bad, exchange());
    }
    log.flush();
    CHECK(entries_of(one).size() == 10);
    CHECK(entries_of(two).size() == 10);
    CHECK(log.dropped() == 10);
    CHECK(said.size() == 1);
    std::filesystem::rename(one, one + ".1");
    log.add(one, exchange());
    log.flush();
    CHECK(entries_of(one).size() == 1);
    CHECK(entries_of(one + ".1").size() == 10);
}
