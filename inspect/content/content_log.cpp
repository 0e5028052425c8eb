#include "inspect/content/content_log.h"

#include "base/error.h"
#include "inspect/content/content_recorder.h"
#include "inspect/spool.h"

#include <algorithm>
#include <array>
#include <set>
#include <variant>
#include <vector>

namespace bascule::inspect {

struct ContentFile::Shared {
    ContentOptions options;
    ContentRecorder::About about;  ///< before the recorder, which refers to it

    // Of the worker:
    std::uint64_t taken = 0;             ///< octets that the queue took
    std::array<std::uint64_t, 2> gap{};  ///< by Direction: dropped since the queue last took something

    // Of the writing thread:
    std::unique_ptr<ContentRecorder> recorder;
    bool opened = false;      ///< or tried to
    bool complained = false;  ///< about this file
};

struct ContentWriter::Thread {
    using File = ContentFile::Shared;

    struct Placed {
        MessagePlace place;
        std::variant<Message, SocketMessage> message;
    };

    /// What is missing, then octets or a message, then perhaps the end.
    struct Step {
        std::shared_ptr<File> file;
        std::array<std::uint64_t, 2> missing{};
        Direction direction = Direction::up;
        WallTime time{};
        std::string octets{};
        std::unique_ptr<Placed> message{};
        bool last = false;

        std::size_t size() const { return sizeof *this + octets.size() + (message ? size_of(*message) : 0); }
    };

    /// About.
    static std::size_t size_of(const Placed& placed) {
        return sizeof placed + std::visit([](const auto& message) { return held_by(message); }, placed.message);
    }

    Thread(std::size_t queue_octets, Complain told, void* context_of_told)
        : complain(told),
          context(context_of_told),
          spool("bascule-content", queue_octets, [this](std::vector<Step>& steps) {
              for (auto& step : steps) take(step);
              steps.clear();
          }) {}

    bool push(Step&& step) {
        const auto size = step.last ? 0 : step.size();
        return spool.push(size, [&](std::vector<Step>& steps) { steps.push_back(std::move(step)); });
    }

    void take(Step& step) {
        auto& file = *step.file;
        if (!std::exchange(file.opened, true)) open(file);
        if (!file.recorder) {
            file.about.dropped += step.octets.size();
            return;
        }
        for (const auto direction : {Direction::up, Direction::down}) {
            const auto missing = step.missing[static_cast<std::size_t>(direction)];
            if (missing > 0) file.recorder->missing(direction, missing);
        }
        if (!step.octets.empty()) {
            note(file, file.recorder->piece(step.direction, step.time, step.octets));
        } else if (step.message) {
            const auto& [place, message] = *step.message;
            note(file, std::visit([&](const auto& one) { return file.recorder->message(place, one); }, message));
        }
        if (step.last) {
            file.recorder->end();
            file.recorder.reset();
        }
        std::string().swap(step.octets);
        step.message.reset();
    }

    void open(File& file) {
        try {
            file.recorder = open_recorder(file.options, file.about, standard);
        } catch (const Error& fault) {
            tell(file, std::string_view(fault.what()).substr(file.options.path.size()));
        }
    }

    void note(File& file, bool written) {
        if (written) {
            told.clear();
        } else {
            tell(file, fmt::format(": {}; content is dropped, and counted", errno_text(file.recorder->fault())));
        }
    }

    void tell(File& file, std::string_view cause) {
        if (std::exchange(file.complained, true) || !told.insert(std::string(cause)).second) return;
        const auto& path = file.options.path;
        complain(context, fmt::format("content log {}{}", path.empty() ? "stderr" : path, cause));
    }

    const Complain complain;
    void* const context;
    const std::shared_ptr<Sink> standard = open_stderr();
    std::set<std::string> told;  ///< causes since a file last took something
    Spool<std::vector<Step>> spool;
};

ContentFile::ContentFile(ContentWriter& writer, ContentOptions options, std::string id)
    : writer_(writer), shared_(std::make_shared<Shared>()) {
    shared_->options = std::move(options);
    shared_->about.id = std::move(id);
    shared_->about.started = std::chrono::system_clock::now();
}

ContentFile::~ContentFile() {
    const auto missing = shared_->gap;
    writer_.thread_->push({.file = std::move(shared_), .missing = missing, .last = true});
}

void ContentFile::add(Direction direction, ByteView octets) {
    auto& file = *shared_;
    auto fits = static_cast<std::size_t>(std::min<std::uint64_t>(octets.size(), room()));
    if (fits > 0) {
        const auto now = std::chrono::system_clock::now();
        if (writer_.thread_->push({.file = shared_,
                                   .missing = file.gap,
                                   .direction = direction,
                                   .time = now,
                                   .octets = std::string(as_text(octets.first(fits)))})) {
            file.taken += fits;
            file.gap = {};
        } else {
            fits = 0;
        }
    }
    const auto lost = octets.size() - fits;
    file.gap[static_cast<std::size_t>(direction)] += lost;
    file.about.dropped += lost;
}

std::uint64_t ContentFile::room() const {
    return shared_->options.limit - shared_->taken;
}

template <class Message>
void ContentFile::add_message(const MessagePlace& place, Message message) {
    auto& file = *shared_;
    const auto size = message.body.size();
    const auto fits = std::min<std::uint64_t>(size, room());
    message.body.resize(fits);
    message.dropped += size - fits;
    file.about.dropped += message.dropped;
    auto placed = std::make_unique<ContentWriter::Thread::Placed>(place, std::move(message));
    if (writer_.thread_->push({.file = shared_, .message = std::move(placed)})) {
        file.taken += fits;
    } else {
        file.about.dropped += fits;
    }
}

void ContentFile::add(const MessagePlace& place, Message message) {
    add_message(place, std::move(message));
}

void ContentFile::add(const MessagePlace& place, SocketMessage message) {
    add_message(place, std::move(message));
}

std::uint64_t ContentFile::dropped() const {
    return shared_->about.dropped;
}

ContentWriter::ContentWriter(std::size_t queue_octets, Complain complain, void* context)
    : thread_(std::make_unique<Thread>(queue_octets, complain, context)) {}

ContentWriter::~ContentWriter() {
    thread_->standard->hurry();
}

void ContentWriter::flush() {
    thread_->spool.flush();
}

}  // namespace bascule::inspect
