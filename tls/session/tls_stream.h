#pragma once

#include "net/stream.h"
#include "tls/session/session.h"

#include <memory>
#include <string>

namespace bascule::tls {

/// What a handshake came to.
struct HandshakeResult {
    enum class Kind : std::uint8_t {
        done,
        alert,   ///< the peer refused with `alert`
        failed,  ///< we refused, by an alert that has been sent
        ended,   ///< the peer closed or reset: see ending()
        paused,  ///< Step::Kind::need_issuers: handshake() goes on
    } kind = Kind::done;
    std::uint8_t alert = 0;
    std::string text;  ///< OpenSSL's words
};

/// A Session on a stream: TLS as a net::Stream. Both directions may be used at the same time; while a renegotiation
/// runs, reading goes on and what is pushed waits (at most what the relay lets in flight) until it is over.
class TlsStream final : public net::Stream {
  public:
    /// Owns the session; `lower` must outlive it.
    TlsStream(net::EventLoop& loop, net::Stream& lower, std::unique_ptr<Session> session);
    ~TlsStream() override;

    /// The first handshake, or what is left of it after a pause. The deadline is the caller's; after a cancelled
    /// handshake only abort() is of use.
    net::Task<HandshakeResult> handshake();

    net::Pull pull(Sink sink) override;
    void push(ByteView octets) override;
    bool flush() override;
    void shutdown_write() override;
    /// Ends both directions with this fatal alert, after what was pushed; false: there is no way to say it (Session).
    bool fail(std::uint8_t alert);
    void truncate() override { lower_.truncate(); }
    void abort() override { lower_.abort(); }
    void unread(ByteView octets) override;
    net::Readiness::Wait until_readable() override { return lower_.until_readable(); }
    net::Readiness::Wait until_writable() override;
    bool urgent() const override { return session_->handshaking() && ending_ == net::Ending::none; }
    std::size_t pending() const override { return waiting_.size() + lower_.pending(); }
    net::Ending ending() const override { return ending_; }
    /// Also where the peer ended in the middle of a renegotiation: it can never be finished.
    bool broken() const override {
        return lower_.broken() || ending_ == net::Ending::failed ||
               (ending_ != net::Ending::none && session_->handshaking());
    }
    std::string fault() const override;

    Session& session() { return *session_; }

  private:
    void decrypt(ByteView ciphertext, Sink sink);
    void encrypt(ByteView plain, Bytes& into);
    Bytes& gathered();
    void send(Bytes& ciphertext);
    void hold_or_send(Bytes& replies);
    void resume_writing();

    net::EventLoop& loop_;
    net::Stream& lower_;
    std::unique_ptr<Session> session_;
    Bytes unread_;
    Bytes waiting_;  ///< plaintext pushed during a renegotiation
    Bytes held_;     ///< a ClientHello that is not sent yet
    unsigned pulls_held_ = 0;
    net::Readiness resumed_{true};
    net::Ending ending_ = net::Ending::none;
    bool finish_wanted_ = false;
    bool finished_ = false;
};

}  // namespace bascule::tls
