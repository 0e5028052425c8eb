#include "proxy/entry/proxy_protocol.h"

#include "tests/support/catch.h"

using namespace bascule;
using namespace bascule::proxy;

namespace {

using Result = std::variant<ProxyHeaderNeedsMore, ProxyHeader, BadProxyHeader>;

Result parse(std::string_view text) {
    return parse_proxy_header(as_bytes(text));
}

bool refused(std::string_view text) {
    return std::holds_alternative<BadProxyHeader>(parse(text));
}

const std::string kSignature("\r\n\r\n\0\r\nQUIT\n", 12);

std::string version_2(std::uint8_t command, std::uint8_t family, const std::string& block) {
    auto header = kSignature;
    header += static_cast<char>(command);
    header += static_cast<char>(family);
    header += static_cast<char>(block.size() >> 8);
    header += static_cast<char>(block.size() & 0xff);
    return header + block;
}

const std::string kFour("\x0a\x00\x00\x07\xc0\x00\x02\x01\x30\x39\x01\xbb", 12);
const std::string kSix(
    "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02\x30\x39\x01\xbb", 36);

}  // namespace

TEST_CASE("a version 1 header names both ends") {
    const std::string_view line = "PROXY TCP4 10.0.0.7 192.0.2.1 12345 443\r\n";
    const auto header = std::get<ProxyHeader>(parse(std::string(line) + "\x16\x03"));
    CHECK(header.source->text() == "10.0.0.7:12345");
    CHECK(header.destination->text() == "192.0.2.1:443");
    CHECK(header.size == line.size());

    const auto six = std::get<ProxyHeader>(parse("PROXY TCP6 2001:db8::1 2001:db8::2 1 65535\r\n"));
    CHECK(six.source->text() == "[2001:db8::1]:1");
    CHECK(six.destination->text() == "[2001:db8::2]:65535");
}

TEST_CASE("an UNKNOWN version 1 header leaves the socket's own address, whatever follows the word") {
    for (const auto* line : {"PROXY UNKNOWN\r\n", "PROXY UNKNOWN ffff::1 nonsense 65536 x\r\n"}) {
        const auto header = std::get<ProxyHeader>(parse(line));
        CHECK_FALSE(header.source);
        CHECK_FALSE(header.destination);
        CHECK(header.size == std::string_view(line).size());
    }
}

TEST_CASE("a version 1 header out of the grammar is refused") {
    for (const auto* line :
         {"PROXY TCP4 10.0.0.7 192.0.2.1 12345 443\n", "PROXY TCP4 10.0.0.7 192.0.2.1 12345\r\n",
          "PROXY TCP4 10.0.0.7 192.0.2.1 12345 443 \r\n", "PROXY TCP4 10.0.0.7 192.0.2.1 12345 443 9\r\n",
          "PROXY TCP4  10.0.0.7 192.0.2.1 12345 443\r\n", "PROXY TCP4 10.0.0.7 192.0.2.1 012 443\r\n",
          "PROXY TCP4 10.0.0.7 192.0.2.1 65536 443\r\n", "PROXY TCP4 10.0.0.7 192.0.2.1 -1 443\r\n",
          "PROXY TCP4 ::1 ::2 1 2\r\n", "PROXY TCP6 10.0.0.7 192.0.2.1 1 2\r\n", "PROXY TCP6 [::1] [::2] 1 2\r\n",
          "PROXY UDP4 10.0.0.7 192.0.2.1 1 2\r\n", "PROXY tcp4 10.0.0.7 192.0.2.1 1 2\r\n", "PROXY \r\n",
          "PROXY TCP4 10.0.0.7 192.0.2.1 1 2\rx", "proxy TCP4", "GET / HTTP/1.1\r\n", "\x16\x03\x01"}) {
        INFO(line);
        CHECK(refused(line));
    }
}

TEST_CASE("a version 1 header has its CRLF within 107 octets") {
    const auto padded = [](std::size_t size) { return "PROXY UNKNOWN " + std::string(size - 16, 'x') + "\r\n"; };
    CHECK(std::get<ProxyHeader>(parse(padded(107))).size == 107);
    CHECK(refused(padded(108)));
    CHECK(refused("PROXY UNKNOWN " + std::string(93, 'x')));
}

TEST_CASE("a version 2 header names both ends and its extensions are skipped") {
    const auto four = version_2(0x21, 0x11, kFour + std::string("\x04\x00\x02zz", 5));
    const auto header = std::get<ProxyHeader>(parse(four + "GET"));
    CHECK(header.source->text() == "10.0.0.7:12345");
    CHECK(header.destination->text() == "192.0.2.1:443");
    CHECK(header.size == four.size());

    const auto six = std::get<ProxyHeader>(parse(version_2(0x21, 0x21, kSix)));
    CHECK(six.source->text() == "[2001:db8::1]:12345");
    CHECK(six.destination->text() == "[2001:db8::2]:443");
}

TEST_CASE("LOCAL, unspecified and unix version 2 headers leave the socket's own address") {
    for (const auto& header : {version_2(0x20, 0x00, ""), version_2(0x20, 0x11, kFour), version_2(0x20, 0xff, "abc"),
                               version_2(0x21, 0x00, "abc"), version_2(0x21, 0x31, std::string(216, 'u'))}) {
        const auto parsed = std::get<ProxyHeader>(parse(header));
        CHECK_FALSE(parsed.source);
        CHECK(parsed.size == header.size());
    }
}

TEST_CASE("a version 2 header of another version, command, family or length is refused") {
    CHECK(refused(version_2(0x11, 0x11, kFour)));
    CHECK(refused(version_2(0x22, 0x11, kFour)));
    CHECK(refused(version_2(0x21, 0x12, kFour)));
    CHECK(refused(version_2(0x21, 0x41, kFour)));
    CHECK(refused(version_2(0x21, 0x11, kFour.substr(1))));
    CHECK(refused(version_2(0x21, 0x21, kSix.substr(1))));
    CHECK(refused(version_2(0x21, 0x31, std::string(215, 'u'))));
    CHECK(refused(version_2(0x21, 0x11, kFour + std::string(4096, '\0'))));
    CHECK(refused(version_2(0x21, 0x11, std::string(65535, '\0')).substr(0, 16)));
    CHECK(std::holds_alternative<ProxyHeader>(parse(version_2(0x21, 0x11, kFour + std::string(4068, '\0')))));
}

TEST_CASE("every prefix of a PROXY header asks for more") {
    for (const auto& header : {std::string("PROXY TCP4 10.0.0.7 192.0.2.1 12345 443\r\n"),
                               version_2(0x21, 0x11, kFour + "tlv"), version_2(0x21, 0x21, kSix)}) {
        for (std::size_t size = 0; size < header.size(); ++size) {
            INFO(size);
            CHECK(std::holds_alternative<ProxyHeaderNeedsMore>(parse(std::string_view(header).substr(0, size))));
        }
        CHECK(std::holds_alternative<ProxyHeader>(parse(header)));
    }
}
