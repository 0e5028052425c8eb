#pragma once

#include "base/text.h"
#include "http/text.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

/// Which fields are meant for the next hop alone (RFC 9110 section 7.6.1).
namespace bascule::http {

using Listed = std::vector<std::string>;

/// The names that the Connection fields list, in lower case and sorted.
template <class Fields>
Listed listed_by_connection(const Fields& fields) {
    Listed names;
    for (const auto& field : fields) {
        if (!equals_ignoring_case(field.name, "Connection")) continue;
        std::string_view rest = field.value;
        while (!rest.empty()) {
            if (const auto name = take_item(rest); !name.empty()) names.push_back(to_lower(name));
        }
    }
    std::ranges::sort(names);
    return names;
}

bool is_listed(std::string_view name, const Listed& listed);

/// Whether a field is meant for more than the next hop. Connection cannot take Host or what frames the content away:
/// the other side would see another message than the one that was judged.
bool passes(std::string_view name, const Listed& listed);

}  // namespace bascule::http
