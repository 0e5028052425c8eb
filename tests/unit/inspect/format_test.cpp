#include "inspect/format.h"

#include "inspect/journal.h"
#include "inspect/json.h"
#include "inspect/utf8.h"
#include "tests/support/catch.h"

#include <array>
#include <cstring>

using namespace bascule;
using namespace bascule::inspect;
using namespace std::chrono_literals;

namespace {

WallTime some_time() {
    return WallTime(1795410243s + 1us);
}

ConnectionRecord full_record() {
    ConnectionRecord record;
    record.time = some_time();
    record.id = "5f2a";
    record.listener = "apps";
    record.mode = "explicit";
    record.protocol = "tls";
    record.source = "10.0.0.7:51234";
    record.target = "bank.example:443";
    record.destination = "192.0.2.7:443";
    record.server_name = "bank.example";
    record.action = "intercept";
    record.rule = "rest";
    record.rule_at = "bascule.yaml:31";
    record.reason = "matched";
    record.alpn = "h2";
    record.client_tls = {"TLSv1.3", "TLS_AES_128_GCM_SHA256", "x25519", true};
    record.upstream_tls = {"TLSv1.2", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "secp256r1", false};
    record.certificate = {"ab12", "CN=bank.example,O=A \\\"B\\\"", "CN=Root", "2027-01-02T03:04:05Z", "ok", "good",
                          "0c"};
    record.ja4 = "t13d";
    record.upstream_ja4 = "t12d";
    record.downgraded = {"post-quantum", "cipher"};
    record.bytes_up = 1043;
    record.bytes_down = 88211;
    record.content_dropped = 7;
    record.timings = {0.25, 1.5, 2, 3.1234567, 4.0004, 12.4};
    record.end = {By::client, How::close_notify, Step::relay, "all \"well\""};
    return record;
}

std::string json(const auto& item) {
    std::string out;
    append_json(out, item);
    return out;
}

std::string text(const auto& item) {
    std::string out;
    append_logfmt(out, item);
    return out;
}

/// The fields of one journal entry, one per line.
std::string journal(const auto& item) {
    std::string frame, shown;
    append_journal_fields(frame, item);
    for (std::size_t at = 0; at < frame.size();) {
        std::uint32_t length = 0;
        std::memcpy(&length, frame.data() + at, sizeof length);
        shown += frame.substr(at + sizeof length, length) + "\n";
        at += sizeof length + length;
    }
    return shown;
}

}  // namespace

TEST_CASE("a full record has every key of the contract, in its order, as JSON") {
    CHECK(
        json(full_record()) ==
        R"({"time":"2026-11-23T05:04:03.000001Z","level":"info","event":"connection","id":"5f2a","listener":"apps",)"
        R"("mode":"explicit","protocol":"tls","source":"10.0.0.7:51234","target":"bank.example:443",)"
        R"("destination":"192.0.2.7:443","server_name":"bank.example","action":"intercept","rule":"rest",)"
        R"("rule_at":"bascule.yaml:31","reason":"matched","alpn":"h2",)"
        R"("client_tls":{"version":"TLSv1.3","cipher":"TLS_AES_128_GCM_SHA256","group":"x25519","resumed":true},)"
        R"("upstream_tls":{"version":"TLSv1.2","cipher":"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",)"
        R"("group":"secp256r1","resumed":false},)"
        R"("certificate":{"fingerprint":"ab12","subject":"CN=bank.example,O=A \\\"B\\\"","issuer":"CN=Root",)"
        R"("not_after":"2027-01-02T03:04:05Z","verify":"ok","ocsp":"good","forged_serial":"0c"},)"
        R"("ja4":"t13d","upstream_ja4":"t12d","downgraded":["post-quantum","cipher"],"bytes_up":1043,"bytes_down":88211,"content_dropped":7,)"
        R"("timings_ms":{"peek":0.25,"resolve":1.5,"connect":2,"upstream_handshake":3.123,"client_handshake":4,)"
        R"("total":12.4},"end":{"by":"client","how":"close_notify","step":"relay","detail":"all \"well\""}})");
}

TEST_CASE("a full record reads as one line, the human part first") {
    CHECK(
        text(full_record()) ==
        R"(c=5f2a 10.0.0.7:51234 -> bank.example:443 (192.0.2.7:443) intercept rule=rest (bascule.yaml:31))"
        R"( end=close_notify by=client step=relay detail="all \"well\"" up=1043 down=88211 ms=12.4)"
        R"( listener=apps mode=explicit protocol=tls server_name=bank.example reason=matched alpn=h2)"
        R"( client_tls.version=TLSv1.3 client_tls.cipher=TLS_AES_128_GCM_SHA256 client_tls.group=x25519)"
        R"( client_tls.resumed=true upstream_tls.version=TLSv1.2)"
        R"( upstream_tls.cipher=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 upstream_tls.group=secp256r1)"
        R"( upstream_tls.resumed=false certificate.fingerprint=ab12)"
        R"( certificate.subject="CN=bank.example,O=A \\\"B\\\"" certificate.issuer=CN=Root)"
        R"( certificate.not_after=2027-01-02T03:04:05Z certificate.verify=ok certificate.ocsp=good certificate.forged_serial=0c)"
        R"( ja4=t13d upstream_ja4=t12d downgraded=post-quantum,cipher content_dropped=7 timings_ms.peek=0.25 timings_ms.resolve=1.5)"
        R"( timings_ms.connect=2 timings_ms.upstream_handshake=3.123 timings_ms.client_handshake=4)");
}

TEST_CASE("a full record has the same facts as journal fields") {
    CHECK(journal(full_record()) ==
          "MESSAGE_ID=" + message_id("connection") +
              "\nBASCULE_TIME=2026-11-23T05:04:03.000001Z\nBASCULE_EVENT=connection\nBASCULE_ID=5f2a\n"
              "BASCULE_LISTENER=apps\nBASCULE_MODE=explicit\nBASCULE_PROTOCOL=tls\nBASCULE_SOURCE=10.0.0.7:51234\n"
              "BASCULE_TARGET=bank.example:443\nBASCULE_DESTINATION=192.0.2.7:443\n"
              "BASCULE_SERVER_NAME=bank.example\nBASCULE_ACTION=intercept\nBASCULE_RULE=rest\n"
              "BASCULE_RULE_AT=bascule.yaml:31\nBASCULE_REASON=matched\nBASCULE_ALPN=h2\n"
              "BASCULE_CLIENT_TLS_VERSION=TLSv1.3\nBASCULE_CLIENT_TLS_CIPHER=TLS_AES_128_GCM_SHA256\n"
              "BASCULE_CLIENT_TLS_GROUP=x25519\nBASCULE_CLIENT_TLS_RESUMED=true\n"
              "BASCULE_UPSTREAM_TLS_VERSION=TLSv1.2\n"
              "BASCULE_UPSTREAM_TLS_CIPHER=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\n"
              "BASCULE_UPSTREAM_TLS_GROUP=secp256r1\nBASCULE_UPSTREAM_TLS_RESUMED=false\n"
              "BASCULE_CERTIFICATE_FINGERPRINT=ab12\n"
              "BASCULE_CERTIFICATE_SUBJECT=CN=bank.example,O=A \\\"B\\\"\nBASCULE_CERTIFICATE_ISSUER=CN=Root\n"
              "BASCULE_CERTIFICATE_NOT_AFTER=2027-01-02T03:04:05Z\nBASCULE_CERTIFICATE_VERIFY=ok\nBASCULE_CERTIFICATE_"
              "OCSP=good\n"
              "BASCULE_CERTIFICATE_FORGED_SERIAL=0c\nBASCULE_JA4=t13d\nBASCULE_UPSTREAM_JA4=t12d\n"
              "BASCULE_DOWNGRADED=post-quantum\nBASCULE_DOWNGRADED=cipher\n"
              "BASCULE_BYTES_UP=1043\nBASCULE_BYTES_DOWN=88211\nBASCULE_CONTENT_DROPPED=7\n"
              "BASCULE_TIMINGS_MS_PEEK=0.25\nBASCULE_TIMINGS_MS_RESOLVE=1.5\nBASCULE_TIMINGS_MS_CONNECT=2\n"
              "BASCULE_TIMINGS_MS_UPSTREAM_HANDSHAKE=3.123\nBASCULE_TIMINGS_MS_CLIENT_HANDSHAKE=4\n"
              "BASCULE_TIMINGS_MS_TOTAL=12.4\nBASCULE_END_BY=client\nBASCULE_END_HOW=close_notify\n"
              "BASCULE_END_STEP=relay\nBASCULE_END_DETAIL=all \"well\"\n");
}

TEST_CASE("a fact that is not known is an absent key in every format") {
    ConnectionRecord record;
    record.time = some_time();
    record.id = "1";
    record.source = "[2001:db8::1]:9";
    record.timings.total = 3;
    record.end = {By::upstream, How::refused, Step::upstream_handshake, ""};
    CHECK(json(record) == R"({"time":"2026-11-23T05:04:03.000001Z","level":"info","event":"connection","id":"1",)"
                          R"("source":"[2001:db8::1]:9","bytes_up":0,"bytes_down":0,"timings_ms":{"total":3},)"
                          R"("end":{"by":"upstream","how":"refused","step":"upstream-handshake"}})");
    CHECK(text(record) == "c=1 [2001:db8::1]:9 end=refused by=upstream step=upstream-handshake up=0 down=0 ms=3");
    CHECK(journal(record) == "MESSAGE_ID=" + message_id("connection") +
                                 "\nBASCULE_TIME=2026-11-23T05:04:03.000001Z\nBASCULE_EVENT=connection\n"
                                 "BASCULE_ID=1\nBASCULE_SOURCE=[2001:db8::1]:9\nBASCULE_BYTES_UP=0\n"
                                 "BASCULE_BYTES_DOWN=0\nBASCULE_TIMINGS_MS_TOTAL=3\nBASCULE_END_BY=upstream\n"
                                 "BASCULE_END_HOW=refused\nBASCULE_END_STEP=upstream-handshake\n");
}

TEST_CASE("what a peer sent cannot make a second line, another key or a terminal command") {
    ConnectionRecord record;
    record.id = "1";
    record.target = "a b=c\n\x1b[31m\"\\:1";
    record.server_name = "x\xff\xc2\x9b y";
    CHECK(text(record) ==
          "c=1 -> \"a b=c\\n\\x1b[31m\\\"\\\\:1\" end=error by=proxy step=accept up=0 down=0 ms=0"
          " server_name=\"x\\xff\\xc2\\x9b y\"");
    const auto line = json(record);
    CHECK(line.find(R"("target":"a b=c\n\u001b[31m\"\\:1")") != std::string::npos);
    CHECK(line.find("\"server_name\":\"x\xef\xbf\xbd\\u009b y\"") != std::string::npos);
    CHECK(is_utf8(line));
    CHECK(line.find('\n') == std::string::npos);
}

TEST_CASE("a line stays below 64 KiB whatever its values") {
    auto record = full_record();
    const std::string evil(1 << 20, '\x01');
    for (auto* field : {&record.target, &record.server_name, &record.reason, &record.end.detail}) *field = evil;
    record.certificate->subject = record.certificate->issuer = evil;
    CHECK(json(record).size() > 6 * 1024 * 6);
    CHECK(json(record).size() < 1 << 16);
    CHECK(text(record).size() < 1 << 16);
    record.server_name = std::string(1023, 'a') + "\xc3\xa9";
    CHECK(json(record).find("a\",\"action\"") != std::string::npos);  // not cut inside the last character
}

TEST_CASE("timings have microseconds at most and are never NaN or negative") {
    ConnectionRecord record;
    for (const auto& [milliseconds, shown] :
         std::initializer_list<std::pair<double, std::string>>{{0, "0"},
                                                               {0.0004, "0"},
                                                               {1.2345, "1.234"},
                                                               {100, "100"},
                                                               {-1, "0"},
                                                               {0.0 / 0.0, "0"},
                                                               {1e300, "1000000000000000"}}) {
        record.timings.total = milliseconds;
        CHECK(json(record).find("{\"total\":" + shown + "}") != std::string::npos);
    }
}

TEST_CASE("an event has its message and its fields") {
    const std::array<Field, 3> fields{{{"listener", "apps"}, {"address", "127.0.0.1:8080"}, {"unknown", ""}}};
    const Event event{some_time(), Level::warning, "listening", "listener \"apps\"\\\n is up", fields};
    CHECK(json(event) == R"({"time":"2026-11-23T05:04:03.000001Z","level":"warning","event":"listening",)"
                         R"("message":"listener \"apps\"\\\n is up","listener":"apps","address":"127.0.0.1:8080"})");
    CHECK(text(event) == R"(listening: listener "apps"\\\n is up listener=apps address=127.0.0.1:8080)");
    CHECK(journal(event) == "MESSAGE_ID=" + message_id("listening") +
                                "\nBASCULE_TIME=2026-11-23T05:04:03.000001Z\nBASCULE_EVENT=listening\n"
                                "BASCULE_LISTENER=apps\nBASCULE_ADDRESS=127.0.0.1:8080\n");
    std::string stamp;
    append_stamp(stamp, some_time(), Level::warning);
    CHECK(stamp == "2026-11-23T05:04:03.000001Z warning ");
}

TEST_CASE("a message id is for ever") {
    CHECK(message_id("connection") == "7c1d5e0b9a3f4862c7f597ea639b1b59");
    CHECK(message_id("listening") != message_id("connection"));
    CHECK(message_id("").size() == 32);
}

TEST_CASE("every name of an end is the contract's") {
    CHECK(name_of(By::upstream) == "upstream");
    CHECK(name_of(How::close_notify) == "close_notify");
    CHECK(name_of(How::client_gone) == "client_gone");
    CHECK(name_of(How::killed) == "killed");
    CHECK(name_of(Step::client_handshake) == "client-handshake");
    CHECK(name_of(Step::relay) == "relay");
}

TEST_CASE("UTF-8 is what RFC 3629 says") {
    for (const auto* good : {"", "a", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x8c\x89", "\xf4\x8f\xbf\xbf"})
        CHECK(is_utf8(good));
    for (const auto* bad : {"\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf0\x80\x80\xaf",
                            "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\xff"}) {
        CHECK_FALSE(is_utf8(bad));
    }
    CHECK(utf8_prefix("a\xc3\xa9z", 2) == "a");
    CHECK(utf8_prefix("a\xc3\xa9z", 3) == "a\xc3\xa9");
    CHECK(utf8_prefix("\x80\x80\x80\x80\x80", 4) == "\x80\x80\x80\x80");
    CHECK_FALSE(is_printable(0x202e));
    CHECK_FALSE(is_printable(0x9b));
    CHECK(is_printable(0xe9));
}

namespace {

ExchangeRecord full_exchange() {
    ExchangeRecord record;
    record.time = some_time();
    record.id = "5f2a";
    record.exchange = 2;
    record.stream = 3;
    record.source = "10.0.0.7:51234";
    record.version = "2";
    record.upstream_version = "2";
    record.method = "POST";
    record.scheme = "https";
    record.authority = "api.example";
    record.path = "/a?b=\"c\"";
    record.status = 201;
    record.informational = 1;
    record.request = {41, 5, {}, "text/plain", "", "x-sum", {{"cookie", "hash:01"}}};
    record.response = {30, 9, 20, "text/html", "gzip", "", {{"x-a", "1, 2"}, {"x-b", ""}}};
    record.timings = {0.25, 1, 2, 3.25};
    record.rule = "all";
    record.end = {By::upstream, ExchangeHow::complete, {}};
    return record;
}

}  // namespace

TEST_CASE("the record of an exchange has every key of the contract, in its order, as JSON") {
    CHECK(json(full_exchange()) ==
          R"({"time":"2026-11-23T05:04:03.000001Z","level":"info","event":"http","id":"5f2a","exchange":2,"stream":3,)"
          R"("source":"10.0.0.7:51234","version":"2","upstream_version":"2","method":"POST","scheme":"https",)"
          R"("authority":"api.example","path":"/a?b=\"c\"","status":201,"informational":1,)"
          R"("request":{"head_bytes":41,"body_bytes":5,"content_type":"text/plain","trailers":"x-sum",)"
          R"("headers":{"cookie":"hash:01"}},)"
          R"("response":{"head_bytes":30,"body_bytes":9,"decoded_bytes":20,"content_type":"text/html",)"
          R"("content_encoding":"gzip","headers":{"x-a":"1, 2"}},)"
          R"("timings_ms":{"request":0.25,"wait":1,"response":2,"total":3.25},"rule":"all",)"
          R"("end":{"by":"upstream","how":"complete"}})");
}

TEST_CASE("the same facts stand in logfmt and in the journal") {
    const auto line = text(full_exchange());
    CHECK(line.starts_with(R"(c=5f2a 10.0.0.7:51234 POST "/a?b=\"c\"" 201 rule=all end=complete by=upstream ms=3.25)"));
    CHECK(line.contains(" request.headers.cookie=hash:01 response.head_bytes=30 "));
    CHECK(line.contains(R"( response.headers.x-a="1, 2" timings_ms.request=0.25 )"));
    const auto fields = journal(full_exchange());
    CHECK(fields.contains("BASCULE_REQUEST_HEADERS_COOKIE=hash:01\nBASCULE_RESPONSE_HEAD_BYTES=30\n"));
    CHECK(fields.contains("BASCULE_RESPONSE_HEADERS_X_A=1, 2\nBASCULE_TIMINGS_MS_REQUEST=0.25\n"));
    CHECK(fields.contains("BASCULE_RULE=all\nBASCULE_END_BY=upstream\nBASCULE_END_HOW=complete\n"));
}

TEST_CASE("the record of a WebSocket has every key of the contract") {
    WebSocketRecord record;
    record.time = some_time();
    record.id = "5f2a";
    record.exchange = 1;
    record.source = "10.0.0.7:51234";
    record.scheme = "wss";
    record.authority = "api.example";
    record.path = "/chat";
    record.messages_up = 2;
    record.messages_down = 3;
    record.bytes_up = 84;
    record.bytes_down = 4321;
    record.close_code = 1000;
    record.duration_ms = 12.5;
    record.rule = "all";
    record.end = {By::client, ExchangeHow::complete, {}};
    CHECK(json(record) ==
          R"({"time":"2026-11-23T05:04:03.000001Z","level":"info","event":"websocket","id":"5f2a","exchange":1,)"
          R"("source":"10.0.0.7:51234","scheme":"wss","authority":"api.example","path":"/chat","messages_up":2,)"
          R"("messages_down":3,"bytes_up":84,"bytes_down":4321,"close_code":1000,"duration_ms":12.5,"rule":"all",)"
          R"("end":{"by":"client","how":"complete"}})");
    CHECK(text(record).starts_with("c=5f2a 10.0.0.7:51234 websocket exchange=1 scheme=wss "));
    CHECK(journal(record).contains("BASCULE_EVENT=websocket\n"));
    CHECK(journal(record).contains("BASCULE_CLOSE_CODE=1000\n"));
}
