#include "make.h"

using namespace bascule;
using namespace bascule::rules;

namespace {

bool matches(std::string_view pattern, std::string_view text, TextPattern::Case letters = TextPattern::Case::counts) {
    return TextPattern::parse(pattern, letters).value().matches(text);
}

std::string fault(std::string_view pattern) {
    const auto parsed = TextPattern::parse(pattern);
    return parsed ? "" : parsed.error();
}

}  // namespace

TEST_CASE("a text is matched as it is, by its beginning, or by a regular expression") {
    CHECK(matches("/a", "/a"));
    CHECK_FALSE(matches("/a", "/a/b"));
    CHECK_FALSE(matches("/a", "/A"));
    CHECK(matches("/a*", "/a/b"));
    CHECK(matches("/a*", "/a"));
    CHECK_FALSE(matches("/a*", "/b"));
    CHECK(matches("*", ""));
    CHECK(matches("/", "/"));
    CHECK(matches("/^/v[0-9]+//", "/v12/items"));
    CHECK_FALSE(matches("/^/v[0-9]+//", "/V12/items"));
    CHECK(matches("/x\\xFF/", "x\xFF"));
}

TEST_CASE("where case is ignored, patterns are whatever their case") {
    CHECK(matches("Text/HTML", "text/html", TextPattern::Case::ignored));
    CHECK(matches("IMAGE/*", "image/png", TextPattern::Case::ignored));
    CHECK(matches("/JSON$/", "application/json", TextPattern::Case::ignored));
}

TEST_CASE("what is wrong with a text is said") {
    CHECK(fault("//") == "\"//\" would match everything; write \"*\"");
    CHECK(fault("/a(/") == "\"/a(/\" is not a regular expression: missing ): a(");
    CHECK(fault("/a*/b") ==
          "\"/a*/b\": a * stands at the end, for any ending; write a regular expression, /.../, for more than that");
    CHECK(fault("/" + std::string(1001, 'a') + "/") == "has more than 1000 characters");
}

TEST_CASE("a text is covered by what matches all that it does") {
    const auto covers = [](std::string_view wide, std::string_view narrow) {
        return TextPattern::parse(wide)->covers(*TextPattern::parse(narrow));
    };
    CHECK(covers("/a*", "/a/b"));
    CHECK(covers("/a*", "/a/*"));
    CHECK(covers("*", "/x(y)/"));
    CHECK(covers("/b/", "/ab"));
    CHECK(covers("/b/", "/b/"));
    CHECK_FALSE(covers("/a/*", "/a*"));
    CHECK_FALSE(covers("/a", "/a*"));
    CHECK_FALSE(covers("/b/", "/b*"));
    CHECK_FALSE(covers("/a*", "/c$/"));
}

TEST_CASE("a status is one, a class or a range") {
    const auto text = [](std::string_view written) {
        const auto range = StatusRange::parse(written);
        return range ? range->text() : "";
    };
    CHECK(text("404") == "404");
    CHECK(text("4xx") == "4xx");
    CHECK(text("400-499") == "4xx");
    CHECK(text("500-503") == "500-503");
    for (const auto* wrong : {"", "40", "4x", "6xx", "0xx", "99", "600", "404-400", "404-", "-404", "4xx-5xx", "abc"}) {
        INFO(wrong);
        CHECK(text(wrong).empty());
    }
    CHECK(StatusRange::parse("4xx")->contains(499));
    CHECK_FALSE(StatusRange::parse("4xx")->contains(500));
}

TEST_CASE("a size is above, below or between") {
    CHECK(SizeRange::parse(">10KiB")->contains(10 * 1024 + 1));
    CHECK_FALSE(SizeRange::parse(">10KiB")->contains(10 * 1024));
    CHECK(SizeRange::parse("<1MiB")->contains(1024 * 1024 - 1));
    CHECK_FALSE(SizeRange::parse("<1MiB")->contains(1024 * 1024));
    CHECK(SizeRange::parse("10-20")->contains(10));
    CHECK(SizeRange::parse("10-20")->contains(20));
    CHECK_FALSE(SizeRange::parse("10-20")->contains(21));
    for (const auto* wrong : {"", "10", "<0", ">", "20-10", "10-", ">x", "> 10"}) {
        INFO(wrong);
        CHECK_FALSE(SizeRange::parse(wrong));
    }
}

TEST_CASE("contents are edited by texts and by regular expressions, in order") {
    const auto edited = [](std::initializer_list<std::pair<std::string_view, std::string_view>> steps,
                           std::string content, std::uint64_t most = 100) {
        BodyEdit edit;
        for (const auto& [pattern, with] : steps) REQUIRE_FALSE(edit.add(pattern, with));
        const auto before = content;
        switch (edit.apply(content, most)) {
            case BodyEdit::Outcome::changed:
                return content;
            case BodyEdit::Outcome::unchanged:
                CHECK(content == before);
                return std::string("unchanged");
            default:
                CHECK(content == before);
                return std::string("too large");
        }
    };
    CHECK(edited({{"a.b", "\\1"}}, "a.b axb") == "\\1 axb");
    CHECK(edited({{"/(\\w+)@(\\w+)/", "\\2 at \\1"}}, "me@home") == "home at me");
    CHECK(edited({{"a", "b"}, {"b", "c"}}, "ab") == "cc");
    CHECK(edited({{"x", ""}}, "xyx") == "y");
    CHECK(edited({{"x", "y"}}, "abc") == "unchanged");
    CHECK(edited({{"a", "aaaa"}}, std::string(50, 'a')) == "too large");
}

TEST_CASE("what cannot be replaced is said") {
    BodyEdit edit;
    CHECK(edit.add("", "x") == "is empty; write what is to be replaced");
    CHECK(edit.add("/(/", "x") == "\"/(/\" is not a regular expression: missing ): (");
    CHECK(edit.add("/a*/", "x") == "\"/a*/\" matches nothing at all, too, and would be found everywhere");
    CHECK(edit.add("/a/", "\\1").value().starts_with("cannot be replaced with \"\\\\1\": "));
    CHECK(edit.empty());
}
