#pragma once

#include "base/bytes.h"
#include "http/hpack/table.h"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

/// Decompression of heads (RFC 7541). Our own, because nghttp2's takes 3 KB and more for a direction that is idle.
namespace bascule::http::hpack {

/// Names and values, one after the other.
struct Fields {
    struct Lengths {
        std::size_t name;
        std::size_t value;
    };
    std::string text;
    std::vector<Lengths> lengths;

    /// As it counts against SETTINGS_MAX_HEADER_LIST_SIZE (RFC 9113 section 6.5.2).
    std::size_t size() const { return text.size() + lengths.size() * kFieldOverhead; }
};

struct Bounds {
    std::size_t size;
    std::size_t fields;
};

enum class Outcome : std::uint8_t { read, malformed, beyond_bounds };

/// Header blocks of one direction, in the order in which they came. After anything but `read` it is of no use.
class Decoder {
  public:
    /// Appends the fields of one whole block.
    Outcome decode(ByteView block, Bounds bounds, Fields& fields);
    /// How large its table may be, from now on: a smaller one must be agreed to by the next block (RFC 7541 section
    /// 4.2).
    void limit_table(std::uint32_t octets);

  private:
    static constexpr std::uint32_t kAny = std::numeric_limits<std::uint32_t>::max();

    bool take_sizes(ByteView& block);
    bool take_field(ByteView& block, Fields& fields);
    bool take_indexed(ByteView& block, Fields& fields);
    bool take_literal(ByteView& block, unsigned prefix, Fields& fields);
    bool append_name(ByteView& block, std::size_t index, Fields& fields) const;

    Table table_;
    std::uint32_t limit_ = 4096;
    std::uint32_t must_shrink_to_ = kAny;
};

}  // namespace bascule::http::hpack
