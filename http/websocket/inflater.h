#pragma once

#include "http/coding/inflate.h"
#include "http/websocket/extensions.h"

namespace bascule::http::websocket {

/// Undoes permessage-deflate in one direction (RFC 7692 section 7.2.2). The bounds are for each message.
class Inflater final : public coding::InflateStage {
  public:
    Inflater(Deflate agreed, coding::Bounds bounds);

    /// The message is whole: `next` gets what is still inside. False where take() would say it, and where the message
    /// ends in the middle of a block.
    bool end_message(Next next);

  private:
    bool begin_another(std::uint8_t first) override;
    bool is_between_blocks() { return (stream().data_type & 128) != 0; }
};

}  // namespace bascule::http::websocket
