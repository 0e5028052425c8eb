#include "config/yaml.h"

#include "tests/support/catch.h"

using namespace bascule::config;

namespace {

std::vector<std::string> problems_of(std::string_view yaml) {
    Problems problems;
    read_yaml(yaml, "b.yaml", problems);
    std::vector<std::string> lines;
    for (const auto& problem : problems.take_in_order()) lines.push_back(problem.text());
    return lines;
}

/// The first problem of the text.
std::string problem_of(std::string_view yaml) {
    const auto lines = problems_of(yaml);
    return lines.empty() ? "" : lines.front();
}

bool told(std::string_view yaml, std::string_view beginning) {
    const auto line = problem_of(yaml);
    INFO(line);
    CHECK(line.substr(0, beginning.size()) == beginning);
    return line.starts_with(beginning);
}

}  // namespace

TEST_CASE("lines and columns count from 1") {
    Problems problems;
    const auto root = read_yaml("a: 1\nb:\n  - x\n  - {c: 'y'}\n", "b.yaml", problems);
    REQUIRE(root);
    const auto& list = root->entries.at(1).value;
    CHECK(list.items.at(0).line == 3);
    CHECK(list.items.at(0).column == 5);
    CHECK(list.items.at(1).line == 4);
    const auto& y = list.items.at(1).entries.at(0).value;
    CHECK(y.column == 9);
    CHECK(y.quoted);
}

TEST_CASE("duplicate keys are refused, each with the line of the first") {
    CHECK(problems_of("a: 1\nb: 2\na: 3\nc: {d: 1, d: 2}\n\"a\": 4\n") ==
          std::vector<std::string>{"b.yaml:3:1: duplicate key \"a\"; the first is at line 1, remove one of them",
                                   "b.yaml:4:11: duplicate key \"d\"; the first is at line 4, remove one of them",
                                   "b.yaml:5:1: duplicate key \"a\"; the first is at line 1, remove one of them"});
}

TEST_CASE("aliases, anchors and tags are refused where they are") {
    told("a: &x 1\n", "b.yaml:1:4: an anchor (&) is not used here");
    told("a: &x [1]\nb: *x\n", "b.yaml:1:4: an anchor (&) is not used here");
    told("a: &x [*x]\n", "b.yaml:1:4: an anchor (&) is not used here");
    told("a: !weird 1\n", "b.yaml:1:4: a tag (!) is not used here");
    told("a: !!int 1\n", "b.yaml:1:4: a tag (!) is not used here");
    told("a: !x {b: 1}\n", "b.yaml:1:4: a tag (!) is not used here");
    told("a: *.bank.example\n", "b.yaml:1:4: not YAML: ");
    CHECK(problem_of("a: *.bank.example\n").find("in quotes") != std::string::npos);
}

TEST_CASE("an alias bomb costs nothing") {
    std::string bomb = "a0: &a0 [x, x]\n";
    for (int i = 1; i < 60; ++i) {
        const auto before = std::to_string(i - 1), now = std::to_string(i);
        bomb += "a" + now + ": &a" + now + " [*a" + before + ", *a" + before + "]\n";
    }
    CHECK_FALSE(problem_of(bomb).empty());
}

TEST_CASE("one file is one document") {
    told("a: 1\n---\nb: 2\n", "b.yaml:2:1: a second document begins here");
    CHECK(problem_of("---\na: 1\n...\n").empty());
}

TEST_CASE("keys are words") {
    told("[a]: 1\n", "b.yaml:1:1: a key must be a word");
    told("? {a: b}\n: 1\n", "b.yaml:1:3: a key must be a word");
    told("~: 1\n", "b.yaml:1:1: a key must be a word");
}

TEST_CASE("depth is bounded, however it is made") {
    for (const std::string unit : {"[", "{a: ", "- ", "? ", "- - [{a: "}) {
        std::string deep;
        for (int i = 0; i < 100'000; ++i) deep += unit;
        INFO(unit);
        CHECK_FALSE(problem_of(deep).empty());
    }
    told("a: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n",
         "b.yaml:1:35: nested more than 32 deep");
}

TEST_CASE("the text is UTF-8 without NUL and control characters") {
    told(std::string_view("a: b\nc\0: d\n", 11), "b.yaml:2:2: a NUL octet");
    told("a: b\nc: \xff\n", "b.yaml:2:4: not UTF-8");
    told("a: \xed\xa0\x80\n", "b.yaml:1:4: not UTF-8");
    told("a: \xc0\xaf\n", "b.yaml:1:4: not UTF-8");
    told("a: \xf0\x9f\x98", "b.yaml:1:4: not UTF-8");
    told("a: \"x\\0y\"\n", "b.yaml:1:4: \"x\\x00y\" holds a control character");
    told("a: \"x\\ny\"\n", "b.yaml:1:4: \"x\\ny\" holds a control character");
    CHECK(problem_of("\xEF\xBB\xBF"
                     "a: b\xC3\xBC\xF0\x9F\x98\x80\r\nb: 1\r\n")
              .empty());
}

TEST_CASE("what is not YAML is told with its place") {
    told("a: [1, 2\nb: 3\n", "b.yaml:");
    told("a: 1\n b: 2\n", "b.yaml:2:");
    told("a:\n\tb: 1\n", "b.yaml:2:");
}

TEST_CASE("a file beyond 64 MiB is refused before it is parsed") {
    told(std::string((64 << 20) + 1, '#'), "b.yaml: larger than 64MiB");
}
