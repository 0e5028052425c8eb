#pragma once

#include "http/exchanges.h"

#include <cstdint>
#include <memory>
#include <span>

struct nghttp2_hd_inflater;

namespace bascule::http::h2 {

inline constexpr std::size_t kLargestList = 256_KiB;  ///< of names and values, and 32 for each (RFC 9113 section 6.5.2)
inline constexpr std::size_t kMostFields = 1000;
// Browsers announce 64 KiB. The memory is taken as the table fills, and is twice as much or more.
inline constexpr std::uint32_t kLargestTable = 256_KiB;

/// Header blocks of one direction, decompressed in the order in which they came (RFC 7541).
class Hpack {
  public:
    /// One whole block. The views live until the next call in this thread. Throws Bad.
    FieldViews decode(std::span<const ByteView> fragments);
    /// The encoder has acknowledged how large the table may be; called for the smallest value in between too.
    void limit_table(std::uint32_t octets);

  private:
    struct Free {
        void operator()(nghttp2_hd_inflater* inflater) const;
    };
    nghttp2_hd_inflater* inflater();
    void inflate(ByteView fragment, bool is_last);

    std::unique_ptr<nghttp2_hd_inflater, Free> inflater_;  ///< made when it is needed
    bool is_capped_ = false;                               ///< the table may be larger than is kept here
};

}  // namespace bascule::http::h2
