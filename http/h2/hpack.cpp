#include "http/h2/hpack.h"

#include "http/h2/bad.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <new>
#include <string>
#include <vector>

namespace bascule::http::h2 {
namespace {

constexpr std::size_t kFieldOverhead = 32;

/// One block's names and values, one after the other.
struct Decoded {
    struct Lengths {
        std::size_t name;
        std::size_t value;
    };
    std::string text;
    std::vector<Lengths> lengths;
    std::vector<FieldView> fields;

    void clear() {
        text.clear();
        lengths.clear();
        fields.clear();
    }
    void add(const nghttp2_nv& field) {
        text.append(reinterpret_cast<const char*>(field.name), field.namelen);
        text.append(reinterpret_cast<const char*>(field.value), field.valuelen);
        lengths.push_back({field.namelen, field.valuelen});
        if (lengths.size() > kMostFields || text.size() + lengths.size() * kFieldOverhead > kLargestList)
            flooded("HPACK bomb: a header block holds more than 1000 fields or 256 KiB (CVE-2016-6581)");
    }
    FieldViews views() {
        std::string_view rest = text;
        for (const auto [name, value] : lengths) {
            fields.push_back({rest.substr(0, name), rest.substr(name, value)});
            rest.remove_prefix(name + value);
        }
        return fields;
    }
};

// Of the thread and not of the connection: an idle connection holds no buffer.
thread_local Decoded decoded;

}  // namespace

void Hpack::Free::operator()(nghttp2_hd_inflater* inflater) const {
    nghttp2_hd_inflate_del(inflater);
}

nghttp2_hd_inflater* Hpack::inflater() {
    if (inflater_) return inflater_.get();
    nghttp2_hd_inflater* made = nullptr;
    if (nghttp2_hd_inflate_new(&made) != 0) throw std::bad_alloc();
    inflater_.reset(made);
    return made;
}

void Hpack::limit_table(std::uint32_t octets) {
    is_capped_ = octets > kLargestTable;
    nghttp2_hd_inflate_change_table_size(inflater(), std::min(octets, kLargestTable));
}

FieldViews Hpack::decode(std::span<const ByteView> fragments) {
    decoded.clear();
    for (const auto& fragment : fragments) inflate(fragment, &fragment == &fragments.back());
    nghttp2_hd_inflate_end_headers(inflater());
    return decoded.views();
}

void Hpack::inflate(ByteView fragment, bool is_last) {
    while (true) {
        nghttp2_nv field;
        int said = 0;
        const auto used =
            nghttp2_hd_inflate_hd2(inflater(), &field, &said, fragment.data(), fragment.size(), is_last ? 1 : 0);
        if (used < 0 && is_capped_)
            flooded("HPACK: a table larger than 256 KiB is used, or a header block cannot be read (RFC 7541)");
        if (used < 0) refuse("a header block cannot be decompressed (RFC 7541 section 2.3)", Code::compression_error);
        fragment = fragment.subspan(static_cast<std::size_t>(used));
        if ((said & NGHTTP2_HD_INFLATE_EMIT) != 0) {
            decoded.add(field);
        } else if ((said & NGHTTP2_HD_INFLATE_FINAL) != 0 || fragment.empty()) {
            return;
        }
    }
}

}  // namespace bascule::http::h2
