#include "proxy/passthrough.h"

#include "http/h1/body_end.h"
#include "http/h1/head.h"
#include "proxy/http/watch.h"
#include "proxy/relaying.h"
#include "proxy/tap/content_tap.h"

#include <utility>

namespace bascule::proxy {
namespace {

/// The client's side of one exchange: the request's head as it is for the origin, its body, then nothing more. What the
/// client sends after that is read and dropped, so that its end is still noticed.
class OneExchange final : public net::Stream {
  public:
    OneExchange(net::Stream& client, std::string head, http::Framing body)
        : client_(client), head_(std::move(head)), body_(body) {}

    net::Pull pull(Sink sink) override {
        if (!head_.empty()) {
            sink(as_bytes(std::exchange(head_, {})));
            return net::Pull::data;
        }
        bool broken = false;
        const auto pulled = client_.pull([&](ByteView octets) {
            const auto count = body_.take(octets);
            broken = !count;
            if (count && *count > 0) sink(octets.first(*count));
        });
        if (!broken) return pulled;
        fault_ = "the chunks of the request's body are malformed (RFC 9112 section 7.1)";
        return net::Pull::ended;
    }
    void push(ByteView octets) override { client_.push(octets); }
    bool flush() override { return client_.flush(); }
    void shutdown_write() override { client_.shutdown_write(); }
    void truncate() override { client_.truncate(); }
    void abort() override { client_.abort(); }
    void unread(ByteView octets) override { client_.unread(octets); }
    net::Readiness::Wait until_readable() override { return client_.until_readable(); }
    net::Readiness::Wait until_writable() override { return client_.until_writable(); }
    std::size_t pending() const override { return client_.pending(); }
    net::Ending ending() const override { return fault_.empty() ? client_.ending() : net::Ending::failed; }
    bool broken() const override { return client_.broken(); }
    std::string fault() const override { return fault_; }

  private:
    net::Stream& client_;
    std::string head_;
    http::BodyEnd body_;
    std::string fault_;
};

}  // namespace

void refuse_unasked(const Connection& connection) {
    if (!connection.listener->client_ca) return;
    throw Ended(By::proxy, How::denied,
                fmt::format("listener {} asks clients for a certificate (client_ca), which {} cannot show; use another "
                            "listener for it",
                            connection.listener->name,
                            connection.protocol == rules::Protocol::tls ? "a connection that is let through"
                                                                        : "one without TLS"));
}

net::Task<void> passthrough(Connection& connection) {
    refuse_unasked(connection);
    connection.awaits = Awaits::nothing;
    connection.hello.reset();
    tap_content(connection);
    co_await relay_streams(connection, *connection.client, *connection.upstream, connection.content.get());
}

net::Task<void> exchange(Connection& connection, PlainRequest request) {
    refuse_unasked(connection);
    connection.awaits = Awaits::nothing;
    OneExchange client(*connection.client, http::for_origin(request.head, request.target), request.head.body);
    co_await relay_inspected(connection, client, *connection.upstream);
}

}  // namespace bascule::proxy
