#pragma once

#include "base/bytes.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

/// What passed, decrypted, as it came: for people (`text`), for tools (`raw`: one file per direction) or as one stream
/// from which both directions can be rebuilt exactly (`ndjson`). A slow or full disk never slows a connection: octets
/// wait in a bounded queue, and what is dropped is counted in the file and in the record. What each format looks like:
/// inspect/content/content_format.h, and of messages: message_text.h, message_ndjson.h. A file is always appended to;
/// without {id} in its path, connections share it.
namespace bascule::inspect {

enum class Direction : std::uint8_t { up, down };  ///< up: client to origin
constexpr std::string_view name_of(Direction direction) {
    return direction == Direction::up ? "up" : "down";
}
enum class ContentFormat : std::uint8_t { text, raw, ndjson };

struct ContentOptions {
    /// With {id} already replaced; empty: stderr, where `raw` is written as text. `raw` adds .up and .down: each is an
    /// exact prefix of what passed, and where something is missing after it, PATH.dropped has ndjson's last line.
    std::string path;
    ContentFormat format = ContentFormat::text;
    std::uint64_t limit = 1u << 20;  ///< octets of content per connection; what follows is dropped and counted
};

class ContentWriter;

struct Message;
struct MessagePlace;
struct SocketMessage;

/// The content of one connection, as octets or as messages. Used by one worker at a time; destroying it writes the last
/// line and closes the file. The file is made with the first octets (or at the end, if there were none). The writer
/// outlives it.
class ContentFile {
  public:
    ContentFile(ContentWriter& writer, ContentOptions options, std::string id);
    ~ContentFile();
    ContentFile(const ContentFile&) = delete;

    /// Copies the octets and returns at once.
    void add(Direction direction, ByteView octets);
    /// Where the format is not `raw`. What is in it counts for the limit; its head is always written.
    void add(const MessagePlace& place, Message message);
    void add(const MessagePlace& place, SocketMessage message);
    /// Octets not written: over the limit, or the queue was full, or the disk refused them (so far as known).
    std::uint64_t dropped() const;

  private:
    friend class ContentWriter;
    struct Shared;
    template <class Message>
    void add_message(const MessagePlace& place, Message message);
    std::uint64_t room() const;
    ContentWriter& writer_;
    std::shared_ptr<Shared> shared_;
};

/// The thread that writes all content files, with one bounded queue. Files are made with mode 0600, O_NOFOLLOW, and
/// their directories with 0700; what exists must be a regular file, and loses the rights of group and others. A file
/// that cannot be made or written is told once to `complain`, from the writing thread; one fault that hits many files
/// in a row is told once for them all.
class ContentWriter {
  public:
    using Complain = void (*)(void* context, std::string_view message);
    ContentWriter(std::size_t queue_octets, Complain complain, void* context);
    ~ContentWriter();  ///< writes what waits; every ContentFile is gone by then
    ContentWriter(const ContentWriter&) = delete;
    void flush();

  private:
    friend class ContentFile;
    struct Thread;
    std::unique_ptr<Thread> thread_;
};

}  // namespace bascule::inspect
