#include "http/hpack/decoder.h"

#include "http/hpack/huffman.h"

#include <algorithm>
#include <optional>

namespace bascule::http::hpack {
namespace {

/// The kinds of RFC 7541 section 6, by the first bits of their first octet.
constexpr bool is_indexed(std::uint8_t octet) {
    return (octet & 0x80) != 0;
}
constexpr bool is_added(std::uint8_t octet) {
    return (octet & 0xc0) == 0x40;
}
constexpr bool is_size(std::uint8_t octet) {
    return (octet & 0xe0) == 0x20;
}

/// RFC 7541 section 5.1, of 32 bits.
std::optional<std::size_t> take_number(ByteView& block, unsigned prefix) {
    if (block.empty()) return std::nullopt;
    const std::uint64_t full = (1U << prefix) - 1;
    std::uint64_t number = block[0] & full;
    block = block.subspan(1);
    if (number < full) return number;
    for (unsigned shift = 0; shift <= 28 && !block.empty(); shift += 7) {
        const auto octet = block[0];
        block = block.subspan(1);
        number += static_cast<std::uint64_t>(octet & 0x7f) << shift;
        if ((octet & 0x80) == 0) return number;
    }
    return std::nullopt;
}

/// RFC 7541 section 5.2
bool append_string(ByteView& block, std::string& text) {
    const bool is_coded = !block.empty() && (block[0] & 0x80) != 0;
    const auto length = take_number(block, 7);
    if (!length || *length > block.size()) return false;
    const auto octets = block.first(*length);
    block = block.subspan(*length);
    if (is_coded) return append_decoded(octets, text);
    text.append(as_text(octets));
    return true;
}

}  // namespace

void Decoder::limit_table(std::uint32_t octets) {
    limit_ = octets;
    if (octets >= table_.limit()) return;
    table_.resize(octets);
    must_shrink_to_ = octets;
}

Outcome Decoder::decode(ByteView block, Bounds bounds, Fields& fields) {
    if (!take_sizes(block)) return Outcome::malformed;
    while (!block.empty()) {
        if (!take_field(block, fields)) return Outcome::malformed;
        if (fields.lengths.size() > bounds.fields || fields.size() > bounds.size) return Outcome::beyond_bounds;
    }
    return Outcome::read;
}

/// Only a block's beginning has them (RFC 7541 section 4.2).
bool Decoder::take_sizes(ByteView& block) {
    while (!block.empty() && is_size(block[0])) {
        const auto size = take_number(block, 5);
        if (!size || *size > std::min(limit_, must_shrink_to_)) return false;
        must_shrink_to_ = kAny;
        table_.resize(*size);
    }
    return must_shrink_to_ == kAny;
}

bool Decoder::take_field(ByteView& block, Fields& fields) {
    if (is_indexed(block[0])) return take_indexed(block, fields);
    if (is_size(block[0])) return false;
    return take_literal(block, is_added(block[0]) ? 6 : 4, fields);
}

bool Decoder::take_indexed(ByteView& block, Fields& fields) {
    const auto index = take_number(block, 7);
    const auto entry = index ? table_.find(*index) : std::nullopt;
    if (!entry) return false;
    fields.text.append(entry->name).append(entry->value);
    fields.lengths.push_back({entry->name.size(), entry->value.size()});
    return true;
}

bool Decoder::take_literal(ByteView& block, unsigned prefix, Fields& fields) {
    const bool adds = is_added(block[0]);
    const auto start = fields.text.size();
    const auto index = take_number(block, prefix);
    if (!index || !append_name(block, *index, fields)) return false;
    const auto name = fields.text.size() - start;
    if (!append_string(block, fields.text)) return false;
    const auto field = std::string_view(fields.text).substr(start);
    fields.lengths.push_back({name, field.size() - name});
    if (adds) table_.add({field.substr(0, name), field.substr(name)});
    return true;
}

bool Decoder::append_name(ByteView& block, std::size_t index, Fields& fields) const {
    if (index == 0) return append_string(block, fields.text);
    const auto entry = table_.find(index);
    if (entry) fields.text.append(entry->name);
    return entry.has_value();
}

}  // namespace bascule::http::hpack
