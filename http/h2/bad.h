#pragma once

#include "http/h2/frame.h"
#include "http/walker.h"

#include <string>
#include <utility>

namespace bascule::http::h2 {

/// Thrown where octets must not be passed on. `what` is a sentence for a person, and quotes nothing of the peer's.
struct Bad {
    Fault::Kind kind = Fault::Kind::ambiguous;
    Code code = Code::protocol_error;
    std::string what;
};

[[noreturn]] inline void refuse(std::string what, Code code = Code::protocol_error) {
    throw Bad{Fault::Kind::ambiguous, code, std::move(what)};
}
[[noreturn]] inline void flooded(std::string what, Code code = Code::enhance_your_calm) {
    throw Bad{Fault::Kind::flood, code, std::move(what)};
}

}  // namespace bascule::http::h2
