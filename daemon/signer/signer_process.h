#pragma once

#include "base/unique_fd.h"
#include "proxy/policy/policy.h"
#include "tls/signer/signer_control.h"

#include <memory>
#include <string>
#include <vector>

namespace bascule::daemon {

/// The signer: a process of its own that holds the CAs' keys, without network, so that no fault of the one that talks
/// to peers can show a key (docs/decisions/0004-a-signer-process.md). Destroying this ends it, in order.
class SignerProcess {
  public:
    /// Before this process has threads, and while it still has the rights that reading keys takes. `user`: whom the
    /// daemon will become, if anyone. Throws Error.
    SignerProcess(std::size_t workers, const std::string& user);
    ~SignerProcess();
    SignerProcess(const SignerProcess&) = delete;

    /// Has CAs loaded there. Refers to this.
    proxy::AuthorityLoader loader();
    /// The worker's end of its line, once for each.
    UniqueFd take_line(std::size_t worker) { return std::move(lines_.at(worker)); }
    /// Hangs up (POLLHUP) when the process ends.
    int fd() const { return control_->fd(); }
    /// After that: how it ended, for a person.
    std::string ending();

  private:
    pid_t pid_ = -1;
    std::shared_ptr<tls::SignerControl> control_;
    std::vector<UniqueFd> lines_;
};

/// What stands in argv[0] of that process, and nothing else.
inline constexpr const char* kSignerName = "bascule: signer";

/// The signer's whole life: serves the sockets that it inherits until the first of them ends. The exit code.
int run_signer();

}  // namespace bascule::daemon
