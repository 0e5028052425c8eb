#pragma once

#include "http/h1/forward.h"
#include "net/stream.h"
#include "proxy/connection.h"

namespace bascule::proxy {

/// The client's side of one forwarded exchange: what is pushed to it is the origin's answer, whole heads that were
/// found good, and has its heads made the client's (http::for_client).
class AnswersForClient final : public net::Stream {
  public:
    /// `closes`: the client's connection ends after this answer.
    AnswersForClient(Connection& connection, const http::RequestHead& request, bool closes)
        : connection_(connection),
          client_(*connection.client),
          asked_{.head = request.method == "HEAD",
                 .upgrade = http::wants_socket(request),
                 .socket = http::wants_socket(request)},
          closes_(closes) {}

    bool closes() const { return closes_; }
    bool origin_persists() const { return origin_persists_; }

    net::Pull pull(Sink sink) override { return client_.pull(sink); }
    void push(ByteView octets) override;
    bool flush() override { return client_.flush(); }
    void shutdown_write() override { client_.shutdown_write(); }
    void truncate() override { client_.truncate(); }
    void abort() override { client_.abort(); }
    void unread(ByteView octets) override { client_.unread(octets); }
    net::Readiness::Wait until_readable() override { return client_.until_readable(); }
    net::Readiness::Wait until_writable() override { return client_.until_writable(); }
    std::size_t pending() const override { return client_.pending(); }
    net::Ending ending() const override { return client_.ending(); }
    bool broken() const override { return client_.broken(); }

  private:
    std::size_t push_head(ByteView octets);

    Connection& connection_;
    net::Stream& client_;
    http::Asked asked_;
    bool closes_;
    bool origin_persists_ = false;
    bool head_passed_ = false;  ///< the final one
};

}  // namespace bascule::proxy
