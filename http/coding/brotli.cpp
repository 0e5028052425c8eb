#include "http/coding/stages.h"

#include <brotli/decode.h>

#include <new>

namespace bascule::http::coding {
namespace {

class Brotli final : public Stage {
  public:
    explicit Brotli(Bounds bounds) : Stage("br (RFC 7932)", bounds) {
        if (!decoder_) throw std::bad_alloc();
    }

  private:
    Step step(ByteView in, std::span<std::uint8_t> out) override {
        const auto* next_in = in.data();
        auto* next_out = out.data();
        auto in_left = in.size();
        auto out_left = out.size();
        const auto result =
            BrotliDecoderDecompressStream(decoder_.get(), &in_left, &next_in, &out_left, &next_out, nullptr);
        return {in.size() - in_left, out.size() - out_left, result == BROTLI_DECODER_RESULT_SUCCESS,
                result == BROTLI_DECODER_RESULT_ERROR ? fault() : nullptr};
    }
    bool begin_another(std::uint8_t) override { return false; }

    const char* fault() const { return BrotliDecoderErrorString(BrotliDecoderGetErrorCode(decoder_.get())); }

    struct Free {
        void operator()(BrotliDecoderState* decoder) const { BrotliDecoderDestroyInstance(decoder); }
    };
    std::unique_ptr<BrotliDecoderState, Free> decoder_{BrotliDecoderCreateInstance(nullptr, nullptr, nullptr)};
};

}  // namespace

std::unique_ptr<Stage> make_brotli(Bounds bounds) {
    return std::make_unique<Brotli>(bounds);
}

}  // namespace bascule::http::coding
