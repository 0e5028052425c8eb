#include "tls/signer/signer_channel.h"

namespace bascule::tls {
namespace {

using signing::Kind;

// What may wait for the signer on one worker: more means that it does not keep up.
constexpr std::size_t kMostWaiting = 20'000;
constexpr std::size_t kMostPending = 64_MiB;

thread_local SignerChannel* mine = nullptr;

}  // namespace

/// Lives in the frame of sign(): cancelled with it.
class SignerChannel::Request {
  public:
    Request(SignerChannel& channel, std::uint32_t number)
        : answered(channel.loop_), channel_(channel), number_(number) {
        channel_.waiting_.emplace(number_, this);
    }
    Request(const Request&) = delete;
    ~Request() { channel_.waiting_.erase(number_); }

    net::Event answered;
    Kind kind = Kind::failed;
    Bytes body;

  private:
    SignerChannel& channel_;
    std::uint32_t number_;
};

SignerChannel::SignerChannel(net::EventLoop& loop, UniqueFd socket)
    : loop_(loop), stream_(loop, std::move(socket)), listener_(loop) {
    mine = this;
    listener_.spawn(listen());
}

SignerChannel::~SignerChannel() {
    mine = nullptr;
}

SignerChannel& SignerChannel::of_this_thread() {
    if (!mine) throw Error("this thread has no line to the signer");
    return *mine;
}

net::Task<Bytes> SignerChannel::sign(std::uint32_t authority, Bytes to_be_signed) {
    if (!gone_.empty()) throw Error(gone_);
    if (waiting_.size() >= kMostWaiting || stream_.pending() > kMostPending) {
        throw SignerBusy("{} certificates wait for the signer", waiting_.size());
    }
    const auto number = next_++;
    stream_.push(signing::frame(Kind::sign, number, {signing::big_endian(authority, 4), to_be_signed}));
    Bytes().swap(to_be_signed);
    Request request(*this, number);
    co_await request.answered.wait();
    if (request.kind == Kind::signature) co_return std::move(request.body);
    const std::string why(as_text(request.body));
    if (request.kind == Kind::busy) throw SignerBusy(why);
    throw Error(why);
}

net::Task<void> SignerChannel::listen() {
    try {
        for (;;) {
            const auto pulled = stream_.pull([this](ByteView octets) { inbox_.add(octets); });
            if (pulled == net::Pull::ended) break;
            if (pulled == net::Pull::blocked) co_await stream_.until_readable();
            while (const auto answer = inbox_.next()) settle(*answer);
        }
        give_up("the signer process is gone");
    } catch (const Error& error) {
        give_up(error.what());
    }
}

void SignerChannel::settle(const signing::Message& answer) {
    const auto found = waiting_.find(answer.number);
    if (found == waiting_.end()) return;  // cancelled meanwhile
    auto& request = *found->second;
    request.kind = answer.kind;
    request.body.assign(answer.body.begin(), answer.body.end());
    request.answered.set();
}

void SignerChannel::give_up(const std::string& why) {
    gone_ = why;
    for (const auto& [number, request] : waiting_) {
        if (request->answered.is_set()) continue;
        request->body = to_bytes(why);
        request->answered.set();
    }
}

}  // namespace bascule::tls
