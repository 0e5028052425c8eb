#pragma once

#include "base/bytes.h"

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

#include <stdexcept>
#include <string>
#include <string_view>

/// What the libraries' own encoders make of a text.
namespace bascule::test {

constexpr int kGzip = 15 + 16;
constexpr int kZlib = 15;
constexpr int kRaw = -15;

inline std::string deflated(std::string_view text, int window, int flush = Z_FINISH) {
    z_stream stream{};
    if (deflateInit2(&stream, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::runtime_error("zlib");
    std::string out(deflateBound(&stream, text.size()) + 64, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, flush);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

inline std::string gzip(std::string_view text) {
    return deflated(text, kGzip);
}

inline std::string brotli(std::string_view text, int window = BROTLI_DEFAULT_WINDOW) {
    auto size = BrotliEncoderMaxCompressedSize(text.size()) + 64;
    std::string out(size, '\0');
    if (!BrotliEncoderCompress(5, window, BROTLI_MODE_GENERIC, text.size(), as_bytes(text).data(), &size,
                               reinterpret_cast<std::uint8_t*>(out.data()))) {
        throw std::runtime_error("brotli");
    }
    out.resize(size);
    return out;
}

inline std::string zstd(std::string_view text, int window_log = 0) {
    auto* context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
    std::string out(ZSTD_compressBound(text.size()), '\0');
    ZSTD_inBuffer input{text.data(), text.size(), 0};
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    // Without ZSTD_e_end at once the size is not known to it, and the window stands in the frame.
    ZSTD_compressStream2(context, &output, &input, ZSTD_e_continue);
    ZSTD_compressStream2(context, &output, &input, ZSTD_e_end);
    ZSTD_freeCCtx(context);
    out.resize(output.pos);
    return out;
}

/// Text that does not shrink to nothing, and does not stay what it is.
inline std::string prose(std::size_t size) {
    std::string text;
    std::uint32_t state = 7;
    while (text.size() < size) {
        state = state * 1664525 + 1013904223;
        text += std::to_string(state >> 20) + (state & 1U << 16 ? " and " : ", ");
    }
    text.resize(size);
    return text;
}

}  // namespace bascule::test
