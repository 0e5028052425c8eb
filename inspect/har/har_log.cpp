#include "inspect/har/har_log.h"

#include "base/bytes.h"
#include "base/error.h"
#include "inspect/har/har_entry.h"
#include "inspect/har/har_file.h"
#include "inspect/spool.h"

#include <atomic>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace bascule::inspect {
namespace {

constexpr std::size_t kQueue = 32_MiB;

struct Entry {
    std::string path;
    HarExchange exchange;
};

/// About what it holds.
std::size_t size_of(const HarExchange& exchange) {
    auto size = sizeof(Entry) + held_by(exchange.request) + held_by(exchange.answer);
    for (const auto& message : exchange.socket) size += sizeof message + held_by(message);
    return size;
}

}  // namespace

struct HarLog::Thread {
    Thread(std::string of_program, Complain told, void* context_of_told)
        : version(std::move(of_program)),
          complain(told),
          context(context_of_told),
          spool("bascule-har", kQueue, [this](std::vector<Entry>& entries) {
              for (auto& entry : entries) take(entry);
              entries.clear();
          }) {}

    void take(const Entry& entry) try {
        text.clear();
        append_har_entry(text, entry.exchange);
        auto& file = files[entry.path];
        if (file && file->moved()) file.reset();
        if (!file) file = std::make_unique<HarFile>(entry.path, version);
        if (!file->add(text)) throw Error("{}: {}", entry.path, errno_text(file->fault()));
        faulty.erase(entry.path);
    } catch (const Error& fault) {
        ++dropped;
        if (faulty.insert(entry.path).second)
            complain(context, fmt::format("HAR file {}; exchanges are lost", fault.what()));
    }

    const std::string version;
    const Complain complain;
    void* const context;
    std::atomic<std::uint64_t> dropped{0};
    std::map<std::string, std::unique_ptr<HarFile>> files;  ///< as many as the configuration names
    std::set<std::string> faulty;
    std::string text;
    Spool<std::vector<Entry>> spool;
};

HarLog::HarLog(std::string version, Complain complain, void* context)
    : thread_(std::make_unique<Thread>(std::move(version), complain, context)) {}
HarLog::~HarLog() = default;

void HarLog::add(const std::string& path, HarExchange exchange) {
    const auto size = size_of(exchange);
    Entry entry{path, std::move(exchange)};
    const auto append = [&](std::vector<Entry>& entries) { entries.push_back(std::move(entry)); };
    if (thread_->spool.push(size, append)) return;
    if (thread_->dropped++ == 0)
        thread_->complain(thread_->context, fmt::format("HAR file {}: the disk is too slow; exchanges are lost", path));
}

void HarLog::flush() {
    thread_->spool.flush();
}

std::uint64_t HarLog::dropped() const {
    return thread_->dropped;
}

}  // namespace bascule::inspect
