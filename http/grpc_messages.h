#pragma once

#include "base/bytes.h"

#include <cstdint>

namespace bascule::http {

/// Counts the messages in one direction of a gRPC call: each is a flag, its length in four octets, and that many more
/// (gRPC over HTTP/2, "Length-Prefixed-Message").
class GrpcMessages {
  public:
    void take(ByteView octets);
    std::uint64_t count() const { return count_; }  ///< whole ones

  private:
    static constexpr unsigned kPrefix = 5;

    std::uint64_t count_ = 0;
    std::uint64_t left_ = 0;  ///< octets of the message
    unsigned prefix_ = 0;     ///< octets of its prefix that have come
};

}  // namespace bascule::http
