#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"

/// What passed, decrypted, as it came: for people (`text`), for tools (`raw`: one file per direction) or as one stream
/// from which both directions can be rebuilt exactly (`ndjson`). A slow or full disk never slows a connection: octets
/// wait in a bounded queue, and what is dropped is counted in the file and in the record.
namespace bascule::inspect {

enum class Direction : std::uint8_t { up, down };  ///< up: client to origin
enum class ContentFormat : std::uint8_t { text, raw, ndjson };

struct ContentOptions {
    std::string path;  ///< with {id} already replaced; empty: stderr. `raw` adds .up and .down
    ContentFormat format = ContentFormat::text;
    std::uint64_t limit = 1u << 20;  ///< octets of content per connection; what follows is dropped and counted
};

class ContentWriter;

/// The content of one connection. Used by one worker at a time; destroying it writes the last line and closes the file.
class ContentFile {
  public:
    ContentFile(ContentWriter& writer, ContentOptions options, std::string id);
    ~ContentFile();
    ContentFile(const ContentFile&) = delete;

    void add(Direction direction, ByteView octets);
    /// Octets not written: over the limit, or the queue was full, or the disk refused them (so far as known).
    std::uint64_t dropped() const;

  private:
    struct Shared;
    std::shared_ptr<Shared> shared_;
};

/// The thread that writes all content files, with one bounded queue. Files are made with mode 0600, O_NOFOLLOW, and
/// their directories with 0700; a file that cannot be made or written is told once to `complain`.
class ContentWriter {
  public:
    using Complain = void (*)(void* context, std::string_view message);
    ContentWriter(std::size_t queue_octets, Complain complain, void* context);
    ~ContentWriter();  ///< writes what waits
    ContentWriter(const ContentWriter&) = delete;
    void flush();

  private:
    friend class ContentFile;
    struct Thread;
    std::unique_ptr<Thread> thread_;
};

}  // namespace bascule::inspect
