#pragma once

#include "base/duration.h"
#include "base/unique_fd.h"
#include "tls/signer/authority.h"
#include "tls/signer/signer_messages.h"

#include <memory>
#include <string>

namespace bascule::tls {

/// The main thread's line to the signer process: it loads CAs there. Kept alive by the authorities that it gave.
class SignerControl : public std::enable_shared_from_this<SignerControl> {
  public:
    /// Takes the connected, non-blocking end of a socket pair.
    explicit SignerControl(UniqueFd socket) : socket_(std::move(socket)) {}
    SignerControl(const SignerControl&) = delete;

    /// Has the signer read a CA, and waits for it; leaves may live for `lifetime`. Its leaves are signed over the
    /// SignerChannel of the thread that asks. Throws as Authority::load does, and Error where the signer is gone. One
    /// thread at a time.
    std::shared_ptr<const Authority> load(const std::string& certificate_path, const std::string& key_source,
                                          Duration lifetime);

    /// One load is not needed any more. From any thread.
    void release(std::uint32_t authority);

    /// Hangs up (POLLHUP) when the signer ends.
    int fd() const { return socket_.get(); }

  private:
    void send(ByteView frame, std::chrono::steady_clock::time_point until);
    signing::Message receive(std::uint32_t number, std::chrono::steady_clock::time_point until);
    void wait_for(short what, std::chrono::steady_clock::time_point until) const;

    UniqueFd socket_;
    signing::Inbox inbox_;
    std::uint32_t next_ = 0;
};

}  // namespace bascule::tls
