#pragma once

#include <string>

namespace bascule::http {

/// The status that answers it (400, 414, 431, 501, 505; 502 where an origin sent it), and a sentence for a person: what
/// is wrong, by which section of which RFC, and what to do where that is not the same. It quotes nothing of the peer's.
struct BadHead {
    int status = 400;
    std::string what;
};
struct NeedMore {};

}  // namespace bascule::http
