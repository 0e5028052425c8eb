#pragma once

#include "inspect/line/line.h"

#include <string>
#include <string_view>

/// What the lines for eyes are made of.
namespace bascule::inspect {

enum class Color : std::uint8_t { none, dim, red, yellow, green };

/// A line in the making, whose columns are counted without its colours.
class Line {
  public:
    Line(std::string& out, LineStyle style) : out_(out), style_(style), start_(out.size()) {}

    void add(std::string_view text, Color color = Color::none);
    /// At most `room` octets, as shortened() has them, where lines are cut at all.
    std::string fit(std::string_view text, std::size_t room) const;
    /// Without colours.
    std::size_t columns() const { return out_.size() - start_ - extra_; }
    /// For what comes last: up to `longest` columns, `least` beyond that, and never so many that the line has 200.
    std::size_t room(std::size_t least, std::size_t longest = kLongestLine) const;

  private:
    std::string& out_;
    LineStyle style_;
    std::size_t start_;
    std::size_t extra_ = 0;  ///< octets that take no column
};

/// At most `room` octets. The middle goes: the beginning says what, the end what to do.
std::string shortened(std::string_view text, std::size_t room);
/// `columns` code points: the end of a longer text is an ellipsis, a shorter one is followed by spaces.
std::string cell(std::string_view text, std::size_t columns);
/// Without control characters. Quotes and backslashes stay: what a peer said was escaped where it was quoted.
std::string readable(std::string_view text);
inline constexpr std::size_t kColumnsOfTime = 13;
/// `18:57:57.168 `, local
std::string time_of_day(WallTime time);
/// Time, id and source: what every line about a connection begins with.
void add_front(Line& line, WallTime time, std::string_view id, std::string_view source, LineStyle style);

}  // namespace bascule::inspect
