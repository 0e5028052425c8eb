#pragma once

#include "base/unique_fd.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace bascule::inspect {

/// A directory of its own, gone at the end.
class Scratch {
  public:
    Scratch() {
        std::string pattern = std::filesystem::temp_directory_path() / "bascule-inspect-XXXXXX";
        path_ = ::mkdtemp(pattern.data());
    }
    ~Scratch() { std::filesystem::remove_all(path_); }
    std::string file(const std::string& name) const { return path_ + "/" + name; }

  private:
    std::string path_;
};

inline std::string contents(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

inline std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

inline mode_t mode_of(const std::string& path) {
    struct stat about{};
    return ::stat(path.c_str(), &about) == 0 ? about.st_mode & 07777 : 0;
}

/// Descriptor 2 leads to a file while this lives.
class CapturedStderr {
  public:
    explicit CapturedStderr(const std::string& path)
        : path_(path), kept_(::dup(STDERR_FILENO)), file_(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND, 0600)) {
        ::dup2(file_.get(), STDERR_FILENO);
    }
    ~CapturedStderr() { ::dup2(kept_.get(), STDERR_FILENO); }
    std::string text() const { return contents(path_); }

  private:
    std::string path_;
    UniqueFd kept_, file_;
};

/// The text after `"key":` up to the next comma or brace of a flat JSON line; a string without its quotes, undecoded.
inline std::string json_value(const std::string& line, const std::string& key) {
    auto at = line.find("\"" + key + "\":");
    if (at == std::string::npos) return {};
    at += key.size() + 3;
    if (line[at] != '"') return line.substr(at, line.find_first_of(",}", at) - at);
    auto end = at + 1;
    while (line[end] != '"') end += line[end] == '\\' ? 2 : 1;
    return line.substr(at + 1, end - at - 1);
}

}  // namespace bascule::inspect
