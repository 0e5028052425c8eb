#pragma once

#include "base/duration.h"
#include "inspect/content/content_log.h"
#include "inspect/message.h"
#include "inspect/sink.h"

#include <atomic>
#include <memory>

namespace bascule::inspect {

/// Writes one connection's content in one format; used by the writing thread only.
class ContentRecorder {
  public:
    /// What every format needs to know. `dropped` also counts what the queue refused.
    struct About {
        std::string id;
        WallTime started{};
        std::atomic<std::uint64_t> dropped = 0;
    };

    virtual ~ContentRecorder() = default;
    /// False where the disk refused some of it; what it refused is counted, and marked where it is missing.
    virtual bool piece(Direction direction, WallTime time, std::string_view octets) = 0;
    virtual bool message(const MessagePlace& place, const Message& message) = 0;
    virtual bool message(const MessagePlace& place, const SocketMessage& message) = 0;
    /// Octets of this direction that never came here.
    virtual void missing(Direction direction, std::uint64_t octets) = 0;
    virtual void end() = 0;
    int fault() const { return fault_; }

  protected:
    int fault_ = 0;  ///< errno
};

/// Opens the files; throws Error. `standard` is where an empty path leads.
std::unique_ptr<ContentRecorder> open_recorder(const ContentOptions& options, ContentRecorder::About& about,
                                               const std::shared_ptr<Sink>& standard);

}  // namespace bascule::inspect
