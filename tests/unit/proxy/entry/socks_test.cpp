#include "proxy/entry/socks.h"

#include "tests/support/catch.h"

using namespace bascule;
using namespace bascule::proxy::socks;

namespace {

auto opening(std::string_view text) {
    return parse_opening(as_bytes(text));
}
auto request(std::string_view text) {
    return parse_request(as_bytes(text));
}

std::string octets(std::initializer_list<int> values) {
    std::string text;
    for (const auto value : values) text += static_cast<char>(value);
    return text;
}

const std::string kConnect4 = octets({4, 1, 0x01, 0xbb, 192, 0, 2, 1});
const std::string kConnect4a = octets({4, 1, 0x01, 0xbb, 0, 0, 0, 9});
const std::string kNul(1, '\0');

std::string named_request(const std::string& name) {
    return octets({5, 1, 0, 3, static_cast<int>(name.size())}) + name + octets({0x01, 0xbb});
}

/// Nothing where the request is not refused.
std::string refusal(const std::variant<NeedMore, Bad, Request>& result) {
    const auto* bad = std::get_if<Bad>(&result);
    return bad ? to_hex(bad->answer) : "";
}
std::string refusal(const std::variant<NeedMore, Bad, Greeting, Request>& result) {
    const auto* bad = std::get_if<Bad>(&result);
    return bad ? to_hex(bad->answer) : "";
}

constexpr auto* kRejected4 = "005b000000000000";

}  // namespace

TEST_CASE("SOCKS4 names an address") {
    const auto parsed = std::get<Request>(opening(kConnect4 + "me" + kNul + "\x16\x03"));
    CHECK(parsed.version == 4);
    CHECK(parsed.target == HostPort{"192.0.2.1", 443});
    CHECK(parsed.size == 11);
}

TEST_CASE("SOCKS4a names a host") {
    const auto parsed = std::get<Request>(opening(kConnect4a + kNul + "www.example" + kNul));
    CHECK(parsed.target == HostPort{"www.example", 443});
    CHECK(parsed.size == 21);
    CHECK(std::get<Request>(opening(octets({4, 1, 0, 80, 0, 0, 0, 0, 0}))).target.host == "0.0.0.0");
}

TEST_CASE("SOCKS4 is refused for anything but a bounded CONNECT") {
    CHECK(refusal(opening(octets({4, 2}))) == kRejected4);
    CHECK(refusal(opening(octets({4, 1, 0, 0}))) == kRejected4);
    CHECK(std::holds_alternative<Request>(opening(kConnect4 + std::string(255, 'u') + kNul)));
    CHECK(refusal(opening(kConnect4 + std::string(256, 'u') + kNul)) == kRejected4);
    CHECK(refusal(opening(kConnect4 + std::string(256, 'u'))) == kRejected4);
    CHECK(refusal(opening(kConnect4a + kNul + kNul)) == kRejected4);
    CHECK(refusal(opening(kConnect4a + kNul + std::string(256, 'n'))) == kRejected4);
    CHECK(refusal(opening(kConnect4a + kNul + "a\r\nb" + kNul)) == kRejected4);
    CHECK(refusal(opening(kConnect4a + kNul + "a b" + kNul)) == kRejected4);
}

TEST_CASE("SOCKS5 is greeted without authentication or not at all") {
    const auto greeting = std::get<Greeting>(opening(octets({5, 2, 2, 0, 5, 1})));
    CHECK(to_hex(greeting.answer) == "0500");
    CHECK(greeting.size == 4);
    CHECK(refusal(opening(octets({5, 1, 2}))) == "05ff");
    CHECK(refusal(opening(octets({5, 0}))) == "05ff");
}

TEST_CASE("what is not SOCKS is refused without an answer") {
    for (const auto* text : {"GET / HTTP/1.1", "\x16\x03\x01", "\x06"}) {
        CHECK(std::get<Bad>(opening(text)).answer.empty());
    }
}

TEST_CASE("SOCKS5 asks for an address or a name") {
    const auto four = std::get<Request>(request(octets({5, 1, 0, 1, 192, 0, 2, 1, 0x01, 0xbb}) + "more"));
    CHECK(four.version == 5);
    CHECK(four.target == HostPort{"192.0.2.1", 443});
    CHECK(four.size == 10);
    const auto six = std::get<Request>(
        request(octets({5, 1, 0, 4, 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 80})));
    CHECK(six.target == HostPort{"2001:db8::1", 80});
    const auto named = std::get<Request>(request(named_request("www.example")));
    CHECK(named.target == HostPort{"www.example", 443});
    CHECK(named.size == 18);
    CHECK(std::get<Request>(request(named_request(std::string(255, 'n')))).target.host.size() == 255);
}

TEST_CASE("a SOCKS5 request is refused with the code that says why") {
    CHECK(refusal(request(octets({5, 2}))) == "05070001000000000000");
    CHECK(refusal(request(octets({5, 3, 0, 1}))) == "05070001000000000000");
    CHECK(refusal(request(octets({5, 1, 0, 2}))) == "05080001000000000000");
    CHECK(refusal(request(octets({4, 1}))) == "05010001000000000000");
    CHECK(refusal(request(octets({5, 1, 1}))) == "05010001000000000000");
    CHECK(refusal(request(octets({5, 1, 0, 1, 192, 0, 2, 1, 0, 0}))) == "05010001000000000000");
    CHECK(refusal(request(named_request(""))) == "05010001000000000000");
    CHECK(refusal(request(named_request("a" + kNul + "b"))) == "05010001000000000000");
    CHECK(refusal(request(named_request("a\nb"))) == "05010001000000000000");
}

TEST_CASE("every prefix of a SOCKS message asks for more") {
    const auto asks = [](const auto& result) { return std::holds_alternative<NeedMore>(result); };
    for (const auto& text :
         {kConnect4 + "me" + kNul, kConnect4a + "me" + kNul + "www.example" + kNul, octets({5, 3, 1, 0, 2})}) {
        for (std::size_t size = 0; size < text.size(); ++size) {
            INFO(size);
            CHECK(asks(opening(std::string_view(text).substr(0, size))));
        }
        CHECK_FALSE(asks(opening(text)));
    }
    const auto text = named_request("www.example");
    for (std::size_t size = 0; size < text.size(); ++size) {
        CHECK(asks(request(std::string_view(text).substr(0, size))));
    }
}

TEST_CASE("an outcome is answered in the version that was asked") {
    CHECK(to_hex(answer(5, Reply::granted)) == "05000001000000000000");
    CHECK(to_hex(answer(5, Reply::failure)) == "05010001000000000000");
    CHECK(to_hex(answer(5, Reply::not_allowed)) == "05020001000000000000");
    CHECK(to_hex(answer(5, Reply::network_unreachable)) == "05030001000000000000");
    CHECK(to_hex(answer(5, Reply::host_unreachable)) == "05040001000000000000");
    CHECK(to_hex(answer(5, Reply::refused)) == "05050001000000000000");
    CHECK(to_hex(answer(5, Reply::timed_out)) == "05060001000000000000");
    CHECK(to_hex(answer(4, Reply::granted)) == "005a000000000000");
    CHECK(to_hex(answer(4, Reply::timed_out)) == kRejected4);
}
