#pragma once

#include "base/bytes.h"
#include "base/function_ref.h"
#include "http/coding/bounds.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// Content codings (RFC 9110 section 8.4), undone for those who watch; what passes is not touched.
namespace bascule::http::coding {

class Stage;

/// Undoes all codings of one content while its octets pass. It keeps no content but the windows of the codings: 32 KiB
/// (gzip, deflate), up to 16 MiB (br), up to 8 MiB (zstd).
class Decoder {
  public:
    /// What it is handed lives for the call.
    using Sink = FunctionRef<void(ByteView)>;

    explicit Decoder(std::vector<std::unique_ptr<Stage>> stages);
    ~Decoder();
    Decoder(const Decoder&) = delete;
    Decoder& operator=(const Decoder&) = delete;

    /// Hands all that can be decoded by now to `sink`, at most 16 KiB at once (identity: as it came). False once it is
    /// broken or over a bound: nothing more is decoded. What follows the end of a coding is ignored, as browsers do.
    bool take(ByteView octets, Sink sink);
    /// Every coding is whole; also before the first octet, because content that is not sent has no coding either.
    bool ended() const;
    /// What made take() say false, in a sentence: it quotes nothing of the peer's. Empty while it goes on.
    std::string_view why() const;

  private:
    bool pass(std::size_t stage, ByteView octets, Sink sink);

    std::vector<std::unique_ptr<Stage>> stages_;  ///< in the order they are undone
};

/// For the value of Content-Encoding: `gzip`, `x-gzip`, `deflate`, `br`, `zstd` and `identity`, any case, or a list of
/// them. The bounds are for each of them. Null: one is unknown, or more than four are stacked.
std::unique_ptr<Decoder> make_decoder(std::string_view content_encoding, Bounds bounds);

}  // namespace bascule::http::coding
