#include "make.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>

using namespace bascule;
using namespace bascule::config;

namespace {

rules::MessageMatch match_of(std::string_view keys, const std::string& path = "b.yaml") {
    const auto config = config_of("http: [{match: {" + std::string(keys) + "}, do: [{delay: 1s}]}]\n", path);
    return config.messages->rules().front().match;
}

std::string fault_in_match(std::string_view keys) {
    const auto lines = faults("http: [{match: {" + std::string(keys) + "}, do: [{delay: {response: 1s}}]}]\n");
    return lines.size() == 1 ? lines.front() : std::to_string(lines.size()) + " faults";
}

std::string written(const rules::Texts& texts) {
    std::string all;
    for (const auto& one : texts) all += one.written() + " ";
    return all;
}

/// A list file in a directory of its own, which is gone with the test.
class ListFile {
  public:
    explicit ListFile(std::string_view text) {
        std::string name = (std::filesystem::temp_directory_path() / "bascule-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()));
        directory_ = name;
        std::ofstream(directory_ / "list.txt") << text;
    }
    ~ListFile() { std::filesystem::remove_all(directory_); }
    std::string beside() const { return (directory_ / "b.yaml").string(); }

  private:
    std::filesystem::path directory_;
};

}  // namespace

TEST_CASE("message rules take the keys of rules") {
    const auto match = match_of(
        "listener: apps, source: 10.0.0.0/8, destination: \"192.0.2.1:443\", port: [80, 443], "
        "server_name: \"*.example\", alpn: h2, protocol: [tls, http]");
    CHECK(match.connection.listener == std::vector<std::string>{"apps"});
    CHECK(match.connection.source.size() == 1);
    CHECK(match.connection.destination.front().port == 443);
    CHECK(match.connection.port == std::vector<std::uint16_t>{80, 443});
    CHECK(match.connection.server_name == match.server_name.set);
    CHECK(match.server_name.written.front().written() == "*.example");
    CHECK(match.connection.alpn == std::vector<std::string>{"h2"});
    CHECK(match.connection.protocol.size() == 2);
    CHECK(fault_in_match("listener: apsp") ==
          "b.yaml:3:27: http[0].match.listener: no listener has the name \"apsp\"; did you mean \"apps\"?");
}

TEST_CASE("message rules take what requests say") {
    const auto match = match_of(
        "method: [GET, PURGE], host: [WWW.Example, \"*.a.example\", /^b/], "
        "path: [/, /a, /b/*, \"/^/c[0-9]/\"], query: \"q=1*\", "
        "header: {X-Lab: on, accept: [\"text/*\", \"/json/\"]}");
    CHECK(written(match.method) == "GET PURGE ");
    CHECK(match.host.set->contains("www.example"));
    CHECK(match.host.written.size() == 3);
    CHECK_FALSE(match.host.listed);
    CHECK(written(match.path) == "/ /a /b/* /^/c[0-9]/ ");
    CHECK(written(match.query) == "q=1* ");
    REQUIRE(match.header.size() == 2);
    CHECK(match.header.front().name == "x-lab");
    CHECK(written(match.header.back().values) == "text/* /json/ ");
    CHECK_FALSE(match.asks_response());
}

TEST_CASE("message rules take what responses say") {
    const auto match = match_of(
        "status: [404, 5xx, 300-302], content_type: [Text/HTML, \"image/*\"], "
        "response_header: {server: \"*\"}, size: [\">10KiB\", 1-5]");
    CHECK(match.status.size() == 3);
    CHECK(match.status.back().text() == "300-302");
    CHECK(written(match.content_type) == "text/html image/* ");
    CHECK(match.response_header.front().name == "server");
    CHECK(match.size.front().least == 10 * 1024 + 1);
    CHECK(match.asks_response());
}

TEST_CASE("message rules take list files") {
    const ListFile list("# those\n/a\n/b/*\n");
    CHECK(written(match_of("path: [file:list.txt, /c]", list.beside()).path) == "/a /b/* /c ");
    const ListFile names("a.example\n*.b.example\n");
    const auto host = match_of("host: [file:list.txt, c.example]", names.beside()).host;
    CHECK(host.listed);
    CHECK(host.written.size() == 1);
    CHECK(host.set->contains("x.b.example"));
    CHECK(host.set->contains("c.example"));
}

TEST_CASE("what is wrong in a list file of paths is told by its line") {
    const ListFile list("/a\nb\n/c(/\n");
    const auto lines = faults("http: [{match: {path: file:list.txt}, do: block}]\n", list.beside());
    REQUIRE(lines.size() == 2);
    CHECK(
        lines[0].ends_with("list.txt:2:1: http[0].match.path: \"b\" does not begin with a slash, as every path does; "
                           "write \"/b\""));
    CHECK(lines[1].contains("list.txt:3:1: http[0].match.path: \"/c(/\" is not a regular expression"));
}

TEST_CASE("mistakes in a match are told where they are") {
    CHECK(fault_in_match("methd: GET") ==
          "b.yaml:3:17: unknown key \"methd\" in http[0].match; did you mean \"method\"?");
    CHECK(fault_in_match("method: get") ==
          "b.yaml:3:25: http[0].match.method: \"get\": the case of a method counts; write GET");
    CHECK(fault_in_match("method: \"G T\"") ==
          "b.yaml:3:25: http[0].match.method: \"G T\" is not a method; write GET or POST");
    CHECK(fault_in_match("host: \"a.example:80\"") ==
          "b.yaml:3:23: http[0].match.host: \"a.example:80\" is not a server name; write www.example, *.example or "
          "/regex/");
    CHECK(
        fault_in_match("path: [/a, \"b/*\"]") ==
        "b.yaml:3:28: http[0].match.path[1]: \"b/*\" does not begin with a slash, as every path does; write \"/b/*\"");
    CHECK(fault_in_match("path: /login/") ==
          "b.yaml:3:23: http[0].match.path: \"/login/\" may be a path, or a regular expression in slashes; write "
          "\"/^/login/$/\" for the path, \"/login/*\" for what is below it, \"/(login)/\" for the expression");
    CHECK(
        fault_in_match("path: \"/a?q=1\"") ==
        "b.yaml:3:23: http[0].match.path: \"/a?q=1\": a path is compared without the query; write path: /a and query: "
        "q=1");
    CHECK(fault_in_match("path: \"/a(/\"") ==
          "b.yaml:3:23: http[0].match.path: \"/a(/\" is not a regular expression: missing ): a(");
    CHECK(fault_in_match("query: \"?q\"") ==
          "b.yaml:3:24: http[0].match.query: \"?q\": a query is compared without its question mark; write \"q\"");
    CHECK(fault_in_match("header: x-lab") ==
          "b.yaml:3:25: http[0].match.header: \"x-lab\" is not a map of names; write {x-lab: value}");
    CHECK(fault_in_match("header: {\"x lab\": 1}") ==
          "b.yaml:3:35: http[0].match.header.x lab: \"x lab\" is not the name of a header field; write letters, digits "
          "and "
          "hyphens, as x-lab");
    CHECK(fault_in_match("header: {\":path\": /}") ==
          "b.yaml:3:35: http[0].match.header.:path: \":path\" is no header field, but how HTTP/2 writes what the keys "
          "method, host, path and status match");
    CHECK(fault_in_match("header: {x-lab: [a*b]}") ==
          "b.yaml:3:34: http[0].match.header.x-lab[0]: \"a*b\": a * stands at the end, for any ending; write a regular "
          "expression, /.../, for more than that");
    CHECK(fault_in_match("status: 4x") ==
          "b.yaml:3:25: http[0].match.status: \"4x\" is not a status; write 404, 4xx or 400-499");
    CHECK(fault_in_match("size: 10KiB") ==
          "b.yaml:3:23: http[0].match.size: \"10KiB\" is not a range of sizes; write \">10KiB\", \"<1MiB\" or "
          "10KiB-1MiB");
    CHECK(fault_in_match("path: file:none.txt") ==
          "b.yaml:3:23: http[0].match.path: none.txt: No such file or directory; create it, one name per line");
}
