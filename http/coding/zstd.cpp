#include "http/coding/stages.h"

#include <zstd.h>

#include <new>

namespace bascule::http::coding {
namespace {

constexpr int kWindowLog = 23;  // 8 MiB, RFC 9659 section 3

class Zstd final : public Stage {
  public:
    explicit Zstd(Bounds bounds) : Stage("zstd (RFC 8878, 9659)", bounds) {
        if (!context_) throw std::bad_alloc();
        ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, kWindowLog);
    }

  private:
    Step step(ByteView in, std::span<std::uint8_t> out) override {
        ZSTD_inBuffer input{in.data(), in.size(), 0};
        ZSTD_outBuffer output{out.data(), out.size(), 0};
        const auto result = ZSTD_decompressStream(context_.get(), &output, &input);
        return {input.pos, output.pos, result == 0, ZSTD_isError(result) ? ZSTD_getErrorName(result) : nullptr};
    }
    bool begin_another(std::uint8_t) override { return true; }

    struct Free {
        void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
    };
    std::unique_ptr<ZSTD_DCtx, Free> context_{ZSTD_createDCtx()};
};

}  // namespace

std::unique_ptr<Stage> make_zstd(Bounds bounds) {
    return std::make_unique<Zstd>(bounds);
}

}  // namespace bascule::http::coding
