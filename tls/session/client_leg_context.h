#pragma once

#include "tls/handles.h"
#include "tls/session/session_ids.h"
#include "tls/session/ticket_keys.h"

#include <cstdint>
#include <memory>
#include <string>

namespace bascule::tls {

/// What the client is to be answered with: what the origin chose.
struct Answer {
    int version = TLS1_3_VERSION;
    std::uint16_t cipher = 0;  ///< IANA number; 0 or one that the client leg does not speak: our own order
    std::uint16_t group = 0;   ///< IANA number; 0: whichever the client's hello and our order give
    bool legacy = false;       ///< the policy allows what is weaker, where the origin chose it
    bool log_keys = false;
};

/// The leg to the client, where we are the server: TLS 1.2 and 1.3, ECDHE with AEAD, secure renegotiation, tickets, and
/// session IDs for clients of TLS 1.2 that take none. One context for each answer, made when it is first needed: there
/// are some hundreds at most. Thread-safe; a look-up takes no lock.
class ClientLegContexts {
  public:
    /// `tickets`: null, there is no resumption; must outlive the contexts.
    explicit ClientLegContexts(TicketKeys* tickets);
    ~ClientLegContexts();
    ClientLegContexts(const ClientLegContexts&) = delete;

    /// The context whose first choice is the answer's cipher suite, and whose only group the answer's. The version is
    /// the session's to set.
    SSL_CTX* for_answer(const Answer& answer) const;
    /// The suites that a session of this answer is to speak, as OpenSSL's list: where the policy is legacy, and the
    /// origin chose what no careful server speaks. That one first, then what the client may have in common with us
    /// where its suite does not fit our leaf. Else empty.
    static std::string legacy_suites(const Answer& answer);

  private:
    struct Slots;
    std::unique_ptr<SessionIds> ids_;
    std::unique_ptr<Slots> slots_;
    TicketKeys* tickets_;
};

}  // namespace bascule::tls
