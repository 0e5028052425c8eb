#include "inspect/content/json_layout.h"

#include <cctype>
#include <cstddef>

namespace bascule::inspect {
namespace {

constexpr unsigned kDeepest = 32;
constexpr std::size_t kMostGrowth = 16;
constexpr std::size_t kAlways = 4096;

/// Reads one token after the other off the front; false where the grammar has none there.
class Layout {
  public:
    explicit Layout(std::string_view text) : rest_(text), most_(text.size() * kMostGrowth + kAlways) {}

    std::optional<std::string> run() {
        const bool good = value(0) && next() == '\0' && rest_.empty();
        return good ? std::optional(std::move(out_)) : std::nullopt;
    }

  private:
    /// What comes after white space; NUL: nothing.
    char next() {
        const auto start = rest_.find_first_not_of(" \t\r\n");
        rest_.remove_prefix(start == rest_.npos ? rest_.size() : start);
        return rest_.empty() ? '\0' : rest_.front();
    }

    void copy(std::size_t count) {
        out_ += rest_.substr(0, count);
        rest_.remove_prefix(count);
    }

    void new_line(unsigned depth) {
        out_ += '\n';
        out_.append(std::size_t{2} * depth, ' ');
    }

    bool value(unsigned depth) {
        if (out_.size() > most_) return false;
        switch (next()) {
            case '{':
                return group(depth, '}', &Layout::member);
            case '[':
                return group(depth, ']', &Layout::value);
            case '"':
                return string();
            default:
                return word();
        }
    }

    bool group(unsigned depth, char end, bool (Layout::*element)(unsigned)) {
        copy(1);
        if (next() == end) {
            copy(1);
            return true;
        }
        if (depth == kDeepest) return false;
        do {
            new_line(depth + 1);
            if (!(this->*element)(depth + 1)) return false;
        } while (separated());
        if (next() != end) return false;
        new_line(depth);
        copy(1);
        return true;
    }

    bool separated() {
        if (next() != ',') return false;
        copy(1);
        return true;
    }

    bool member(unsigned depth) {
        if (next() != '"' || !string() || next() != ':') return false;
        copy(1);
        out_ += ' ';
        return value(depth);
    }

    bool string() {
        std::size_t end = 1;
        while (end < rest_.size() && rest_[end] != '"') {
            if (static_cast<unsigned char>(rest_[end]) < ' ') return false;
            end += rest_[end] == '\\' ? 2 : 1;
        }
        if (end >= rest_.size()) return false;
        copy(end + 1);
        return true;
    }

    /// A number, or true, false, null: whatever looks like one keeps its spelling.
    bool word() {
        std::size_t end = 0;
        while (end < rest_.size() && (std::isalnum(static_cast<unsigned char>(rest_[end])) != 0 ||
                                      std::string_view("+-.").contains(rest_[end])))
            ++end;
        copy(end);
        return end > 0;
    }

    std::string_view rest_;
    std::size_t most_;
    std::string out_;
};

}  // namespace

std::optional<std::string> lay_out_json(std::string_view text) {
    return Layout(text).run();
}

}  // namespace bascule::inspect
