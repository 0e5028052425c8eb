#pragma once

#include "http/h1/body_end.h"
#include "http/h1/framing.h"
#include "http/h1/head_end.h"
#include "http/speaker/speaker.h"

#include <optional>
#include <string_view>

namespace bascule::http {

/// Reads the messages of one direction, one after another (RFC 9112). Strict: what two readers could read differently
/// is a BadHead.
class MessageReader {
  public:
    /// What is done about the parts of a message.
    class Parts {
      public:
        /// Whether the next message may be read yet.
        virtual bool may_read_on() const = 0;
        /// A whole head; the framing of what follows. Throws BadHead.
        virtual Framing read_head(std::string_view text) = 0;
        virtual void read_content(ByteView octets) = 0;
        virtual void read_end(OwnedFields trailers) = 0;

      protected:
        ~Parts() = default;
    };

    MessageReader(HeadOf of, Parts& parts) : head_(of), parts_(parts) {}

    /// Octets that follow those before. What cannot be read yet is kept. Throws BadHead.
    void read(ByteView octets);
    /// Nothing follows. A message that ends with the connection is whole then, if that ended `in_order`.
    void read_last(bool in_order);
    /// What follows is no message any more, but content without end.
    void switch_over() { body_.emplace(UntilClose{}); }
    /// Octets that are kept.
    std::size_t kept() const { return kept_.size(); }

  private:
    std::size_t step(ByteView octets);
    std::size_t read_head(std::string_view text);
    std::size_t read_content(ByteView octets);
    void end_message();

    HeadEnd head_;
    Parts& parts_;
    std::optional<BodyEnd> body_;
    Bytes kept_;
    bool reading_ = false;  ///< what is told may lead here again
};

/// The fields of a head that are meant for more than the next hop; Transfer-Encoding is not: content comes without it.
OwnedFields owned(FieldViews fields);

}  // namespace bascule::http
