#include "net/pipe.h"

#include <algorithm>

namespace bascule::net {

/// One direction. The ends tell each other through it when there is data or room; an end that is gone is null.
struct PipeEnd::Channel {
    explicit Channel(std::size_t room) : capacity(room) {}
    Bytes octets;
    std::size_t capacity;
    bool finished = false;
    bool reset = false;
    PipeEnd* reader = nullptr;
    PipeEnd* writer = nullptr;
};

PipeEnd::PipeEnd(EventLoop& loop, std::shared_ptr<Channel> in, std::shared_ptr<Channel> out)
    : loop_(loop), in_(std::move(in)), out_(std::move(out)) {
    in_->reader = this;
    out_->writer = this;
}

PipeEnd::~PipeEnd() {
    pending_.clear();  // what has not gone into the pipe goes nowhere now; the end must still be seen
    shutdown_write();
    if (in_->writer) in_->writer->writable_.set(loop_);
    in_->reader = nullptr;
    out_->writer = nullptr;
}

Pull PipeEnd::pull(Sink sink) {
    if (!unread_.empty()) {
        const Bytes octets = std::exchange(unread_, {});
        sink(octets);
        return Pull::data;
    }
    if (ending_ != Ending::none) return Pull::ended;
    if (in_->reset) {
        ending_ = Ending::reset;
        broken_ = true;
        return Pull::ended;
    }
    if (in_->octets.empty()) {
        readable_.clear();
        if (!in_->finished) return Pull::blocked;
        ending_ = Ending::fin;
        return Pull::ended;
    }
    const auto count = static_cast<std::ptrdiff_t>(std::min(in_->octets.size(), largest_pull_));
    const Bytes octets(in_->octets.begin(), in_->octets.begin() + count);
    in_->octets.erase(in_->octets.begin(), in_->octets.begin() + count);
    if (in_->writer) in_->writer->writable_.set(loop_);
    sink(octets);
    return Pull::data;
}

void PipeEnd::push(ByteView octets) {
    if (broken_ || finish_) return;
    pending_.insert(pending_.end(), octets.begin(), octets.end());
    flush();
}

bool PipeEnd::flush() {
    if (in_->reset || out_->reader == nullptr) broken_ = true;
    if (broken_) pending_.clear();
    const auto count = static_cast<std::ptrdiff_t>(std::min(pending_.size(), out_->capacity - out_->octets.size()));
    out_->octets.insert(out_->octets.end(), pending_.begin(), pending_.begin() + count);
    pending_.erase(pending_.begin(), pending_.begin() + count);
    if (count > 0 && out_->reader) out_->reader->readable_.set(loop_);
    if (!pending_.empty()) writable_.clear();
    if (pending_.empty() && finish_ && !out_->finished) {
        out_->finished = true;
        if (out_->reader) out_->reader->readable_.set(loop_);
    }
    return pending_.empty();
}

void PipeEnd::shutdown_write() {
    finish_ = true;
    flush();
}

void PipeEnd::abort() {
    out_->reset = true;
    broken_ = true;
    if (ending_ == Ending::none) ending_ = Ending::reset;
    pending_.clear();
    readable_.set(loop_);
    writable_.set(loop_);
    if (out_->reader) {
        out_->reader->readable_.set(loop_);
        out_->reader->writable_.set(loop_);
    }
}

std::pair<std::unique_ptr<PipeEnd>, std::unique_ptr<PipeEnd>> make_pipe(EventLoop& loop, std::size_t capacity) {
    auto there = std::make_shared<PipeEnd::Channel>(capacity);
    auto back = std::make_shared<PipeEnd::Channel>(capacity);
    std::unique_ptr<PipeEnd> left(new PipeEnd(loop, back, there));
    std::unique_ptr<PipeEnd> right(new PipeEnd(loop, there, back));
    return {std::move(left), std::move(right)};
}

}  // namespace bascule::net
