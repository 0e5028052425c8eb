#include "base/bytes.h"
#include "base/error.h"
#include "base/unique_fd.h"
#include "config/decode.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace bascule::config {
namespace {

constexpr std::string_view kFilePrefix = "file:";
constexpr std::size_t kLargestFile = 512_MiB;
constexpr std::size_t kLongestLine = 4096;
constexpr int kMostMistakes = 20;  // of one list

/// A line without its comment and the blanks around it. A `#` begins a comment at the start and after a blank.
std::string_view value_of_line(std::string_view line) {
    constexpr std::string_view kBlank = " \t\r";
    for (auto hash = line.find('#'); hash != line.npos; hash = line.find('#', hash + 1)) {
        if (hash > 0 && !kBlank.contains(line[hash - 1])) continue;
        line = line.substr(0, hash);
        break;
    }
    const auto first = line.find_first_not_of(kBlank);
    if (first == line.npos) return {};
    return line.substr(first, line.find_last_not_of(kBlank) - first + 1);
}

/// Reads one list file into a set.
class ListFile {
  public:
    ListFile(const Section& match, const Value& value, FunctionRef<std::optional<std::string>(std::string_view)> add)
        : match_(match), value_(value), add_(add), path_(match.context().beside(named(value))) {}

    void read() {
        const auto fd = open_regular(path_, kLargestFile);
        if (!fd) return unreadable(fd.error() + (exists() ? "" : "; create it, one name per line"));
        std::string pending;
        std::string buffer(256_KiB, '\0');
        for (;;) {
            const auto count = ::read(fd->get(), buffer.data(), buffer.size());
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) return unreadable(errno_text(errno));
            if (count == 0) break;
            if (!take_lines(pending, std::string_view(buffer).substr(0, static_cast<std::size_t>(count)))) return;
        }
        if (!pending.empty()) take_line(pending);
    }

  private:
    bool exists() const { return ::access(path_.c_str(), F_OK) == 0; }
    static std::string_view named(const Value& value) {
        return std::string_view(value.node.text).substr(kFilePrefix.size());
    }

    /// `pending` is the beginning of a line whose end has not been read. False where reading on is pointless.
    bool take_lines(std::string& pending, std::string_view chunk) {
        for (auto end = chunk.find('\n'); end != chunk.npos; end = chunk.find('\n')) {
            const auto line = chunk.substr(0, end);
            chunk.remove_prefix(end + 1);
            if (pending.empty()) {
                take_line(line);
            } else {
                take_line(pending.append(line));
                pending.clear();
            }
            if (mistakes_ > kMostMistakes) return false;
        }
        pending.append(chunk);
        if (pending.size() <= kLongestLine) return true;
        ++line_;
        mistake(fmt::format("longer than {} octets; a list has one name per line", kLongestLine));
        return false;
    }

    void take_line(std::string_view line) {
        constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
        if (++line_ == 1 && line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
        const auto pattern = value_of_line(line);
        if (pattern.empty()) return;
        if (auto fault = add_(pattern)) mistake(*std::move(fault));
    }

    void mistake(std::string message) {
        if (++mistakes_ > kMostMistakes) message = "and more mistakes; the list is not read further";
        const auto place = match_.context().place(value_.node);
        match_.context().problems.add(place, {path_, line_, 1}, match_.path_of(value_), std::move(message));
    }

    void unreadable(const std::string& why) { match_.problem(value_, fmt::format("{}: {}", path_, why)); }

    const Section& match_;
    const Value& value_;
    FunctionRef<std::optional<std::string>(std::string_view)> add_;
    std::string path_;
    int line_ = 0;
    int mistakes_ = 0;
};

}  // namespace

std::expected<UniqueFd, std::string> open_regular(const std::string& path, std::uint64_t largest) {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat about{};
    if (!fd || ::fstat(fd.get(), &about) != 0) return std::unexpected(errno_text(errno));
    if (!S_ISREG(about.st_mode)) return std::unexpected("not a regular file");
    if (static_cast<std::uint64_t>(about.st_size) > largest) {
        return std::unexpected(fmt::format("larger than {}MiB", largest / 1_MiB));
    }
    return fd;
}

bool names_list(const Node& node) {
    return node.kind == Node::Kind::scalar && node.text.starts_with(kFilePrefix);
}

void read_list(const Section& section, const Value& value,
               FunctionRef<std::optional<std::string>(std::string_view)> add) {
    ListFile(section, value, add).read();
}

rules::Names decode_names(const Section& match, std::string_view key) {
    rules::Names names;
    if (!match.has(key)) return names;
    rules::NameSet set;
    for (const auto& value : match.values(key)) {
        if (value.node.kind != Node::Kind::scalar) {
            match.wrong(value);
        } else if (names_list(value.node)) {
            names.listed = true;
            read_list(match, value, [&](std::string_view line) { return set.add(line); });
        } else if (auto parsed = rules::NamePattern::parse(value.node.text); !parsed) {
            match.problem(value, std::move(parsed.error()));
        } else if (auto fault = set.add(*parsed)) {
            match.problem(value, *std::move(fault));
        } else {
            names.written.push_back(*std::move(parsed));
        }
    }
    if (auto fault = set.seal()) match.problem(key, *std::move(fault));
    names.set = std::make_shared<const rules::NameSet>(std::move(set));
    return names;
}

}  // namespace bascule::config
