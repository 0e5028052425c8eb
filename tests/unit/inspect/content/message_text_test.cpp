#include "inspect/content/message_text.h"

#include "inspect/content/json_layout.h"
#include "inspect/content/message_ndjson.h"
#include "tests/support/catch.h"

#include <nlohmann/json.hpp>

using namespace bascule::inspect;

namespace {

const MessagePlace kPlace{.id = "c6f5b84000000001", .exchange = 3, .stream = {}};

Message request(std::string type, std::string body) {
    Message message;
    message.head = {.version = "1.1",
                    .method = "POST",
                    .scheme = "https",
                    .authority = "api.example",
                    .path = "/v1?x=1",
                    .reason = {},
                    .fields = {{"Host", "api.example"}, {"content-TYPE", std::move(type)}},
                    .octets = 60};
    message.body_bytes = body.size();
    message.body = std::move(body);
    return message;
}

std::string shown(const Message& message) {
    std::string out;
    append_text_message(out, kPlace, message);
    return out.substr(out.find('\n') + 1);  // the first line has a time
}

nlohmann::json line_of(const Message& message) {
    std::string out;
    append_ndjson_message(out, kPlace, message);
    REQUIRE(out.find('\n') == out.size() - 1);
    return nlohmann::json::parse(out);
}

}  // namespace

TEST_CASE("a message reads as its head, an empty line, its content") {
    CHECK(shown(request("text/plain", "one\r\ntwo")) ==
          "> POST /v1?x=1 HTTP/1.1\n> Host: api.example\n> content-TYPE: text/plain\n> \n> one\n> two\n");
    Message answer;
    answer.direction = Direction::down;
    answer.head.version = "2";
    answer.head.status = 204;
    answer.head.octets = 10;
    CHECK(shown(answer) == "< HTTP/2 204\n< \n");
}

TEST_CASE("JSON is laid out only where all of it is there, and keeps its spelling") {
    const auto json = R"({"a":[1.50,1e400,"\u00e9"],"b":{},"c":[]})";
    CHECK(shown(request("application/json; charset=utf-8", json))
              .ends_with("> {\n>   \"a\": [\n>     1.50,\n>     1e400,\n>     \"\\u00e9\"\n>   ],\n>   \"b\": {},\n"
                         ">   \"c\": []\n> }\n"));
    auto cut = request("application/json", json);
    cut.dropped = 10;
    CHECK(shown(cut).ends_with(std::string("> ") + json + "\n* c=c6f5b84000000001 10 octets more\n"));
}

TEST_CASE("what is no JSON is not laid out") {
    for (const auto* text : {"", "{", "[1,]", R"({"a"})", R"({1:2})", "[1 2]", "\"open", "[1]]", "{\"a\":\"\n\"}"}) {
        CHECK_FALSE(lay_out_json(text));
    }
    CHECK(lay_out_json("[" + std::string(31, '[') + std::string(32, ']')));
    CHECK_FALSE(lay_out_json(std::string(100'000, '[')));
    std::string wide = std::string(30, '[');
    for (int i = 0; i < 50'000; ++i) wide += "1,";
    CHECK_FALSE(lay_out_json(wide + "1" + std::string(30, ']')));  // it would become sixty times as long
}

TEST_CASE("form data has a line for each field") {
    CHECK(shown(request("application/x-www-form-urlencoded", "a=1+2&b=%3C%0A%zz&c"))
              .ends_with("> a = 1 2\n> b = <\\x0a%zz\n> c = \n"));
}

TEST_CASE("what is binary is shown in hexadecimal, the first of it") {
    CHECK(shown(request("image/png", std::string("\x89PNG\0", 5)))
              .ends_with("> 00000000  89 50 4e 47 00                                   .PNG.\n"));
    CHECK(shown(request("image/png", std::string(1000, '\0')))
              .ends_with("* c=c6f5b84000000001 binary, 1000 octets of it\n"));
}

TEST_CASE("no content can look like a line of ours, or speak to a terminal") {
    const auto text = shown(request("text/plain", "* cut off\n\x1b[31m\r\n\xc2\x9b"));
    CHECK(text.contains("> * cut off\n> \\x1b[31m\n> \\xc2"));
    CHECK_FALSE(text.contains('\x1b'));
}

TEST_CASE("what is missing is said, and trailers follow") {
    auto message = request("text/plain", "abc");
    message.undecoded = "its coding is not known: x";
    message.dropped = 7;
    message.trailers = {{"T", "v"}};
    message.whole = false;
    CHECK(
        shown(message).ends_with("> abc\n* c=c6f5b84000000001 not decoded: its coding is not known: x\n* "
                                 "c=c6f5b84000000001 7 octets more\n> T: v\n* c=c6f5b84000000001 cut off\n"));
}

TEST_CASE("ndjson has all of a message, exactly") {
    auto message = request("text/plain", "h\xc3\xa9");
    message.head.fields.emplace_back("X-Odd", "\xff");
    message.decoded_bytes = 3;
    const auto line = line_of(message);
    CHECK(line["event"] == "message");
    CHECK(line["exchange"] == 3);
    CHECK_FALSE(line.contains("stream"));
    CHECK(line["headers"] ==
          nlohmann::json::parse(R"([["Host","api.example"],["content-TYPE","text/plain"],["X-Odd",null,"/w=="]])"));
    CHECK(line["body"] == "h\xc3\xa9");
    CHECK(line["whole"] == true);
    message.body = "\xff\xfe";
    CHECK(line_of(message)["body_base64"] == "//4=");
}

TEST_CASE("a text that the bound cut within a character is still a text") {
    auto message = request("text/plain", "h\xc3");
    message.dropped = 4;
    const auto line = line_of(message);
    CHECK(line["body"] == "h");
    CHECK(line["dropped"] == 5);
    CHECK(shown(message).contains("> h\\xc3\n"));
}

TEST_CASE("messages of a WebSocket") {
    SocketMessage message;
    message.kind = SocketMessage::Kind::text;
    message.body = R"({"a":1})";
    message.octets = 13;
    std::string out;
    append_text_message(out, kPlace, message);
    CHECK(out.contains("exchange 3 websocket text, 13 octets\n> {\n>   \"a\": 1\n> }\n"));
    out.clear();
    message.kind = SocketMessage::Kind::close;
    message.body = "bye";
    message.close_code = 1001;
    append_ndjson_message(out, kPlace, message);
    const auto line = nlohmann::json::parse(out);
    CHECK(line["event"] == "socket_message");
    CHECK((line["kind"] == "close" && line["close_code"] == 1001 && line["body"] == "bye"));
}
