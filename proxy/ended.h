#pragma once

#include "inspect/record.h"

#include <exception>
#include <optional>
#include <string>
#include <utility>

namespace bascule::proxy {

using inspect::By;
using inspect::How;

/// Ends the story of a connection from wherever it stands: thrown by a step, caught once, in handle_connection.
struct Ended : std::exception {
    Ended(By by, How how, std::string detail) : by(by), how(how), detail(std::move(detail)) {}
    const char* what() const noexcept override { return detail.c_str(); }

    By by;
    How how;
    std::string detail;
    /// The alert for a client that waits for our ServerHello, by default the one that fits `how`; or for one whose
    /// relay the origin ended with it.
    std::optional<std::uint8_t> alert{};
    /// The status for a client that waits for an HTTP reply; likewise.
    std::optional<int> status{};

    Ended with_alert(std::uint8_t number) && {
        alert = number;
        return std::move(*this);
    }
    Ended with_status(int number) && {
        status = number;
        return std::move(*this);
    }
};

}  // namespace bascule::proxy
