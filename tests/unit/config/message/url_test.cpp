#include "config/message/url.h"

#include "tests/support/catch.h"

#include <fmt/format.h>

using bascule::config::Url;

namespace {

std::string parts(std::string_view text) {
    const auto url = Url::parse(text);
    return url ? fmt::format("{} {} {} {} {}", url->scheme(), url->host, url->port, url->path, url->query) : "none";
}

}  // namespace

TEST_CASE("a URL is taken apart") {
    CHECK(parts("https://WWW.Example") == "https www.example 443 / ");
    CHECK(parts("HTTP://a.example:8080/x/y?q=1&r#f") == "http a.example 8080 /x/y q=1&r");
    CHECK(parts("https://[2001:db8::1]:8443?q") == "https 2001:db8::1 8443 / q");
    CHECK(parts("https://[::1]/") == "https ::1 443 / ");
    CHECK(parts("http://192.0.2.1#f") == "http 192.0.2.1 80 / ");
}

TEST_CASE("what is no URL of http or https is none") {
    for (const auto* wrong : {"", "x", "/x", "//a.example", "https:", "https://", "https:///x", "https:a.example",
                              "ftp://a.example", "https://a b", "https://a.example:0", "https://a.example:x",
                              "https://me@a.example", "https://a.example/\"", "https://a.example/\n"}) {
        INFO(wrong);
        CHECK(parts(wrong) == "none");
    }
}
