#include "h2/wire.h"
#include "tests/support/catch.h"

#include <malloc.h>

using namespace bascule;
using namespace bascule::http;
using namespace bascule::http::h2;
using namespace bascule::http::h2::testing;

namespace {

class Deaf final : public Exchanges {
  public:
    void request(ExchangeId, const RequestView&) override {}
    void informational(ExchangeId, const ResponseView&) override {}
    void response(ExchangeId, const ResponseView&) override {}
    void body(ExchangeId, bool, ByteView) override {}
    void trailers(ExchangeId, bool, FieldViews) override {}
    void ended(ExchangeId, bool) override {}
    void reset(ExchangeId, bool, std::uint32_t) override {}
};

/// A client's and an origin's first exchanges, as browsers and servers have them.
std::vector<std::pair<bool, std::string>> exchanges(int count) {
    Feed peers;
    std::vector<std::pair<bool, std::string>> said{
        {true, std::string(kPreface) + settings()}, {false, settings() + ack()}, {true, ack()}};
    for (int i = 0; i < count; ++i) {
        const auto id = static_cast<std::uint32_t>(2 * i + 1);
        said.emplace_back(true, peers.get(id, {{"user-agent", "Mozilla/5.0 (X11; Linux x86_64)"}}));
        said.emplace_back(false, peers.ok(id, {{"server", "nginx"}, {"date", "Fri, 27 Nov 2026 21:12:06 GMT"}}) +
                                     data(id, "content", kEndStream));
    }
    return said;
}

}  // namespace

TEST_CASE("an HTTP/2 connection that is idle holds little") {
    constexpr std::size_t count = 200;
    const auto said = exchanges(3);
    std::vector<std::unique_ptr<Walker>> walkers(count);
    Deaf deaf;
    const auto before = mallinfo2().uordblks;
    for (auto& walker : walkers) {
        walker = make_walker(deaf);
        for (const auto& [up, octets] : said) REQUIRE(walker->admit(up, as_bytes(octets)) == octets.size());
    }
    CHECK((mallinfo2().uordblks - before) / count < 4608);  // of which 3.5 KB are the tables of two nghttp2 inflaters
}
