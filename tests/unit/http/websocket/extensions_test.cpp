#include "http/websocket/extensions.h"

#include "tests/support/catch.h"

using namespace bascule::http::websocket;

TEST_CASE("what was agreed is read for each direction") {
    CHECK_FALSE(parse_extensions("")->deflate);
    const auto plain = parse_extensions("permessage-deflate");
    CHECK((plain->deflate && plain->up.takeover && plain->down.takeover));
    CHECK((plain->up.window_bits == 15 && plain->down.window_bits == 15));

    const auto all = parse_extensions(
        " Permessage-Deflate ; server_no_context_takeover;client_max_window_bits=9 ; server_max_window_bits = \"10\"");
    REQUIRE(all);
    CHECK((all->up.takeover && all->up.window_bits == 9));
    CHECK((!all->down.takeover && all->down.window_bits == 10));
    CHECK_FALSE(parse_extensions("permessage-deflate; client_no_context_takeover")->up.takeover);
}

TEST_CASE("what is not known or malformed is no agreement") {
    for (const auto* value :
         {"x-webkit-deflate-frame", "permessage-deflate, permessage-deflate", "permessage-bzip2",
          "permessage-deflate, foo", "permessage-deflate; foo", "permessage-deflate; client_max_window_bits",
          "permessage-deflate; client_max_window_bits=7", "permessage-deflate; server_max_window_bits=16",
          "permessage-deflate; server_max_window_bits=08", "permessage-deflate; server_max_window_bits=\"",
          "permessage-deflate; server_no_context_takeover=1", "permessage-deflate;;",
          "permessage-deflate; server_max_window_bits=9; server_max_window_bits=9"}) {
        INFO(value);
        CHECK_FALSE(parse_extensions(value));
    }
    for (char digit = '0'; digit <= '9'; ++digit) {
        const std::string text{'1', digit};
        CHECK(parse_extensions("permessage-deflate; client_max_window_bits=" + text).has_value() == (digit <= '5'));
    }
}
