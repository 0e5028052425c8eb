#pragma once

#include "net/stream.h"

#include <memory>
#include <utility>

namespace bascule::net {

/// One end of an in-memory connection: bounded, with half-close, truncation and reset as TCP has them.
class PipeEnd final : public Stream {
  public:
    Pull pull(Sink sink) override;
    void push(ByteView octets) override;
    bool flush() override;
    void shutdown_write() override;
    void truncate() override { shutdown_write(); }
    void abort() override;
    void unread(ByteView octets) override { unread_.insert(unread_.begin(), octets.begin(), octets.end()); }
    Readiness::Wait until_readable() override { return readable_.wait(); }
    Readiness::Wait until_writable() override { return writable_.wait(); }
    std::size_t pending() const override { return pending_.size(); }
    Ending ending() const override { return ending_; }
    bool broken() const override { return broken_; }

    /// At most so many octets per pull, to try every split.
    void pull_at_most(std::size_t octets) { largest_pull_ = octets; }

  private:
    friend std::pair<std::unique_ptr<PipeEnd>, std::unique_ptr<PipeEnd>> make_pipe(EventLoop&, std::size_t);
    struct Channel;
    PipeEnd(EventLoop& loop, std::shared_ptr<Channel> in, std::shared_ptr<Channel> out);

    EventLoop& loop_;
    std::shared_ptr<Channel> in_;
    std::shared_ptr<Channel> out_;
    Readiness readable_{true};
    Readiness writable_{true};
    Bytes unread_;
    Bytes pending_;
    std::size_t largest_pull_ = SIZE_MAX;
    Ending ending_ = Ending::none;
    bool broken_ = false;
    bool finish_ = false;

  public:
    ~PipeEnd() override;
};

/// Two connected ends, each direction holding at most `capacity` octets.
std::pair<std::unique_ptr<PipeEnd>, std::unique_ptr<PipeEnd>> make_pipe(EventLoop& loop, std::size_t capacity);

}  // namespace bascule::net
