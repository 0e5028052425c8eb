#pragma once

#include "base/bytes.h"
#include "base/function_ref.h"
#include "net/readiness.h"

#include <memory>
#include <string>

namespace bascule::net {

/// How the peer ended its direction.
enum class Ending : std::uint8_t {
    none,          ///< not yet
    fin,           ///< in order, by TCP
    close_notify,  ///< in order, by TLS
    truncated,     ///< FIN where TLS was still running (RFC 8446 section 6.1)
    reset,
    failed,  ///< the protocol was violated or ended by an alert; `fault()` says how
};

/// Whether the peer said that nothing is missing.
constexpr bool in_order(Ending ending) {
    return ending == Ending::fin || ending == Ending::close_notify;
}

enum class Pull : std::uint8_t { data, blocked, ended };

/// Two directions of octets. No I/O here waits: pull() and push() do what can be done now, the waits say when more
/// can. One reader and one writer at a time. Buffers belong to the worker, not to the stream: what a stream keeps is
/// only what it could not pass on.
class Stream {
  public:
    /// What pull() hands out lives only for the call.
    using Sink = FunctionRef<void(ByteView)>;

    virtual ~Stream() = default;

    /// Reads what is there, at most one receive buffer, and hands it to `sink` in pieces. `data`: something was read,
    /// though `sink` may not have been called (TLS messages). `ended`: see ending().
    virtual Pull pull(Sink sink) = 0;
    /// Takes all octets, in order, after those taken before; what the peer does not take now is kept. Who pushes waits
    /// for drained() before pushing more than one pull's worth. Nothing is taken any more once the stream is broken
    /// or our direction has been ended.
    virtual void push(ByteView octets) = 0;
    /// Sends what push() collected. True: nothing is left here.
    virtual bool flush() = 0;
    /// Ends our direction in order, once everything pushed has been sent: close_notify where TLS runs, then FIN.
    virtual void shutdown_write() = 0;
    /// Ends our direction as a truncation: FIN without close_notify.
    virtual void truncate() = 0;
    /// Ends both directions now, with a reset; drops what was not sent.
    virtual void abort() = 0;

    /// Puts octets back that were pulled and not used: the next pull hands them out first.
    virtual void unread(ByteView octets) = 0;

    /// When pull() is worth another try after `blocked`.
    virtual Readiness::Wait until_readable() = 0;
    /// When flush() is worth another try after false.
    virtual Readiness::Wait until_writable() = 0;
    /// Whether it must be read although what it brings cannot be passed on yet: a TLS handshake is under way in it.
    virtual bool urgent() const { return false; }
    /// Octets taken by push() and not sent yet.
    virtual std::size_t pending() const = 0;

    virtual Ending ending() const = 0;
    /// Whether pushing is of no use any more: the peer has reset or is gone.
    virtual bool broken() const = 0;
    /// The words for ending() == failed, else empty.
    virtual std::string fault() const { return {}; }
};

/// When all that was pushed has been sent, or the stream is broken.
inline Task<void> drained(Stream& stream) {
    while (!stream.flush() && !stream.broken()) co_await stream.until_writable();
}

}  // namespace bascule::net
