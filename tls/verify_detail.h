#pragma once

#include "base/duration.h"
#include "tls/handles.h"

#include <string>

namespace bascule::tls {

/// What was found wrong, where in the chain, and what was expected.
struct VerifyFault {
    int code = 0;
    int depth = 0;  ///< 0: the origin's own certificate
    X509* certificate = nullptr;
    const std::string& server_name;
    WallTime now;
};

/// One line for a person: which certificate, what is wrong, the dates or names that show it.
std::string verify_detail(const VerifyFault& fault);

}  // namespace bascule::tls
