#pragma once

#include "inspect/event.h"
#include "inspect/exchange.h"
#include "inspect/record.h"

#include <string>

/// `format: text`: one line that a person reads, what matters first, always in the same order, and at its end in words
/// what was not in order and what to do. Everything else is in the other formats.
///
///     18:57:57.168 c6f5b84 10.0.0.7    GET https://api.example/v1/items?limit=5  200 application/json 4.2 kB 38 ms
///     18:57:57.170 c6f5b84 10.0.0.7    intercept api.example:443 TLSv1.3 h2, 84 B up, 4.3 kB down, 53 ms, rule all
///     18:57:58.201 c6f5b85 10.0.0.9    BLOCKED ads.example:443 by rule ads (bascule.yaml:14)
///     18:57:59.300 c6f5b86 10.0.0.9    FAILED bank.example:443: the client refused our certificate ...
namespace bascule::inspect {

/// How one connection went, for the eye and for syslog.
enum class Course : std::uint8_t { silent, in_order, blocked, cut_short, failed };
Course course_of(const ConnectionRecord& record);
/// Whether the lines of its exchanges say all that its own would.
bool told_by_exchanges(const ConnectionRecord& record);

struct LineStyle {
    bool time = true;      ///< of the day, local; not where the output has one of its own
    bool color = false;    ///< escape sequences of a terminal
    bool headers = false;  ///< the header fields that an exchange has, on lines of their own
    bool whole = false;    ///< nothing is cut, however long
    /// Columns of a window in front of which one person sits: exchanges are aligned to its width, a URL that does not
    /// fit ends with an ellipsis, and nothing else is cut; id and source are not shown. 0: none.
    std::uint16_t window = 0;
};

/// No line end is part of it; about kLongestLine columns and never 200, but for the escapes. What peers have said was
/// escaped where it was quoted; control characters that are in it all the same are escaped here.
void append_short(std::string& out, const ConnectionRecord& record, LineStyle style);
void append_short(std::string& out, const ExchangeRecord& record, LineStyle style);
void append_short(std::string& out, const WebSocketRecord& record, LineStyle style);
void append_short(std::string& out, const Event& event, LineStyle style);

inline constexpr std::size_t kLongestLine = 160;
inline constexpr std::size_t kMostColumns = 198;

/// "84 B", "4.3 kB", "1.2 GB"; "53 ms", "1.2 s", "5m03s".
std::string size_text(std::uint64_t octets);
std::string span_text(double milliseconds);

}  // namespace bascule::inspect
