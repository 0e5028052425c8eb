#include "proxy/starttls/dialect.h"

#include "tests/support/catch.h"

#include <initializer_list>
#include <string>

using namespace bascule;
using namespace bascule::proxy;
using config::StartTls;
using State = Dialect::State;

namespace {

struct Said {
    bool up;
    std::string words;
};
Said client(std::string words) {
    return {true, std::move(words)};
}
Said server(std::string words) {
    return {false, std::move(words)};
}

std::string octets(std::initializer_list<int> values) {
    return {values.begin(), values.end()};
}

/// Reads what was said, in pieces of `step` octets; the state after it. Everything must be read.
State after(StartTls kind, const std::vector<Said>& said, std::size_t step) {
    const auto dialect = make_dialect(kind);
    for (const auto& [up, words] : said) {
        for (ByteView rest = as_bytes(words); !rest.empty();) {
            const auto piece = rest.first(std::min(step, rest.size()));
            if (dialect->read(up, piece) != piece.size()) FAIL("not all was read of " << words.substr(0, 80));
            rest = rest.subspan(piece.size());
        }
    }
    return dialect->state();
}

void check(StartTls kind, const std::vector<Said>& said, State state) {
    for (const std::size_t step : {std::size_t{1}, std::size_t{2}, std::size_t{7}, SIZE_MAX}) {
        CHECK(after(kind, said, step) == state);
    }
}

const std::string kSslRequest = octets({0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f});
const std::string kGssRequest = octets({0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x30});

/// HandshakeV10 with these capabilities in its two lower octets.
std::string mysql_greeting(int high) {
    const std::string nul(1, '\0');
    const std::string body =
        "\x0a"
        "8.0" +
        nul +
        "1234"
        "abcdefgh" +
        nul + '\xff' + static_cast<char>(high) + std::string(20, 'x');
    return octets({static_cast<int>(body.size()), 0, 0, 0}) + body;
}
std::string mysql_answer(int size, int high) {
    return octets({size, 0, 0, 1, 0, high}) + std::string(static_cast<std::size_t>(size) - 2, '\0');
}

std::string ldap_request(int id, const std::string& oid = "1.3.6.1.4.1.1466.20037") {
    const auto size = static_cast<int>(oid.size());
    return octets({0x30, size + 7, 2, 1, id, 0x77, size + 2, 0x80, size}) + oid;
}
std::string ldap_response(int id, int code) {
    return octets({0x30, 12, 2, 1, id, 0x78, 7, 0x0a, 1, code, 4, 0, 4, 0});
}

}  // namespace

TEST_CASE("SMTP asks, and 220 agrees") {
    const std::vector<Said> asked{server("220-a\r\n220 b\r\n"), client("EHLO x\r\n"),
                                  server("250-x\r\n250 STARTTLS\r\n"), client(" starttls \r\n")};
    check(StartTls::smtp, asked, State::asked);
    auto answered = asked;
    answered.push_back(server("220 go\r\n"));
    check(StartTls::smtp, answered, State::agreed);
    answered.back() = server("454-not\r\n454 now\r\n");
    check(StartTls::smtp, answered, State::plain);
}

TEST_CASE("SMTP commands sent ahead are answered before STARTTLS is") {
    std::vector<Said> said{client("EHLO x\r\nNOOP\r\nSTARTTLS\r\n"), server("220 hello\r\n250 x\r\n")};
    check(StartTls::smtp, said, State::asked);
    said.push_back(server("250 ok\r\n502 no\r\n"));
    check(StartTls::smtp, said, State::plain);
    said.back() = server("250 ok\r\n220 go\r\n");
    check(StartTls::smtp, said, State::agreed);
}

TEST_CASE("what stands in a message or a challenge is no command") {
    check(StartTls::smtp,
          {server("220 a\r\n"), client("DATA\r\n"), server("354 go on\r\n"), client("a\r\nSTARTTLS\r\n.\r\n"),
           server("250 queued\r\n")},
          State::plain);
    check(StartTls::smtp,
          {server("220 a\r\n"), client("DATA\r\n"), server("354 go on\r\n"), client("a\r\n.\r\n"),
           server("250 queued\r\n"), client("STARTTLS\r\n")},
          State::asked);
    check(StartTls::smtp, {server("220 a\r\n"), client("BDAT 10 LAST\r\nSTARTTLS\r\n"), server("250 ok\r\n")},
          State::plain);
    check(StartTls::smtp, {server("220 a\r\n"), client("AUTH LOGIN\r\n"), server("334 \r\n"), client("STARTTLS\r\n")},
          State::plain);
    check(StartTls::nntp, {server("200 a\r\n"), client("POST\r\n"), server("340 go\r\n"), client("STARTTLS\r\n.\r\n")},
          State::plain);
}

TEST_CASE("FTP asks by AUTH, of which not every kind is TLS") {
    for (const auto* kind : {"TLS", "SSL", "tls-c", "TLS-P"}) {
        std::vector<Said> said{server("120 wait\r\n220-a\r\n234 text\r\n220 b\r\n"),
                               client(std::string("AUTH ") + kind + "\r\n")};
        check(StartTls::ftp, said, State::asked);
        said.push_back(server("234 go\r\n"));
        check(StartTls::ftp, said, State::agreed);
        said.back() = server("534 no\r\n");
        check(StartTls::ftp, said, State::plain);
    }
    check(StartTls::ftp, {server("220 a\r\n"), client("AUTH GSSAPI\r\n"), server("334 \r\n")}, State::plain);
}

TEST_CASE("NNTP agrees by 382") {
    std::vector<Said> said{server("200 a\r\n"), client("CAPABILITIES\r\n"), server("101 x\r\nSTARTTLS\r\n.\r\n"),
                           client("STARTTLS\r\n"), server("382 go\r\n")};
    check(StartTls::nntp, said, State::agreed);
    said.back() = server("580 no\r\n");
    check(StartTls::nntp, said, State::plain);
}

TEST_CASE("POP3 tells apart which command +OK answers") {
    std::vector<Said> said{client("CAPA\r\nNOOP\r\nSTLS\r\n"),
                           server("+OK hello\r\n+OK caps\r\n+OK is a line\r\n.\r\n+OK\r\n")};
    check(StartTls::pop3, said, State::asked);
    said.push_back(server("+OK go\r\n"));
    check(StartTls::pop3, said, State::agreed);
    said.back() = server("-ERR no\r\n");
    check(StartTls::pop3, said, State::plain);
    std::string many;
    for (int i = 0; i < 65; ++i) many += "NOOP\r\n";
    check(StartTls::pop3, {client(many)}, State::foreign);
}

TEST_CASE("IMAP goes by tags, and skips literals") {
    std::vector<Said> said{server("* OK hello\r\n"), client("a1 NOOP\r\na2 starttls\r\n"),
                           server("* x\r\na1 OK done\r\n")};
    check(StartTls::imap, said, State::asked);
    said.push_back(server("a2 OK go\r\n"));
    check(StartTls::imap, said, State::agreed);
    said.back() = server("a2 BAD no\r\n");
    check(StartTls::imap, said, State::plain);
    check(
        StartTls::imap,
        {client("a APPEND x {14}\r\n"), server("+ go\r\n"), client("\r\na STARTTLS\r\n\r\n"), server("a OK done\r\n")},
        State::plain);
    check(StartTls::imap, {client("a LOGIN {14+}\r\n\r\na STARTTLS\r\n {3}\r\n"), server("+ \r\n"), client("xyz\r\n")},
          State::plain);
    check(StartTls::imap, {client("a LOGIN {5}\r\n"), server("a BAD no\r\n"), client("b STARTTLS\r\n")}, State::asked);
    check(StartTls::imap, {client("b STARTTLS\r\n"), server("* x {9}\r\nb OK go\r\n\r\n")}, State::asked);
}

TEST_CASE("Sieve counts final lines") {
    std::vector<Said> said{server("\"IMPLEMENTATION\" \"OK\"\r\nOK\r\n"), client("STARTTLS\r\n")};
    check(StartTls::sieve, said, State::asked);
    said.push_back(server("OK {4}\r\nNO\r\n"));
    check(StartTls::sieve, said, State::asked);  // the line goes on after its literal
    said.push_back(server("\r\n"));
    check(StartTls::sieve, said, State::agreed);
    said.back() = server(" (x)\r\n");
    check(StartTls::sieve, said, State::agreed);
    check(StartTls::sieve, {server("OK\r\n"), client("STARTTLS\r\n"), server("NO \"no\"\r\n")}, State::plain);
    check(StartTls::sieve, {server("OK\r\n"), client("PUTSCRIPT \"a\" {10+}\r\nSTARTTLS\r\n\r\n"), server("OK\r\n")},
          State::plain);
}

TEST_CASE("LDAP asks by an OID, and the response is the one with its number") {
    check(StartTls::ldap, {client(ldap_request(1))}, State::asked);
    check(StartTls::ldap, {client(ldap_request(1)), server(ldap_response(1, 0))}, State::agreed);
    check(StartTls::ldap, {client(ldap_request(1)), server(ldap_response(1, 2))}, State::plain);
    check(StartTls::ldap, {client(ldap_request(2)), server(ldap_response(1, 0))}, State::asked);
    check(StartTls::ldap, {client(ldap_request(1, "1.3.6.1.4.1.4203.1.11.3"))}, State::plain);
    const std::string large = octets({0x30, 0x82, 0x10, 0x00}) + std::string(4096, 'x');
    check(StartTls::ldap, {client(large + ldap_request(1)), server(large + ldap_response(1, 0))}, State::agreed);
    check(StartTls::ldap, {client(octets({0x30, 0x85, 1, 1, 1, 1}))}, State::foreign);
    check(StartTls::ldap, {client("GET / HTTP")}, State::foreign);
}

TEST_CASE("XMPP asks by an element, in any spelling") {
    for (const auto* request :
         {"<starttls/>", "<starttls xmlns='x/>'/>", "<tls:starttls a=\"b\"></tls:starttls >", "<starttls\n/>"}) {
        std::vector<Said> said{client("<?xml version='1.0'?><stream:stream a='starttls'>"),
                               server("<stream:stream><stream:features><starttls/></stream:features>"),
                               client(request)};
        INFO(request);
        check(StartTls::xmpp, said, State::asked);
        said.push_back(server("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"));
        check(StartTls::xmpp, said, State::agreed);
        said.back() = server("<failure></failure>");
        check(StartTls::xmpp, said, State::plain);
    }
    check(StartTls::xmpp, {client("<starttlsx/><a starttls/><x/>"), server("<proceed/>")}, State::plain);
}

TEST_CASE("PostgreSQL asks, is refused, and may ask again") {
    check(StartTls::postgres, {client(kSslRequest)}, State::asked);
    check(StartTls::postgres, {client(kSslRequest), server("S")}, State::agreed);
    check(StartTls::postgres, {client(kSslRequest), server("N")}, State::plain);
    check(StartTls::postgres, {client(kGssRequest), server("N"), client(kSslRequest), server("S")}, State::agreed);
    check(StartTls::postgres, {client(kGssRequest), server("G")}, State::foreign);
    check(StartTls::postgres, {client(kSslRequest), server("E")}, State::foreign);
    check(StartTls::postgres, {client(kSslRequest), server("N"), client(octets({0, 0, 0, 40, 0, 3, 0, 0}))},
          State::foreign);
}

TEST_CASE("MySQL's client says that TLS follows, where the server can") {
    check(StartTls::mysql, {server(mysql_greeting(0x0a)), client(mysql_answer(32, 0x0a))}, State::agreed);
    check(StartTls::mysql, {server(mysql_greeting(0x0a)), client(mysql_answer(32, 0x02))}, State::foreign);
    check(StartTls::mysql, {server(mysql_greeting(0x0a)), client(mysql_answer(90, 0x0a))}, State::foreign);
    check(StartTls::mysql, {server(mysql_greeting(0x02)), client(mysql_answer(32, 0x0a))}, State::foreign);
    check(StartTls::mysql, {client(mysql_answer(32, 0x0a))}, State::foreign);
    check(StartTls::mysql, {server(octets({9, 0, 0, 0, 0xff}) + "too many")}, State::foreign);
}

TEST_CASE("what follows the request waits for the answer, and what follows the answer for TLS") {
    const auto dialect = make_dialect(StartTls::smtp);
    CHECK(dialect->read(false, as_bytes("220 hello\r\n")) == 11);
    CHECK(dialect->read(true, as_bytes("STARTTLS\r\nRSET\r\n")) == 10);
    CHECK(dialect->read(true, as_bytes("RSET\r\n")) == 0);
    SECTION("agreed") {
        CHECK(dialect->read(false, as_bytes("220 go\r\n250 x\r\n")) == 8);
        CHECK(dialect->read(false, as_bytes("250 x\r\n")) == 0);
        CHECK(dialect->read(true, as_bytes("RSET\r\n")) == 0);
    }
    SECTION("refused") {
        CHECK(dialect->read(false, as_bytes("502 no\r\n502 x\r\n")) == 15);
        CHECK(dialect->read(true, as_bytes("RSET\r\n")) == 6);
    }
}

TEST_CASE("a line without end is not kept") {
    const std::string endless(100'000, 'a');
    check(StartTls::smtp, {server("220 a\r\n"), client("STARTTLS " + endless)}, State::plain);
    check(StartTls::imap, {client("a " + endless + " {10}\r\n"), server("+ \r\n"), client("STARTTLS\r\n\r\n")},
          State::plain);
    check(StartTls::xmpp, {client("<" + endless)}, State::plain);
}
