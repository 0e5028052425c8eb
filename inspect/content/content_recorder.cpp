#include "inspect/content/content_recorder.h"

#include "base/error.h"
#include "inspect/content/content_file.h"
#include "inspect/content/content_format.h"
#include "inspect/content/message_ndjson.h"
#include "inspect/content/message_text.h"
#include "inspect/utf8.h"

#include <array>
#include <cerrno>
#include <utility>

namespace bascule::inspect {
namespace {

struct Lines {
    void (*start)(std::string&, std::string_view, WallTime);
    void (*piece)(std::string&, const ContentPiece&, std::string_view);
    void (*gap)(std::string&, const ContentPiece&, std::uint64_t);
    void (*end)(std::string&, const ContentTotals&);
    void (*message)(std::string&, const MessagePlace&, const Message&);
    void (*socket_message)(std::string&, const MessagePlace&, const SocketMessage&);
};

constexpr Lines kText{append_text_start, append_text_piece,   append_text_gap,
                      append_text_end,   append_text_message, append_text_message};
constexpr Lines kNdjson{append_ndjson_start, append_ndjson_piece,   append_ndjson_gap,
                        append_ndjson_end,   append_ndjson_message, append_ndjson_message};

std::size_t index(Direction direction) {
    return static_cast<std::size_t>(direction);
}

/// text and ndjson: both directions in one stream of lines.
class LineRecorder : public ContentRecorder {
  public:
    LineRecorder(const Lines& lines, std::shared_ptr<Sink> sink, About& about)
        : lines_(lines), sink_(std::move(sink)), about_(about) {
        lines_.start(line_, about_.id, about_.started);
        put();
    }

    bool piece(Direction direction, WallTime time, std::string_view octets) override {
        auto& side = sides_[index(direction)];
        while (!octets.empty()) {
            const auto part = utf8_prefix(octets, kLongestPiece);
            octets.remove_prefix(part.size());
            if (!mark_gap(direction, time) || !put_part(direction, time, part)) {
                side.gap += part.size();
                about_.dropped += part.size();
                refused_ = true;
            }
        }
        return !std::exchange(refused_, false);
    }

    bool message(const MessagePlace& place, const Message& message) override {
        lines_.message(line_, place, message);
        return put_message(message.direction, message.body.size());
    }

    bool message(const MessagePlace& place, const SocketMessage& message) override {
        lines_.socket_message(line_, place, message);
        return put_message(message.direction, message.body.size());
    }

    void missing(Direction direction, std::uint64_t octets) override { sides_[index(direction)].gap += octets; }

    void end() override {
        const auto now = std::chrono::system_clock::now();
        mark_gap(Direction::up, now);
        mark_gap(Direction::down, now);
        lines_.end(line_, {about_.id, now, {sides_[0].written, sides_[1].written}, about_.dropped});
        put();
    }

  private:
    struct Side {
        std::uint64_t offset = 0, written = 0;
        std::uint64_t gap = 0;  ///< missing at `offset`, not yet told in the file
    };

    ContentPiece place(Direction direction, WallTime time) {
        return {about_.id, seq_, time, direction, sides_[index(direction)].offset};
    }

    bool mark_gap(Direction direction, WallTime time) {
        auto& side = sides_[index(direction)];
        if (side.gap == 0) return true;
        lines_.gap(line_, place(direction, time), side.gap);
        if (!put()) return false;
        ++seq_;
        side.offset += std::exchange(side.gap, 0);
        return true;
    }

    bool put_part(Direction direction, WallTime time, std::string_view part) {
        auto& side = sides_[index(direction)];
        lines_.piece(line_, place(direction, time), part);
        if (!put()) return false;
        ++seq_;
        side.offset += part.size();
        side.written += part.size();
        return true;
    }

    bool put_message(Direction direction, std::uint64_t octets) {
        const bool whole = put();
        if (whole) sides_[index(direction)].written += octets;
        if (!whole) about_.dropped += octets;
        return whole;
    }

    bool put() {
        const bool whole = sink_->write(line_) == 0;
        if (!whole) fault_ = sink_->fault();
        line_.clear();
        return whole;
    }

    const Lines& lines_;
    std::shared_ptr<Sink> sink_;
    About& about_;
    std::array<Side, 2> sides_;
    std::uint64_t seq_ = 0;
    bool refused_ = false;
    std::string line_;
};

/// raw: one file per direction, each an exact prefix: nothing is written behind a gap.
class RawRecorder : public ContentRecorder {
  public:
    RawRecorder(std::string path, About& about) : path_(std::move(path)), about_(about) {
        sides_[0].file = open_content_file(path_ + ".up");
        sides_[1].file = open_content_file(path_ + ".down");
    }

    bool piece(Direction direction, WallTime, std::string_view octets) override {
        auto& side = sides_[index(direction)];
        const bool was_whole = side.whole;
        const auto size = octets.size();
        if (side.whole && !write_out(side.file.get(), true, octets, never_)) {
            fault_ = errno;
            side.whole = false;
        }
        side.written += size - octets.size();
        about_.dropped += octets.size();
        return side.whole || !was_whole;
    }

    bool message(const MessagePlace&, const Message&) override { return true; }
    bool message(const MessagePlace&, const SocketMessage&) override { return true; }

    void missing(Direction direction, std::uint64_t) override { sides_[index(direction)].whole = false; }

    void end() override {
        if (about_.dropped == 0) return;
        std::string line;
        append_ndjson_end(
            line,
            {about_.id, std::chrono::system_clock::now(), {sides_[0].written, sides_[1].written}, about_.dropped});
        std::string_view rest = line;
        try {
            const auto file = open_content_file(path_ + ".dropped");
            write_out(file.get(), true, rest, never_);
        } catch (const Error&) {
            fault_ = EIO;  // the record still has the count
        }
    }

  private:
    struct Side {
        UniqueFd file;
        std::uint64_t written = 0;
        bool whole = true;
    };

    std::string path_;
    About& about_;
    std::array<Side, 2> sides_;
    const std::atomic<bool> never_ = false;
};

}  // namespace

std::unique_ptr<ContentRecorder> open_recorder(const ContentOptions& options, ContentRecorder::About& about,
                                               const std::shared_ptr<Sink>& standard) {
    const bool to_stderr = options.path.empty();
    if (options.format == ContentFormat::raw && !to_stderr) return std::make_unique<RawRecorder>(options.path, about);
    const auto& lines = options.format == ContentFormat::ndjson ? kNdjson : kText;
    auto sink = to_stderr ? standard : sink_to(open_content_file(options.path));
    return std::make_unique<LineRecorder>(lines, std::move(sink), about);
}

}  // namespace bascule::inspect
