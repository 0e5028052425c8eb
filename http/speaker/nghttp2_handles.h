#pragma once

#include "base/bytes.h"

#include <nghttp2/nghttp2.h>

#include <memory>
#include <new>
#include <string_view>

/// What everything that speaks HTTP/2 by nghttp2 needs of it.
namespace bascule::http::h2 {

template <auto End>
struct EndedBy {
    void operator()(auto* object) const { End(object); }
};
using SessionHandle = std::unique_ptr<nghttp2_session, EndedBy<nghttp2_session_del>>;
using CallbacksHandle = std::unique_ptr<nghttp2_session_callbacks, EndedBy<nghttp2_session_callbacks_del>>;
using OptionHandle = std::unique_ptr<nghttp2_option, EndedBy<nghttp2_option_del>>;

inline void require_done(int result) {
    if (result != 0) throw std::bad_alloc();  // the calls that are asked with this fail for nothing else
}

inline CallbacksHandle make_callbacks() {
    nghttp2_session_callbacks* callbacks = nullptr;
    require_done(nghttp2_session_callbacks_new(&callbacks));
    return CallbacksHandle(callbacks);
}

/// Borrows both texts.
inline nghttp2_nv field(std::string_view name, std::string_view value, bool never_indexed = false) {
    const auto octets = [](std::string_view text) {
        return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
    };
    const auto flags = never_indexed ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE;
    return {octets(name), octets(value), name.size(), value.size(), static_cast<std::uint8_t>(flags)};
}

}  // namespace bascule::http::h2
