#pragma once

#include "http/coding/decoder.h"
#include "http/exchanges.h"
#include "inspect/message.h"

#include <cstdint>
#include <memory>
#include <string_view>

namespace bascule::proxy {

inspect::HeaderFields copy_of(http::FieldViews fields);

/// Octets that may be gathered.
struct Room {
    std::uint64_t body = 0;  ///< of the content of one message
    std::uint64_t left = 0;  ///< of all that is under way on one connection
};

/// One message, gathered for those who read its content while it passes: its head, and the first of its content with
/// the codings undone. Gives its room back when it is gone.
class MessageCopy {
  public:
    MessageCopy(Room& room, inspect::Direction direction);
    ~MessageCopy() { room_.left += charged_; }
    MessageCopy(const MessageCopy&) = delete;

    void begin(inspect::MessageHead head);
    void take(ByteView octets);
    void note_trailers(http::FieldViews fields);
    void end();

    bool begun() const { return message_.head.octets > 0; }
    /// What it is by now.
    const inspect::Message& message();

  private:
    /// Its memory is bounded by how many there are on one worker at once.
    struct Decoding {
        explicit Decoding(std::string_view codings);
        ~Decoding();
        Decoding(const Decoding&) = delete;
        std::unique_ptr<http::coding::Decoder> decoder;  ///< null: as it was sent
        std::string why;                                 ///< there is none
    };

    void charge(std::uint64_t octets);
    void keep(ByteView octets);
    void settle();

    Room& room_;
    std::uint64_t charged_ = 0;
    inspect::Message message_;
    std::uint64_t seen_ = 0;  ///< octets of the content, decoded where they are
    std::unique_ptr<Decoding> decoding_;
};

}  // namespace bascule::proxy
