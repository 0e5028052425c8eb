#pragma once

#include "http/coding/stage.h"

#include <zlib.h>

namespace bascule::http::coding {

/// A stage over zlib.
class InflateStage : public Stage {
  public:
    ~InflateStage() override { inflateEnd(&stream_); }

  protected:
    /// `window` as inflateInit2() takes it: what wraps the data, and how far back it may refer.
    InflateStage(std::string_view name, Bounds bounds, int window);

    Step step(ByteView in, std::span<std::uint8_t> out) override;
    z_stream& stream() { return stream_; }

  private:
    z_stream stream_{};
};

}  // namespace bascule::http::coding
