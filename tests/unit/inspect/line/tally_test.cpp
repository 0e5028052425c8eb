#include "inspect/line/tally.h"

#include "tests/support/catch.h"

using namespace bascule::inspect;

TEST_CASE("a tally counts exchanges, error statuses, failures and octets") {
    Tally tally;
    CHECK(tally.nothing());
    CHECK(tally.text().starts_with("0 exchanges, 0 B up, 0 B down, "));
    ExchangeRecord record;
    record.status = 200;
    record.request.head_bytes = 80;
    record.response.body_bytes = 4211;
    tally.add(record);
    CHECK(tally.text().starts_with("1 exchange, 80 B up, 4.2 kB down, "));
    record.status = 503;
    tally.add(record);
    record.status.reset();
    record.end = {By::upstream, ExchangeHow::truncated, {}};
    tally.add(record);
    CHECK(tally.text().starts_with("3 exchanges, 1 with an error status, 1 failed, 240 B up, 12.6 kB down, "));
    CHECK_FALSE(tally.nothing());
}

TEST_CASE("a client that gives an exchange up is no failure; a connection that came to none is") {
    Tally tally;
    ExchangeRecord record;
    record.end = {By::client, ExchangeHow::reset_stream, {}};
    tally.add(record);
    ConnectionRecord connection;
    connection.exchanges = 1;
    connection.end = {By::client, How::close_notify, Step::relay, {}};
    connection.bytes_up = 80;
    tally.add(connection);
    CHECK(tally.text().starts_with("1 exchange, 0 B up"));
    connection.exchanges.reset();
    connection.end = {By::upstream, How::refused, Step::connect, {}};
    tally.add(connection);
    CHECK(tally.text().starts_with("1 exchange, 1 failed, 80 B up"));
}

TEST_CASE("a WebSocket is an exchange of the tally") {
    Tally tally;
    WebSocketRecord record;
    record.bytes_up = 1000;
    tally.add(record);
    CHECK(tally.text().starts_with("1 exchange, 1.0 kB up, 0 B down, "));
}
