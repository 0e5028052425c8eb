#include "http/websocket/extensions.h"

#include "base/text.h"
#include "http/text.h"

#include <algorithm>

namespace bascule::http::websocket {
namespace {

/// Takes the first element off a list. No value that is known here can hold a separator, quoted or not.
std::string_view take_first(std::string_view& list, char separator) {
    const auto end = std::min(list.find(separator), list.size());
    const auto first = trimmed(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
    return first;
}

std::string_view unquoted(std::string_view value) {
    const bool quoted = value.size() >= 2 && value.starts_with('"') && value.ends_with('"');
    return quoted ? value.substr(1, value.size() - 2) : value;
}

/// 8 to 15, without leading zeros (RFC 7692 section 7.1.2); 0: something else.
std::uint8_t window_bits(std::string_view value) {
    if (value == "8" || value == "9") return static_cast<std::uint8_t>(value[0] - '0');
    const bool two = value.size() == 2 && value[0] == '1' && value[1] >= '0' && value[1] <= '5';
    return two ? static_cast<std::uint8_t>(10 + value[1] - '0') : 0;
}

/// The parameters of permessage-deflate; each may come once.
class Parameters {
  public:
    explicit Parameters(Extensions& agreed) : agreed_(agreed) {}

    bool take(std::string_view parameter) {
        const auto equals = parameter.find('=');
        const auto name = trimmed(parameter.substr(0, equals));
        const bool bare = equals == parameter.npos;
        const auto value = bare ? std::string_view() : unquoted(trimmed(parameter.substr(equals + 1)));
        if (equals_ignoring_case(name, "client_no_context_takeover")) return bare && once(0) && forget(agreed_.up);
        if (equals_ignoring_case(name, "server_no_context_takeover")) return bare && once(1) && forget(agreed_.down);
        if (equals_ignoring_case(name, "client_max_window_bits")) return once(2) && limit(agreed_.up, value);
        if (equals_ignoring_case(name, "server_max_window_bits")) return once(3) && limit(agreed_.down, value);
        return false;
    }

  private:
    bool once(unsigned which) {
        const bool first = (seen_ & 1U << which) == 0;
        seen_ |= 1U << which;
        return first;
    }
    static bool forget(Deflate& side) {
        side.takeover = false;
        return true;
    }
    static bool limit(Deflate& side, std::string_view value) {
        side.window_bits = window_bits(value);
        return side.window_bits != 0;
    }

    Extensions& agreed_;
    unsigned seen_ = 0;
};

bool take_extension(Extensions& agreed, std::string_view extension) {
    if (agreed.deflate || !equals_ignoring_case(take_first(extension, ';'), "permessage-deflate")) return false;
    agreed.deflate = true;
    Parameters parameters(agreed);
    while (!extension.empty()) {
        if (!parameters.take(take_first(extension, ';'))) return false;
    }
    return true;
}

}  // namespace

std::optional<Extensions> parse_extensions(std::string_view value) {
    Extensions agreed;
    while (!value.empty()) {
        const auto extension = take_first(value, ',');
        if (!extension.empty() && !take_extension(agreed, extension)) return std::nullopt;
    }
    return agreed;
}

}  // namespace bascule::http::websocket
