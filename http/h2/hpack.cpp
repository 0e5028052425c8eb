#include "http/h2/hpack.h"

#include "http/h2/bad.h"

#include <algorithm>
#include <string>
#include <vector>

namespace bascule::http::h2 {
namespace {

/// Of the thread and not of the connection: an idle connection holds no buffer.
struct Room {
    Bytes joined;
    hpack::Fields list;
    std::vector<FieldView> views;
};
thread_local Room room;

ByteView join(std::span<const ByteView> fragments) {
    if (fragments.size() == 1) return fragments.front();
    room.joined.clear();
    for (const auto& fragment : fragments) room.joined.insert(room.joined.end(), fragment.begin(), fragment.end());
    return room.joined;
}

FieldViews views_of(const hpack::Fields& list) {
    room.views.clear();
    std::string_view rest = list.text;
    for (const auto [name, value] : list.lengths) {
        room.views.push_back({rest.substr(0, name), rest.substr(name, value)});
        rest.remove_prefix(name + value);
    }
    return room.views;
}

}  // namespace

void Hpack::limit_table(std::uint32_t octets) {
    is_capped_ = octets > kLargestTable;
    decoder_.limit_table(std::min(octets, kLargestTable));
}

FieldViews Hpack::decode(std::span<const ByteView> fragments) {
    room.list.text.clear();
    room.list.lengths.clear();
    switch (decoder_.decode(join(fragments), {.size = kLargestList, .fields = kMostFields}, room.list)) {
        case hpack::Outcome::read:
            return views_of(room.list);
        case hpack::Outcome::beyond_bounds:
            flooded("HPACK bomb: a header block holds more than 1000 fields or 256 KiB (CVE-2016-6581)");
        case hpack::Outcome::malformed:
            break;
    }
    if (is_capped_) flooded("HPACK: a table larger than 256 KiB is used, or a header block cannot be read (RFC 7541)");
    refuse("a header block cannot be decompressed (RFC 7541 section 2.3)", Code::compression_error);
}

}  // namespace bascule::http::h2
