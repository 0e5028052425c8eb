#pragma once

#include "config/config.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bascule::config {

/// The mistakes found so far. Bounded: a hostile file cannot make more than kMost of them.
class Problems {
  public:
    /// `place` is in the YAML file and orders the mistakes; `shown` is where a person must look.
    void add(const Place& place, std::string path, std::string message) {
        add(place, place, std::move(path), std::move(message));
    }
    void add(const Place& place, const Place& shown, std::string path, std::string message);
    bool empty() const { return found_.empty(); }
    bool full() const { return found_.size() >= kMost; }
    std::vector<Problem> take_in_order();

  private:
    static constexpr std::size_t kMost = 1000;
    struct Found {
        int line;
        int column;
        std::size_t nth;
        Problem problem;
    };
    std::vector<Found> found_;
};

/// What a person wrote, in quotes, escaped and cut to a readable length.
std::string in_quotes(std::string_view text);

/// "a, b or c".
std::string one_of(const std::vector<std::string_view>& words);

}  // namespace bascule::config
