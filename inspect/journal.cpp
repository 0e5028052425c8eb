#include "inspect/journal.h"

#define SD_JOURNAL_SUPPRESS_LOCATION
#include "base/error.h"

#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

namespace bascule::inspect {
namespace {

constexpr const char* kSocket = "/run/systemd/journal/socket";

void append_length(std::string& frame, std::uint32_t length) {
    frame.append(reinterpret_cast<const char*>(&length), sizeof length);
}

/// The next field of the frame, taken off its front; empty at the end of an entry.
std::string_view take_field(std::string_view& frames) {
    std::uint32_t length = 0;
    std::memcpy(&length, frames.data(), sizeof length);
    const auto field = frames.substr(sizeof length, length);
    frames.remove_prefix(sizeof length + length);
    return field;
}

}  // namespace

void append_journal_field(std::string& frame, std::string_view name, std::string_view value) {
    append_length(frame, static_cast<std::uint32_t>(name.size() + 1 + value.size()));
    frame += name;
    frame += '=';
    frame += value;
}

void end_journal_entry(std::string& frame) {
    append_length(frame, 0);
}

std::string message_id(std::string_view event) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : event) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return fmt::format("7c1d5e0b9a3f4862{:016x}", hash);
}

void require_journal() {
    if (::access(kSocket, W_OK) == 0) return;
    throw Error("{}: {}; no journal takes entries here: write to stderr or to a file instead", kSocket,
                errno_text(errno));
}

std::uint64_t send_to_journal(std::string_view frames, int& fault) {
    std::uint64_t refused = 0;
    std::vector<iovec> fields;
    while (!frames.empty()) {
        fields.clear();
        for (auto field = take_field(frames); !field.empty(); field = take_field(frames)) {
            fields.push_back({const_cast<char*>(field.data()), field.size()});
        }
        const int result = ::sd_journal_sendv(fields.data(), static_cast<int>(fields.size()));
        if (result < 0) {
            fault = -result;
            ++refused;
        }
    }
    return refused;
}

}  // namespace bascule::inspect
