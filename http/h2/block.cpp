#include "http/h2/block.h"

#include "http/h2/bad.h"

namespace bascule::http::h2 {
namespace {

constexpr std::size_t kPriorityFields = 5;
constexpr std::size_t kPromisedId = 4;

ByteView without_padding(const FrameHead& head, ByteView payload) {
    if (!head.has(kPadded)) return payload;
    if (payload.empty()) refuse("a frame is too short for its padding (RFC 9113 section 4.2)", Code::frame_size_error);
    const std::size_t padding = payload.front();
    payload = payload.subspan(1);
    if (padding > payload.size()) refuse("the padding is longer than its frame (RFC 9113 section 6.2)");
    return payload.first(payload.size() - padding);
}

ByteView without_priority(const FrameHead& head, ByteView payload) {
    if (!head.has(kPriority)) return payload;
    if (payload.size() < kPriorityFields)
        refuse("HEADERS is too short for its priority (RFC 9113 section 6.2)", Code::frame_size_error);
    if (read_id(payload) == head.stream) refuse("a stream depends on itself (RFC 7540 section 5.3.1)");
    return payload.subspan(kPriorityFields);
}

ByteView without_promise(Block& block, ByteView payload) {
    if (payload.size() < kPromisedId)
        refuse("PUSH_PROMISE is too short (RFC 9113 section 6.6)", Code::frame_size_error);
    block.promised = read_id(payload);
    return payload.subspan(kPromisedId);
}

ByteView first_fragment(Block& block, ByteView payload) {
    payload = without_padding(block.first, payload);
    if (block.first.type == Type::push_promise) return without_promise(block, payload);
    return without_priority(block.first, payload);
}

void check_next(const Block& block, const FrameHead& next, std::size_t frames) {
    if (next.type != Type::continuation || next.stream != block.first.stream)
        refuse("another frame stands within a header block (RFC 9113 section 6.10)");
    if (frames > kMostContinuations)
        flooded("CONTINUATION flood: a header block comes in more than 64 of them (CVE-2024-27316)");
    if (next.length == 0 && !next.has(kEndHeaders))
        flooded("CONTINUATION flood: an empty one that ends nothing (CVE-2024-27316)");
}

void check_size(const Block& block, const FrameHead& next, std::uint32_t frame_limit) {
    if (next.length > frame_limit)
        refuse("a frame is larger than its receiver allows (RFC 9113 section 4.2)", Code::frame_size_error);
    if (block.size + next.size() > kLargestBlock)
        flooded("CONTINUATION flood: a header block is larger than 64 KiB (CVE-2024-27316)");
}

}  // namespace

std::optional<Block> find_block(ByteView octets, std::uint32_t frame_limit, std::vector<ByteView>& fragments) {
    fragments.clear();
    Block block;
    while (true) {
        const auto head = read_frame_head(octets.subspan(block.size));
        if (!head) return std::nullopt;
        const bool is_first = block.size == 0;
        if (is_first) block.first = *head;
        check_size(block, *head, frame_limit);
        if (!is_first) check_next(block, *head, fragments.size());
        if (octets.size() < block.size + head->size()) return std::nullopt;
        const auto payload = octets.subspan(block.size + kFrameHead, head->length);
        fragments.push_back(is_first ? first_fragment(block, payload) : payload);
        block.size += head->size();
        if (head->has(kEndHeaders)) return block;
    }
}

}  // namespace bascule::http::h2
