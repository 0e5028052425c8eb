#pragma once

#include "base/error.h"
#include "base/unique_fd.h"
#include "net/task/nursery.h"
#include "net/tcp_stream.h"
#include "tls/signer/signer_messages.h"

#include <unordered_map>

namespace bascule::tls {

/// The signer gives no more signatures at this moment.
class SignerBusy : public Error {
  public:
    using Error::Error;
};

/// One worker's line to the signer process: requests of many connections are under way at once, and each waits for its
/// own answer only. Lives and is used on one thread, whose channel it is as long as it lives.
class SignerChannel {
  public:
    /// Takes the connected, non-blocking end of a socket pair.
    SignerChannel(net::EventLoop& loop, UniqueFd socket);
    ~SignerChannel();
    SignerChannel(const SignerChannel&) = delete;

    /// Throws Error where the thread has none.
    static SignerChannel& of_this_thread();

    /// The signature over `to_be_signed` by the authority that the signer knows under this number. A request that is
    /// cancelled is forgotten; the signer may still answer it. Throws SignerBusy, or Error: it was refused (with the
    /// reason), or the signer is gone.
    net::Task<Bytes> sign(std::uint32_t authority, Bytes to_be_signed);
    std::size_t waiting() const { return waiting_.size(); }

  private:
    class Request;
    net::Task<void> listen();
    void settle(const signing::Message& answer);
    void give_up(const std::string& why);

    net::EventLoop& loop_;
    net::TcpStream stream_;
    signing::Inbox inbox_;
    std::unordered_map<std::uint32_t, Request*> waiting_;
    std::uint32_t next_ = 0;
    std::string gone_;  ///< why nothing can be asked any more
    net::Nursery listener_;
};

}  // namespace bascule::tls
