#include "base/bytes.h"
#include "base/error.h"
#include "base/text.h"
#include "config/message/message.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>

namespace bascule::config {
namespace {

constexpr std::uint64_t kLargest = 16_MiB;  // it is held in memory

/// Else what the system says.
std::optional<std::string> read_all(int fd, std::string& content) {
    std::string buffer(64_KiB, '\0');
    for (;;) {
        const auto count = ::read(fd, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return errno_text(errno);
        if (count == 0) return std::nullopt;
        content.append(buffer, 0, static_cast<std::size_t>(count));
        if (content.size() > kLargest) return "larger than 16MiB";
    }
}

}  // namespace

std::shared_ptr<const std::string> read_content(const Section& section, const At<std::string>& path) {
    auto content = std::make_shared<std::string>();
    const auto fd = open_regular(path.value, kLargest);
    const auto fault = fd ? read_all(fd->get(), *content) : std::optional(fd.error());
    if (!fault) return content;
    const auto* key = section.has("file") ? "file" : "page";
    section.problem(key, fmt::format("{}: {}", path.value, *fault));
    return nullptr;
}

std::string content_type_of(std::string_view path) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 16> kTypes{
        {{".html", "text/html; charset=utf-8"},
         {".htm", "text/html; charset=utf-8"},
         {".txt", "text/plain; charset=utf-8"},
         {".css", "text/css; charset=utf-8"},
         {".csv", "text/csv; charset=utf-8"},
         {".js", "text/javascript; charset=utf-8"},
         {".json", "application/json"},
         {".xml", "application/xml"},
         {".pdf", "application/pdf"},
         {".wasm", "application/wasm"},
         {".svg", "image/svg+xml"},
         {".png", "image/png"},
         {".jpg", "image/jpeg"},
         {".jpeg", "image/jpeg"},
         {".gif", "image/gif"},
         {".ico", "image/x-icon"}}};
    const auto ending = to_lower(std::filesystem::path(path).extension().string());
    const auto found = std::ranges::find(kTypes, ending, [](const auto& one) { return one.first; });
    return std::string(found == kTypes.end() ? "application/octet-stream" : found->second);
}

}  // namespace bascule::config
