#include "http/coding/inflate.h"

#include "http/coding/stages.h"

#include <algorithm>
#include <new>

namespace bascule::http::coding {
namespace {

constexpr int kZlib = 15;
constexpr int kRaw = -15;
constexpr int kGzip = 15 + 16;
constexpr std::size_t kMostAtOnce = 1U << 30;  // what zlib counts in 32 bits

class Gzip final : public InflateStage {
  public:
    explicit Gzip(Bounds bounds) : InflateStage("gzip (RFC 1952)", bounds, kGzip) {}

  private:
    bool begin_another(std::uint8_t first) override { return first == 0x1f && inflateReset(&stream()) == Z_OK; }
};

class Deflate final : public InflateStage {
  public:
    explicit Deflate(Bounds bounds) : InflateStage("deflate (RFC 1950, 1951)", bounds, kZlib) {}

  private:
    Step step(ByteView in, std::span<std::uint8_t> out) override {
        if (!begun_ && !in.empty()) begin(in.front());
        return InflateStage::step(in, out);
    }
    bool begin_another(std::uint8_t) override { return false; }

    /// A wrapping names its method (8) in the low four bits. Without a wrapping these bits begin a stored block whose
    /// padding is not zero, which nothing writes.
    void begin(std::uint8_t first) {
        begun_ = true;
        if ((first & 0x0f) != Z_DEFLATED) inflateReset2(&stream(), kRaw);
    }

    bool begun_ = false;
};

const char* fault_of(int result, const z_stream& stream) {
    if (result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR) return nullptr;
    if (result == Z_NEED_DICT) return "it needs a dictionary";
    return stream.msg ? stream.msg : zError(result);
}

}  // namespace

InflateStage::InflateStage(std::string_view name, Bounds bounds, int window) : Stage(name, bounds) {
    if (inflateInit2(&stream_, window) != Z_OK) throw std::bad_alloc();
}

Stage::Step InflateStage::step(ByteView in, std::span<std::uint8_t> out) {
    in = in.first(std::min(in.size(), kMostAtOnce));
    stream_.next_in = const_cast<Bytef*>(in.data());
    stream_.avail_in = static_cast<uInt>(in.size());
    stream_.next_out = out.data();
    stream_.avail_out = static_cast<uInt>(out.size());
    const int result = inflate(&stream_, Z_NO_FLUSH);
    return {in.size() - stream_.avail_in, out.size() - stream_.avail_out, result == Z_STREAM_END,
            fault_of(result, stream_)};
}

std::unique_ptr<Stage> make_gzip(Bounds bounds) {
    return std::make_unique<Gzip>(bounds);
}

std::unique_ptr<Stage> make_deflate(Bounds bounds) {
    return std::make_unique<Deflate>(bounds);
}

}  // namespace bascule::http::coding
