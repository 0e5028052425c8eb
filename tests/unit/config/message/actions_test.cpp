#include "make.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>

using namespace bascule;
using namespace bascule::config;
using namespace std::chrono_literals;
using rules::Side;

namespace {

/// The only action of a list, as what it is.
template <class What>
What only(std::string_view list, Side side, const std::string& path = "b.yaml") {
    const auto actions = actions_of(list, path);
    REQUIRE(actions.size() == 1);
    CHECK(actions.front().side == side);
    REQUIRE(std::holds_alternative<What>(actions.front().what));
    return std::get<What>(actions.front().what);
}

class Page {
  public:
    Page() {
        std::string name = (std::filesystem::temp_directory_path() / "bascule-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()));
        directory_ = name;
        std::ofstream(directory_ / "page.html") << "<p>no";
    }
    ~Page() { std::filesystem::remove_all(directory_); }
    std::string beside() const { return (directory_ / "b.yaml").string(); }

  private:
    std::filesystem::path directory_;
};

}  // namespace

TEST_CASE("block is a word, a status or a map") {
    CHECK(only<rules::Block>("block", Side::request).status == 403);
    CHECK(only<rules::Block>("[block]", Side::request).status == 403);
    CHECK(only<rules::Block>("{block: 451}", Side::request).status == 451);
    CHECK_FALSE(only<rules::Block>("[{block: {status: 404}}]", Side::request).page);
    const Page page;
    const auto block = only<rules::Block>("{block: {page: page.html}}", Side::request, page.beside());
    CHECK(block.page.value().type == "text/html; charset=utf-8");
    CHECK(*block.page->octets == "<p>no");
    CHECK(fault_in("[{block: 200}]") == "b.yaml:3:22: http[0].do[0].block: \"200\" is too small; the least is 400");
    CHECK(fault_in("[{block: {page: none.html}}]") ==
          "b.yaml:3:29: http[0].do[0].block.page: none.html: No such file or directory");
}

TEST_CASE("redirect is a URL, a path or a map") {
    CHECK(only<rules::Redirect>("{redirect: \"https://a.example/x?y#z\"}", Side::request).to ==
          "https://a.example/x?y#z");
    CHECK(only<rules::Redirect>("{redirect: /x}", Side::request).status == 302);
    const auto moved = only<rules::Redirect>("{redirect: {to: \"http://[::1]:8080\", status: 308}}", Side::request);
    CHECK(moved.to == "http://[::1]:8080");
    CHECK(moved.status == 308);
    for (const auto* wrong : {"x", "//a.example", "ftp://a.example", "https://", "https://a b", "https://a.example:0",
                              "https:///x", "javascript:alert(1)", "https://é.example"}) {
        INFO(wrong);
        CHECK(fault_in("[{redirect: \"" + std::string(wrong) + "\"}]")
                  .ends_with("is not a URL; write https://www.example/path, or /path on the same origin"));
    }
    CHECK(fault_in("{redirect: {to: /x, status: 304}}") ==
          "b.yaml:3:41: http[0].do.redirect.status: 304 sends nobody elsewhere; write 301, 302, 303, 307 or 308");
    CHECK(
        fault_in("{redirect: {status: 301}}") ==
        "b.yaml:3:24: http[0].do.redirect.to: is missing; write https://www.example/path, or /path on the same origin");
}

TEST_CASE("respond has a text or a file, or nothing") {
    const auto text = only<rules::Respond>("{respond: {text: \"{}\", content_type: application/json}}", Side::request);
    CHECK(text.status == 200);
    CHECK(*text.content.octets == "{}");
    CHECK(text.content.type == "application/json");
    CHECK(only<rules::Respond>("{respond: {text: x}}", Side::request).content.type == "text/plain; charset=utf-8");
    CHECK(only<rules::Respond>("{respond: {status: 204}}", Side::request).content.octets->empty());
    const Page page;
    const auto file = only<rules::Respond>("{respond: {file: page.html, status: 503}}", Side::request, page.beside());
    CHECK(file.content.type == "text/html; charset=utf-8");
    CHECK(*file.content.octets == "<p>no");
    CHECK(fault_in("{respond: {file: none}}") ==
          "b.yaml:3:30: http[0].do.respond.file: none: No such file or directory");
    CHECK(fault_in("{respond: {text: a, content_type: html}}") ==
          "b.yaml:3:47: http[0].do.respond.content_type: \"html\" is not a media type; write text/html");
}

TEST_CASE("rewrite_to is an origin") {
    CHECK(only<rules::RewriteTo>("{rewrite_to: \"https://Test.example\"}", Side::request).url() ==
          "https://test.example:443");
    CHECK(only<rules::RewriteTo>("{rewrite_to: \"http://127.0.0.1\"}", Side::request).url() == "http://127.0.0.1:80");
    CHECK(only<rules::RewriteTo>("{rewrite_to: \"https://[::1]:8443/\"}", Side::request).url() == "https://[::1]:8443");
    CHECK(fault_in("{rewrite_to: \"https://a.example/x\"}") ==
          "b.yaml:3:26: http[0].do.rewrite_to: \"https://a.example/x\" is not an origin; write https://host, "
          "https://host:8443 or http://127.0.0.1:8080");
}

TEST_CASE("fields are set, added and removed on each side") {
    const auto actions = actions_of(
        "[{set_header: {request: {X-Lab: 1, via: [a, b]}, response: {x-lab: \"\"}}}, "
        "{add_header: {response: {set-cookie: c=1}}}, {remove_header: {request: [Cookie, dnt]}}]");
    REQUIRE(actions.size() == 4);
    const auto& set = std::get<rules::EditFields>(actions[0].what);
    CHECK(actions[0].side == Side::request);
    CHECK(actions[0].name() == "set_header");
    REQUIRE(set.fields.size() == 3);
    CHECK(set.fields[0].name == "x-lab");
    CHECK(set.fields[2].value == "b");
    CHECK(actions[1].side == Side::response);
    CHECK(std::get<rules::EditFields>(actions[1].what).fields.front().value.empty());
    CHECK(actions[2].name() == "add_header");
    CHECK(actions[3].name() == "remove_header");
    CHECK(std::get<rules::EditFields>(actions[3].what).fields.front().name == "cookie");
}

TEST_CASE("fields that frame a message are not changed") {
    CHECK(fault_in("[{set_header: {request: {Content-Length: 5}}}]") ==
          "b.yaml:3:54: http[0].do[0].set_header.request.Content-Length: Content-Length says where a message ends, and "
          "is "
          "always as the content is; take it out");
    CHECK(fault_in("[{remove_header: {response: [server, connection]}}]") ==
          "b.yaml:3:50: http[0].do[0].remove_header.response[1]: connection is about one connection, and not about the "
          "message; take it out");
    CHECK(fault_in("[{duplicate_header: transfer-encoding}]").contains("says where a message ends"));
    CHECK(fault_in("[{add_header: {request: {\"a b\": 5}}}]").contains("\"a b\" is not the name of a header field"));
    CHECK(fault_in("[{add_header: {request: {x-lab: \" 5\"}}}]").contains("begins or ends with a blank"));
    CHECK(fault_in("[{set_header: {x-lab: 1}}]") ==
          "b.yaml:3:28: http[0].do[0].set_header: \"x-lab\" is neither request nor response");
    CHECK(fault_in("[{remove_header: cookie}]") ==
          "b.yaml:3:30: http[0].do[0].remove_header: \"cookie\" does not say of what; write {request: ...} or "
          "{response: ...}");
}

TEST_CASE("contents are replaced within a limit") {
    const auto replace = only<rules::ReplaceBody>(
        "{replace_body: {response: [{pattern: a, with: b}, {pattern: \"/c(.)/\", with: '\\1'}], limit: 1MiB, "
        "on_failure: block}}",
        Side::response);
    CHECK(replace.limit == 1 << 20);
    CHECK(replace.block_on_failure);
    std::string content = "acd";
    CHECK(replace.edit.apply(content, 10) == rules::BodyEdit::Outcome::changed);
    CHECK(content == "bd");
    CHECK(actions_of(
              "{replace_body: {request: [{pattern: a, with: \"\"}], response: [{pattern: a, with: b}], limit: 1KiB}}")
              .size() == 2);
    CHECK(
        fault_in("{replace_body: {response: [{pattern: a, with: b}]}}") ==
        "b.yaml:3:28: http[0].do.replace_body.limit: is missing; write limit: 1MiB; contents are held whole up to it");
    CHECK(fault_in("{replace_body: {limit: 1MiB}}") ==
          "b.yaml:3:28: http[0].do.replace_body.response: is missing, and request is; write response: [{pattern: old, "
          "with: new}]");
    CHECK(
        fault_in("{replace_body: {limit: 1MiB, response: [{pattern: \"/(/\", with: b}]}}") ==
        "b.yaml:3:63: http[0].do.replace_body.response[0].pattern: \"/(/\" is not a regular expression: missing ): (");
    CHECK(fault_in("{replace_body: {limit: 1MiB, response: [{pattern: \"/a/\", with: '\\1'}]}}")
              .contains("cannot be replaced with"));
}

TEST_CASE("what is slow or breaks off is so on the side that is named, or the response's") {
    CHECK(only<rules::Delay>("{delay: 200ms}", Side::request).span == 200ms);
    CHECK(only<rules::Delay>("{delay: {response: 1s}}", Side::response).span == 1s);
    CHECK(only<rules::Throttle>("{throttle: 64KiB/s}", Side::response).octets_per_second == 64 * 1024);
    CHECK(only<rules::Throttle>("{throttle: {request: 1B/s}}", Side::request).octets_per_second == 1);
    CHECK(only<rules::AbortAfter>("{abort_after: 10KiB}", Side::response).octets == 10 * 1024);
    CHECK(only<rules::TruncateBody>("{truncate_body: 0}", Side::response).octets == 0);
    const auto corrupt = only<rules::Corrupt>("{corrupt: 1/1000}", Side::response);
    CHECK((corrupt.times == 1 && corrupt.of == 1000));
    const auto drip = only<rules::Drip>("{drip: 1B/100ms}", Side::response);
    CHECK((drip.octets == 1 && drip.every == 100ms));
    CHECK(only<rules::SetStatus>("{status: 503}", Side::response).status == 503);
    CHECK(only<rules::DuplicateHeader>("{duplicate_header: [Via, date]}", Side::response).names ==
          std::vector<std::string>{"via", "date"});
    for (const auto* wrong : {"throttle: 64KiB", "throttle: 0/s", "corrupt: 1/0", "corrupt: 2/1", "corrupt: 0/5",
                              "drip: 1B", "drip: 1B/0s", "abort_after: x", "delay: 2h", "status: 100"}) {
        INFO(wrong);
        CHECK(fault_in("[{" + std::string(wrong) + "}]").starts_with("b.yaml:3:"));
    }
    CHECK(fault_in("{throttle: 64}") == "b.yaml:3:24: http[0].do.throttle: \"64\" is not a rate; write 64KiB/s");
}

TEST_CASE("strip_alt_svc is a word or a key; log has more or less in the record") {
    only<rules::StripAltSvc>("strip_alt_svc", Side::response);
    only<rules::StripAltSvc>("{strip_alt_svc: true}", Side::response);
    CHECK(actions_of("[{strip_alt_svc: false}, {delay: 1s}]").size() == 1);
    const auto more = only<rules::LogDetail>("{log: {level: warning, headers: all}}", Side::request);
    CHECK(more.level == rules::LogDetail::Level::warning);
    CHECK(more.all_headers);
    const auto less = only<rules::LogDetail>("{log: {level: debug, headers: none}}", Side::request);
    CHECK(less.headers.value().empty());
    CHECK_FALSE(only<rules::LogDetail>("{log: {level: debug}}", Side::request).headers);
    CHECK(only<rules::LogDetail>("{log: {headers: [Accept, via]}}", Side::request).headers.value().front() == "accept");
}

TEST_CASE("the actions of a map act in the order written") {
    const auto actions = actions_of("{delay: 1s, set_header: {request: {x: 1}}, block: 404}");
    REQUIRE(actions.size() == 3);
    CHECK(actions[0].name() == "delay");
    CHECK(actions[1].name() == "set_header");
    CHECK(actions[2].name() == "block");
    CHECK(actions[2].place.line == 3);
}

TEST_CASE("what is no action is told with what was meant") {
    CHECK(fault_in("{}").starts_with("b.yaml:3:13: http[0].do: is empty; write do: block"));
    CHECK(fault_in("[{}]") == "b.yaml:3:14: http[0].do[0]: is empty; write a key and its value, or take it out");
    CHECK(fault_in("blok") == "b.yaml:3:13: http[0].do: \"blok\" is not known here; did you mean \"block\"?");
    CHECK(fault_in("[redirect]") == "b.yaml:3:14: http[0].do[0]: redirect needs a value; write redirect: ...");
    CHECK(fault_in("[{blok: 403}]") == "b.yaml:3:15: unknown key \"blok\" in http[0].do[0]; did you mean \"block\"?");
    CHECK(fault_in("[]") ==
          "b.yaml:3:13: http[0].do: is empty; write do: block, or do: [{set_header: {response: {x-lab: "
          "value}}}]");
    CHECK(
        faults("http: [{name: a}]\n") ==
        std::vector<std::string>{"b.yaml:3:8: http[0].do: is missing; write do: block, or do: [{set_header: {response: "
                                 "{x-lab: value}}}]"});
}
