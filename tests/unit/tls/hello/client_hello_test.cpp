#include "tls/hello/client_hello.h"

#include "tests/support/catch.h"
#include "tests/unit/tls/hello/hello_builder.h"
#include "tls/handles.h"

using namespace bascule;
using namespace bascule::tls;
using namespace bascule::test;

namespace {

using Strings = std::vector<std::string>;

ClientHello read(const Bytes& opening) {
    auto result = parse_client_hello(opening);
    INFO(result.fault);
    REQUIRE(result.state == HelloState::complete);
    return result.hello;
}

HelloState state(const Bytes& opening) {
    const auto result = parse_client_hello(opening);
    CHECK(result.fault.empty() == (result.state != HelloState::malformed));
    return result.state;
}

HelloState state_with(std::uint16_t type, const Bytes& body) {
    Hello hello;
    hello.extensions = {{type, body}};
    return state(record(hello.message()));
}

Hello usual() {
    Hello hello;
    hello.extensions = {{0, server_name("www.example")},
                        {16, alpn({"h2", "http/1.1"})},
                        {43, vector(1, numbers({0x7a7a, 0x0304, 0x0303}))},
                        {10, vector(2, numbers({0x11ec, 29}))},
                        {13, vector(2, numbers({0x0403, 0x0804}))}};
    return hello;
}

/// What OpenSSL's own client says first.
Bytes openssl_hello(int least, int most, const char* name, const Bytes& protocols) {
    ContextHandle context(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_security_level(context.get(), 0);
    SSL_CTX_set_min_proto_version(context.get(), least);
    SSL_CTX_set_max_proto_version(context.get(), most);
    SslHandle ssl(SSL_new(context.get()));
    auto* in = BIO_new(BIO_s_mem());
    auto* out = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl.get(), in, out);
    if (name) SSL_set_tlsext_host_name(ssl.get(), name);
    if (!protocols.empty()) SSL_set_alpn_protos(ssl.get(), protocols.data(), static_cast<unsigned>(protocols.size()));
    SSL_connect(ssl.get());
    char* data = nullptr;
    const auto size = BIO_get_mem_data(out, &data);
    return to_bytes({data, static_cast<std::size_t>(size)});
}

}  // namespace

TEST_CASE("the hello of a TLS 1.3 client is read") {
    const auto opening = openssl_hello(TLS1_2_VERSION, TLS1_3_VERSION, "www.example", to_bytes("\x02h2\x08http/1.1"));
    const auto hello = read(opening);
    CHECK(hello.legacy_version == 0x0303);
    CHECK(hello.server_name == "www.example");
    CHECK(hello.alpn == Strings{"h2", "http/1.1"});
    CHECK(hello.versions == std::vector<std::uint16_t>{0x0304, 0x0303});
    CHECK(hello.ciphers.front() == 0x1302);
    CHECK_FALSE(hello.groups.empty());
    CHECK_FALSE(hello.signature_algorithms.empty());
    CHECK(hello.size == opening.size());
    CHECK(hello.offers(0x0304));
    CHECK(hello.offers(0x0303));
    CHECK_FALSE(hello.offers(0x0302));
    CHECK(hello.ja4().starts_with("t13d"));
    CHECK(hello.ja4().substr(8, 3) == "h2_");
}

TEST_CASE("the hello of a TLS 1.2 client has no versions and may have no name") {
    const auto hello = read(openssl_hello(TLS1_2_VERSION, TLS1_2_VERSION, nullptr, {}));
    CHECK(hello.server_name.empty());
    CHECK(hello.alpn.empty());
    CHECK(hello.versions.empty());
    CHECK(hello.offers(0x0303));
    CHECK_FALSE(hello.offers(0x0304));
    CHECK(hello.offers(0x0301));
    CHECK(hello.ja4().starts_with("t12i"));
    CHECK(hello.ja4().substr(8, 3) == "00_");
}

TEST_CASE("a hello without extensions is read") {
    const auto body = number(0x0301, 2) + Bytes(32, 7) + Bytes{0} + vector(2, numbers({0x002f})) + Bytes{1, 0};
    const auto hello = read(record(Bytes{1} + vector(3, body)));
    CHECK(hello.legacy_version == 0x0301);
    CHECK(hello.extensions.empty());
    CHECK_FALSE(hello.offers(0x0303));
}

TEST_CASE("a hand-made hello is read, GREASE included") {
    auto wanted = usual();
    wanted.ciphers.insert(wanted.ciphers.begin(), 0x1a1a);
    wanted.extensions.insert(wanted.extensions.begin(), {0xfafa, {}});
    const auto hello = read(record(wanted.message()));
    CHECK(hello.ciphers == std::vector<std::uint16_t>{0x1a1a, 0x1301, 0xc02f});
    CHECK(hello.extensions == std::vector<std::uint16_t>{0xfafa, 0, 16, 43, 10, 13});
    CHECK(hello.versions == std::vector<std::uint16_t>{0x7a7a, 0x0304, 0x0303});
    CHECK(hello.groups == std::vector<std::uint16_t>{0x11ec, 29});
    CHECK(hello.signature_algorithms == std::vector<std::uint16_t>{0x0403, 0x0804});
}

TEST_CASE("what certificates may be compressed with is read, as far as it keeps its lengths") {
    const auto read_from = [](const Bytes& body) {
        auto hello = usual();
        hello.extensions.emplace_back(27, body);
        return read(record(hello.message())).compressions;
    };
    using Numbers = std::vector<std::uint16_t>;
    CHECK(read_from(vector(1, numbers({2, 1}))) == Numbers{2, 1});
    CHECK(read_from({4, 0, 2}).empty());
    CHECK(read_from({3, 0, 3, 0}) == Numbers{3});
    CHECK(read_from({}).empty());
    CHECK(read(record(usual().message())).compressions.empty());
}

TEST_CASE("every prefix of a hello asks for more, whatever the size of its records") {
    const auto message = usual().message();
    for (const std::size_t size : {1, 2, 3, 4, 5, 64, 16384}) {
        const auto opening = records(message, size);
        HelloReader reader;
        for (std::size_t length = 0; length < opening.size(); ++length) {
            INFO(length << " octets of records of " << size);
            REQUIRE(parse_client_hello(ByteView(opening).first(length)).state == HelloState::need_more);
            REQUIRE(reader.read(ByteView(opening).first(length)).state == HelloState::need_more);
        }
        CHECK(read(opening).server_name == "www.example");
        CHECK(read(opening).size == opening.size());
        CHECK(reader.read(opening).hello.ja4() == read(opening).ja4());
    }
}

TEST_CASE("a hello split at any octet into two records is the same hello") {
    const auto message = usual().message();
    const auto whole = read(record(message));
    for (std::ptrdiff_t split = 1; split < std::ssize(message); ++split) {
        const auto opening = record(Bytes(message.begin(), message.begin() + split)) +
                             record(Bytes(message.begin() + split, message.end()));
        const auto hello = read(opening);
        REQUIRE(hello.ja4() == whole.ja4());
        REQUIRE(hello.server_name == whole.server_name);
    }
}

TEST_CASE("a hello with a key share of 17 KiB arrives octet by octet in small records") {
    auto wanted = usual();
    wanted.extensions.push_back({51, vector(2, number(0x6399, 2) + vector(2, Bytes(17 * 1024, 3)))});
    const auto opening = records(wanted.message(), 7);
    HelloReader reader;
    for (std::size_t length = 0; length < opening.size(); ++length) {
        REQUIRE(reader.read(ByteView(opening).first(length)).state == HelloState::need_more);
    }
    const auto result = reader.read(opening);
    CHECK(result.state == HelloState::complete);
    CHECK(result.hello.server_name == "www.example");
    CHECK(read(opening).size == opening.size());
}

TEST_CASE("what follows the record of the hello is left alone") {
    const auto opening = record(usual().message());
    CHECK(read(opening + Bytes{20, 3, 3, 0, 1, 1}).size == opening.size());
}

TEST_CASE("what is not TLS is known at the first octet that differs") {
    for (const auto* text :
         {"GET / HTTP/1.1", "S", "\x15\x02", "\x19\x03", "\x05\x01", "\x16\x10", "\x16\x02\x01\x01\x01\x02"}) {
        CHECK(state(to_bytes(text)) == HelloState::not_tls);
    }
    CHECK(state({}) == HelloState::need_more);
    CHECK(state({22}) == HelloState::need_more);
    CHECK(state({22, 3}) == HelloState::need_more);
}

TEST_CASE("records that some servers pass over before the hello are TLS, and faults") {
    for (const std::uint8_t type : {20, 21, 23, 24}) {
        INFO(static_cast<int>(type));
        CHECK(may_begin_tls(type));
        CHECK(state({type}) == HelloState::need_more);
        const auto result = parse_client_hello(Bytes{type, 3});
        CHECK(result.state == HelloState::malformed);
        CHECK(result.alert == Alert::unexpected_message);
        CHECK(state(record({1}, type) + record(usual().message())) == HelloState::malformed);
    }
}

TEST_CASE("a hello in a record of a version that does not exist is TLS to those who ignore it") {
    for (const std::size_t version : {0x0000U, 0x0201U, 0x0400U, 0x0f00U}) {
        const auto opening = record(usual().message(), 22, version);
        for (std::size_t length = 1; length < 6; ++length) {
            CHECK(parse_client_hello(ByteView(opening).first(length)).state == HelloState::need_more);
        }
        const auto result = parse_client_hello(opening);
        CHECK(result.state == HelloState::malformed);
        CHECK(result.alert == Alert::protocol_version);
    }
}

TEST_CASE("an SSLv2 hello is refused, whichever version it offers") {
    for (const auto version : {0x0002, 0x0300, 0x0303}) {
        const auto opening = Bytes{0x80, 0x2e, 1} + number(static_cast<std::size_t>(version), 2);
        for (std::size_t length = 1; length < opening.size(); ++length) {
            CHECK(parse_client_hello(ByteView(opening).first(length)).state == HelloState::need_more);
        }
        CHECK(state(opening) == HelloState::malformed);
    }
    CHECK(state({0x80, 0x2e, 2}) == HelloState::not_tls);
    CHECK(state({0x80, 0x2e, 1, 1}) == HelloState::not_tls);
    CHECK(state({0x80, 0x2e, 1, 0, 1}) == HelloState::not_tls);
}

TEST_CASE("records that cannot carry a hello are malformed") {
    const auto message = usual().message();
    const auto first = record(Bytes(message.begin(), message.begin() + 40));
    const auto second = Bytes(message.begin() + 40, message.end());
    CHECK(state(first + record(second)) == HelloState::complete);
    CHECK(state(first + record(second, 23)) == HelloState::malformed);
    CHECK(state(first + Bytes{21}) == HelloState::malformed);
    CHECK(state(first + record(second, 22, 0x0201)) == HelloState::malformed);
    CHECK(state(first + record({}) + record(second)) == HelloState::malformed);
    CHECK(state(record({})) == HelloState::malformed);
    CHECK(state({22, 3, 1, 0x40, 0x01}) == HelloState::malformed);
    CHECK(state({22, 3, 1, 0x40, 0x00}) == HelloState::need_more);
    CHECK(state(record(message + Bytes{1})) == HelloState::malformed);
}

TEST_CASE("what is wrong with a hello has the alert that RFC 8446 gives it") {
    const auto alert = [](const Bytes& opening) {
        const auto result = parse_client_hello(opening);
        REQUIRE(result.state == HelloState::malformed);
        return result.alert;
    };
    const auto message = usual().message();
    const auto first = record(Bytes(message.begin(), message.begin() + 40));
    CHECK(alert(first + Bytes{21}) == Alert::unexpected_message);
    CHECK(alert(first + record({1}, 22, 0x0201)) == Alert::protocol_version);
    CHECK(alert(record({})) == Alert::unexpected_message);
    CHECK(alert({22, 3, 1, 0x40, 0x01}) == Alert::record_overflow);
    CHECK(alert({22, 3, 1, 0, 10, 2}) == Alert::unexpected_message);
    CHECK(alert({22, 3, 1, 0x40, 0x00, 1, 0xff, 0xff, 0xff}) == Alert::illegal_parameter);
    CHECK(alert(record(message + Bytes{1})) == Alert::unexpected_message);
    CHECK(alert({0x80, 0x2e, 1, 3, 3}) == Alert::protocol_version);
    auto wrong = usual();
    wrong.after = {0};
    CHECK(alert(record(wrong.message())) == Alert::decode_error);
    wrong = usual();
    wrong.version = 0x0200;
    CHECK(alert(record(wrong.message())) == Alert::protocol_version);
    wrong = usual();
    wrong.ciphers.clear();
    CHECK(alert(record(wrong.message())) == Alert::illegal_parameter);
    wrong = usual();
    wrong.extensions.push_back({43, vector(1, numbers({0x0303}))});
    CHECK(alert(record(wrong.message())) == Alert::illegal_parameter);
    wrong = usual();
    wrong.extensions[0] = {0, server_name("a b")};
    CHECK(alert(record(wrong.message())) == Alert::unrecognized_name);
}

TEST_CASE("a handshake that does not begin with a hello is malformed at once") {
    CHECK(state({22, 3, 1, 0, 10, 2}) == HelloState::malformed);
    CHECK(state({22, 3, 1, 0, 10, 0}) == HelloState::malformed);
}

TEST_CASE("a claimed length over the bound is refused before anything is collected") {
    CHECK(state({22, 3, 1, 0x40, 0x00, 1, 0xff, 0xff, 0xff}) == HelloState::malformed);
    CHECK(state({22, 3, 1, 0x40, 0x00, 1, 0x00, 0xff, 0xf7}) == HelloState::need_more);
    CHECK(state({22, 3, 1, 0x40, 0x00, 1, 0x00, 0xff, 0xf8}) == HelloState::malformed);
    CHECK(state(records(Bytes{1, 0, 0xf0, 0} + Bytes(0x8000, 0), 1)) == HelloState::malformed);
}

TEST_CASE("a hello that breaks its own lengths is malformed") {
    const auto body = usual().body();
    for (std::size_t size = 0; size < body.size(); ++size) {
        const auto cut = Bytes(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(size));
        const bool ends_before_extensions = size == 2 + 32 + 33 + 6 + 2;
        INFO(size);
        CHECK((state(record(Bytes{1} + vector(3, cut))) == HelloState::complete) == ends_before_extensions);
    }
    auto wrong = usual();
    wrong.after = {0};
    CHECK(state(record(wrong.message())) == HelloState::malformed);
    wrong = usual();
    wrong.session = 33;
    CHECK(state(record(wrong.message())) == HelloState::malformed);
    wrong = usual();
    wrong.ciphers.clear();
    CHECK(state(record(wrong.message())) == HelloState::malformed);
    wrong = usual();
    wrong.version = 0x0200;
    CHECK(state(record(wrong.message())) == HelloState::malformed);
}

TEST_CASE("an extension that occurs twice is malformed") {
    for (const std::uint16_t type : {0, 43, 0x4a4a}) {
        auto wrong = usual();
        wrong.extensions.push_back({type, type == 0 ? server_name("evil.example") : Bytes{2, 3, 4}});
        CHECK((state(record(wrong.message())) == HelloState::malformed) == (type != 0x4a4a));
    }
}

TEST_CASE("a server name that is not one line of text is malformed") {
    CHECK(state_with(0, server_name(std::string(255, 'a'))) == HelloState::complete);
    for (const auto& name :
         {std::string(), std::string("a\0b", 3), std::string("a\r\nb"), std::string("a b"), std::string("a\x7f"),
          std::string("b\xc3\xbc"), std::string(256, 'a'), std::string(16000, 'a')}) {
        CHECK(state_with(0, server_name(name)) == HelloState::malformed);
    }
    CHECK(state_with(0, server_name("a", 1)) == HelloState::malformed);
    CHECK(state_with(0, {}) == HelloState::malformed);
    CHECK(state_with(0, {0, 0}) == HelloState::malformed);
    CHECK(state_with(0, server_name("a") + Bytes{0}) == HelloState::malformed);
    CHECK(state_with(0, vector(2, Bytes{0} + vector(2, {'a'}) + Bytes{0} + vector(2, {'b'}))) == HelloState::malformed);
}

TEST_CASE("lists in extensions are whole, even and not empty") {
    CHECK(state_with(16, alpn({})) == HelloState::malformed);
    CHECK(state_with(16, alpn({"h2", ""})) == HelloState::malformed);
    CHECK(state_with(16, {0, 3, 3, 'h', '2'}) == HelloState::malformed);
    CHECK(state_with(43, {0}) == HelloState::malformed);
    CHECK(state_with(43, {3, 3, 4, 3}) == HelloState::malformed);
    CHECK(state_with(43, {2, 3, 4, 3}) == HelloState::malformed);
    for (const std::uint16_t type : {10, 13}) {
        CHECK(state_with(type, {}) == HelloState::malformed);
        CHECK(state_with(type, {0, 0}) == HelloState::malformed);
        CHECK(state_with(type, {0, 1, 9}) == HelloState::malformed);
        CHECK(state_with(type, {0, 2, 0, 29}) == HelloState::complete);
    }
}
