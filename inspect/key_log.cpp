#include "inspect/key_log.h"

#include "base/bytes.h"
#include "base/error.h"
#include "inspect/content/content_file.h"
#include "inspect/sink.h"
#include "inspect/spool.h"

#include <atomic>
#include <map>
#include <set>
#include <vector>

namespace bascule::inspect {
namespace {

constexpr std::size_t kQueue = 4_MiB;

struct Entry {
    std::string path;  ///< empty: open all files anew
    std::string lines;
};

}  // namespace

struct KeyLog::Thread {
    Thread(Complain told, void* context_of_told)
        : complain(told), context(context_of_told), spool("bascule-keys", kQueue, [this](std::vector<Entry>& entries) {
              for (auto& entry : entries) take(entry);
              entries.clear();
          }) {}

    void take(const Entry& entry) {
        if (entry.path.empty()) {
            files.clear();
            faulty.clear();
            return;
        }
        if (const auto missing = lost.exchange(0); missing > 0) {
            complain(context, fmt::format("key log: {} octets are lost, the disk is too slow", missing));
        }
        try {
            auto& file = files[entry.path];
            if (!file) file = sink_to(open_content_file(entry.path));
            if (file->write(entry.lines) > 0) tell(entry.path, errno_text(file->fault()));
        } catch (const Error& fault) {
            tell(entry.path, fault.what());
        }
    }

    void tell(const std::string& path, std::string_view cause) {
        if (faulty.insert(path).second) complain(context, fmt::format("key log {}: {}", path, cause));
    }

    const Complain complain;
    void* const context;
    std::atomic<std::uint64_t> lost{0};
    std::map<std::string, std::unique_ptr<Sink>> files;  ///< as many as the configuration names
    std::set<std::string> faulty;
    Spool<std::vector<Entry>> spool;
};

KeyLog::KeyLog(Complain complain, void* context) : thread_(std::make_unique<Thread>(complain, context)) {}
KeyLog::~KeyLog() = default;

void KeyLog::add(const std::string& path, std::string lines) {
    const auto size = lines.size();
    Entry entry{path, std::move(lines)};
    if (!thread_->spool.push(size, [&](std::vector<Entry>& entries) { entries.push_back(std::move(entry)); })) {
        thread_->lost += size;
    }
}

void KeyLog::reopen() {
    thread_->spool.push(0, [](std::vector<Entry>& entries) { entries.push_back({}); });
}

}  // namespace bascule::inspect
