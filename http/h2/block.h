#pragma once

#include "http/h2/frame.h"

#include <optional>
#include <vector>

namespace bascule::http::h2 {

// Four times the frame that every receiver takes; the head of a browser with full cookies is a quarter of it.
inline constexpr std::size_t kLargestBlock = 64_KiB;
// Of the smallest frames that are sensible (1 KiB) as many as make the largest block. CVE-2024-27316.
inline constexpr std::size_t kMostContinuations = 64;

/// A header block as it came: HEADERS or PUSH_PROMISE and its CONTINUATIONs (RFC 9113 section 4.3).
struct Block {
    FrameHead first;
    std::uint32_t promised = 0;  ///< PUSH_PROMISE: the stream
    std::size_t size = 0;        ///< of all its frames
};

/// `octets` begins with its first frame. `fragments` become views of what is compressed, in order. Nothing: it is not
/// whole yet. Throws Bad, as early as the frame that is wrong has begun.
std::optional<Block> find_block(ByteView octets, std::uint32_t frame_limit, std::vector<ByteView>& fragments);

}  // namespace bascule::http::h2
