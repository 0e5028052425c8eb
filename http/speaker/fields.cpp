#include "base/text.h"
#include "http/speaker/speaker.h"

#include <algorithm>

namespace bascule::http {

const OwnedField* find_field(const OwnedFields& fields, std::string_view name) {
    const auto found =
        std::ranges::find_if(fields, [&](auto& field) { return equals_ignoring_case(field.name, name); });
    return found == fields.end() ? nullptr : &*found;
}

void remove_fields(OwnedFields& fields, std::string_view name) {
    std::erase_if(fields, [&](auto& field) { return equals_ignoring_case(field.name, name); });
}

}  // namespace bascule::http
