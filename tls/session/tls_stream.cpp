#include "tls/session/tls_stream.h"

#include "net/scratch.h"

namespace bascule::tls {
namespace {

// One send for so many octets of records at most; OpenSSL adds up to 256 to each.
constexpr std::size_t kGather = 64_KiB;
constexpr std::size_t kRecord = 16_KiB;  // RFC 8446 section 5.1
// So many pulls at most are made before a held-back ClientHello goes out although the origin still has more to say.
constexpr unsigned kMostPullsBeforeAnswer = 256;

}  // namespace

TlsStream::TlsStream(net::EventLoop& loop, net::Stream& lower, std::unique_ptr<Session> session)
    : loop_(loop), lower_(lower), session_(std::move(session)) {}

TlsStream::~TlsStream() {
    auto& scratch = net::Scratch::mine();
    if (scratch.gatherer == this) scratch.gatherer = nullptr;
}

void TlsStream::send(Bytes& ciphertext) {
    if (ciphertext.empty()) return;
    lower_.push(ciphertext);
    ciphertext.clear();
}

net::Task<HandshakeResult> TlsStream::handshake() {
    Bytes& replies = net::Scratch::mine().replies;
    session_->output_to(replies);
    Step step = session_->handshake();
    send(replies);
    while (step.kind == Step::Kind::need_input) {
        const net::Pull pulled = lower_.pull([&](ByteView ciphertext) {
            session_->output_to(replies);
            session_->feed(ciphertext);
            step = session_->handshake();
            send(replies);
            if (const ByteView rest = session_->take_unused(); !rest.empty()) lower_.unread(rest);
        });
        if (pulled == net::Pull::ended) {
            ending_ = lower_.ending() == net::Ending::fin ? net::Ending::truncated : lower_.ending();
            co_return HandshakeResult{.kind = HandshakeResult::Kind::ended, .alert = 0, .text = {}};
        }
        if (pulled == net::Pull::blocked) co_await lower_.until_readable();
    }
    if (step.kind == Step::Kind::done) co_return HandshakeResult{};
    if (step.kind == Step::Kind::need_issuers) {
        co_return HandshakeResult{.kind = HandshakeResult::Kind::paused, .alert = 0, .text = {}};
    }
    if (step.kind == Step::Kind::close_notify) {
        ending_ = net::Ending::close_notify;
        co_return HandshakeResult{.kind = HandshakeResult::Kind::ended, .alert = 0, .text = {}};
    }
    ending_ = net::Ending::failed;
    const Failure& failure = session_->failure();
    if (failure.alert) {
        co_return HandshakeResult{.kind = HandshakeResult::Kind::alert, .alert = *failure.alert, .text = failure.text};
    }
    co_return HandshakeResult{.kind = HandshakeResult::Kind::failed, .alert = 0, .text = failure.text};
}

net::Pull TlsStream::pull(Sink sink) {
    if (!unread_.empty()) {
        const Bytes octets = std::exchange(unread_, {});
        sink(octets);
        return net::Pull::data;
    }
    if (ending_ != net::Ending::none) return net::Pull::ended;
    const net::Pull pulled = lower_.pull([&](ByteView ciphertext) { decrypt(ciphertext, sink); });
    if (!held_.empty() && (pulled != net::Pull::data || ++pulls_held_ > kMostPullsBeforeAnswer)) send(held_);
    if (pulled == net::Pull::ended) {
        ending_ = lower_.ending() == net::Ending::fin ? net::Ending::truncated : lower_.ending();
    }
    resume_writing();
    return pulled;
}

void TlsStream::decrypt(ByteView ciphertext, Sink sink) {
    auto& scratch = net::Scratch::mine();
    session_->feed(ciphertext);
    Step step;
    do {
        session_->output_to(scratch.replies);
        step = session_->read(scratch.plain);
        // Whatever reading produced (a key update, an alert, a renegotiation's flight) goes out before anything else:
        // the peer may be waiting for it.
        hold_or_send(scratch.replies);
        if (step.kind == Step::Kind::done) sink(ByteView(scratch.plain).first(step.octets));
    } while (step.kind == Step::Kind::done && !session_->exhausted());
    if (step.kind == Step::Kind::close_notify) ending_ = net::Ending::close_notify;
    if (step.kind == Step::Kind::failed) ending_ = net::Ending::failed;
    session_->take_unused();
}

/// The ClientHello that answers an origin's HelloRequest is held back until everything the origin has sent is read: a
/// server with a half-sent record in its full socket buffer cannot answer it (OpenSSL then fails with "bad length").
void TlsStream::hold_or_send(Bytes& replies) {
    if (session_->must_answer_hello_request()) {
        if (!replies.empty()) pulls_held_ = 0;
        held_.insert(held_.end(), replies.begin(), replies.end());
        replies.clear();
    } else {
        send(replies);
    }
}

/// After a renegotiation: what was pushed meanwhile, and then the end of our direction if that was asked for.
void TlsStream::resume_writing() {
    if (session_->handshaking() && !broken()) return;
    if (!waiting_.empty()) {
        Bytes& replies = net::Scratch::mine().replies;
        encrypt(std::exchange(waiting_, {}), replies);
        send(replies);
    }
    if (!resumed_) resumed_.set(loop_);
    if (finish_wanted_) shutdown_write();
}

void TlsStream::encrypt(ByteView plain, Bytes& into) {
    if (broken()) return;
    session_->output_to(into);
    for (; !plain.empty(); plain = plain.subspan(std::min(plain.size(), kRecord))) {
        if (session_->write(plain.first(std::min(plain.size(), kRecord))).kind != Step::Kind::done) {
            ending_ = net::Ending::failed;
            return;
        }
    }
}

void TlsStream::push(ByteView octets) {
    if (broken() || finish_wanted_ || octets.empty()) return;
    if (session_->handshaking() || !waiting_.empty()) {
        waiting_.insert(waiting_.end(), octets.begin(), octets.end());
        resumed_.clear();
        return;
    }
    Bytes& records = gathered();
    encrypt(octets, records);
    if (records.size() >= kGather) send(records);
}

/// The worker's buffer for records that go out together, ours until flush().
Bytes& TlsStream::gathered() {
    auto& scratch = net::Scratch::mine();
    // What somebody left there whom an exception ended before its flush is for nobody else.
    if (std::exchange(scratch.gatherer, this) != this) scratch.gather.clear();
    return scratch.gather;
}

bool TlsStream::flush() {
    auto& scratch = net::Scratch::mine();
    if (scratch.gatherer == this) {
        send(scratch.gather);
        scratch.gatherer = nullptr;
    }
    return lower_.flush() && waiting_.empty();
}

net::Readiness::Wait TlsStream::until_writable() {
    return lower_.pending() > 0 || waiting_.empty() ? lower_.until_writable() : resumed_.wait();
}

void TlsStream::shutdown_write() {
    finish_wanted_ = true;
    if (session_->handshaking() && !broken()) return;  // resume_writing() comes back to it
    if (std::exchange(finished_, true)) return;
    if (ending_ != net::Ending::failed && !session_->handshaking()) {
        session_->output_to(gathered());
        session_->close_notify();
    }
    flush();
    lower_.shutdown_write();
}

bool TlsStream::fail(std::uint8_t alert) {
    if (broken() || finished_ || session_->handshaking()) return false;
    flush();
    Bytes& replies = net::Scratch::mine().replies;
    session_->output_to(replies);
    if (!session_->raise(alert) || replies.empty()) return false;
    ending_ = net::Ending::failed;
    send(replies);
    return true;
}

void TlsStream::unread(ByteView octets) {
    unread_.insert(unread_.begin(), octets.begin(), octets.end());
}

std::string TlsStream::fault() const {
    if (ending_ != net::Ending::failed) return lower_.fault();
    return session_->failure().text;
}

}  // namespace bascule::tls
