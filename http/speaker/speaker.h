#pragma once

#include "base/bytes.h"
#include "http/exchanges.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

/// HTTP that is spoken by us at one end of a connection, whichever version: where messages are acted on they are taken
/// in on one leg and issued on the other. Octets in, events out, and the other way round; no I/O.
namespace bascule::http {

struct OwnedField {
    std::string name;  ///< HTTP/2: in lower case
    std::string value;
    bool never_indexed = false;  ///< it was sent so, and is to be sent on so (RFC 7541 section 6.2.3)
};
using OwnedFields = std::vector<OwnedField>;

/// The first of that name, in any case; null: there is none.
const OwnedField* find_field(const OwnedFields& fields, std::string_view name);
/// All of that name, in any case.
void remove_fields(OwnedFields& fields, std::string_view name);

/// A request, or an answer where there is a status.
struct MessageHead {
    std::string method{}, scheme{}, authority{}, path{};
    std::string protocol{};  ///< what the exchange is to turn into: Upgrade, or :protocol (RFC 8441)
    std::string order{};     ///< of the pseudo-fields, by the first letter of each: masp; empty: any
    int status = 0;
    std::string reason{};  ///< HTTP/1: as it came
    /// What is meant for more than the next hop, in order. HTTP/1: in the case in which it came, Host and
    /// Content-Length in their places. HTTP/2 takes and gives names in lower case.
    OwnedFields fields{};
    bool ends = false;  ///< neither content nor trailers follow
};

/// Stands for the error code where the connection has ended in the middle of an exchange (CONNECT_ERROR).
inline constexpr std::uint32_t kConnectionLost = 10;

/// Who hears what the peer says. What is handed over by view lives for the call. None of the calls may make the speaker
/// that calls hear more, or go away.
class Hearer {
  public:
    /// A request; or an answer: any number of 1xx, then the final one.
    virtual void head(ExchangeId exchange, MessageHead head) = 0;
    /// The peer may send as much again once the speaker is told that it was used (Speaker::used).
    virtual void content(ExchangeId exchange, ByteView octets) = 0;
    /// The peer's message is whole.
    virtual void whole(ExchangeId exchange, OwnedFields trailers) = 0;
    /// So much of our content has left: there is room for more.
    virtual void sent(ExchangeId exchange, std::size_t octets) = 0;
    /// The exchange is over before both messages were whole; nothing more comes of it. `untouched`: the peer has done
    /// nothing about it, and it may be repeated (RFC 9113 section 8.7).
    virtual void given_up(ExchangeId exchange, std::uint32_t code, bool untouched) = 0;
    /// The peer begins or takes no further exchange.
    virtual void no_more() = 0;

  protected:
    ~Hearer() = default;
};

class Speaker {
  public:
    enum class Role : std::uint8_t { server, client };

    virtual ~Speaker() = default;

    /// From the peer. False: it does not speak the protocol as it must; the output says so where it can.
    virtual bool hear(ByteView octets) = 0;
    /// The peer has ended its direction; not `in_order`: octets may be missing.
    virtual void heard_all(bool in_order) = 0;
    /// Whether more is to be heard now: HTTP/1 has no other way to make the peer wait for content to be used.
    virtual bool may_hear() const = 0;
    /// Appends what is to be sent now, and stops beyond `most` octets.
    virtual void output(Bytes& into, std::size_t most) = 0;
    /// Nothing more will be said or heard.
    virtual bool done() const = 0;
    /// What was said last is not whole, and would look so: the connection is to be cut off.
    virtual bool cut_short() const = 0;

    /// Client: whether another exchange may be begun now. If not: later, unless no_more() was told.
    virtual bool may_begin() const = 0;
    /// Client: begins an exchange.
    virtual ExchangeId ask(const MessageHead& head) = 0;
    /// Server: 1xx, or the final answer.
    virtual void answer(ExchangeId exchange, const MessageHead& head) = 0;
    /// Content of ours is kept until the peer takes it: what was not sent() yet is for the caller to bound.
    virtual void content(ExchangeId exchange, ByteView octets) = 0;
    /// Our message is whole.
    virtual void whole(ExchangeId exchange, const OwnedFields& trailers) = 0;
    /// So much of the peer's content has been made use of.
    virtual void used(ExchangeId exchange, std::size_t octets) = 0;
    /// Ends the exchange here and now (RST_STREAM).
    virtual void give_up(ExchangeId exchange, std::uint32_t code) = 0;
    /// Begins or takes no further exchange, and ends once those that are open are over.
    virtual void finish() = 0;
};

namespace h1 {

/// How much content is taken in before it is used, and how much of the peer's next messages.
inline constexpr std::size_t kMostUnused = 64_KiB;

/// HTTP/1.1, one exchange after the other (RFC 9112). To give an exchange up is to cut the connection off. After 101
/// the content of both directions is what was switched to.
std::unique_ptr<Speaker> make_speaker(Speaker::Role role, Hearer& hearer);

}  // namespace h1

namespace h2 {

/// How much of the content of one exchange is taken in before it is used; that of others goes on.
inline constexpr std::uint32_t kStreamWindow = 256_KiB;

/// HTTP/2 by nghttp2, from the preface on. Many exchanges at once: each waits for its own reader alone.
std::unique_ptr<Speaker> make_speaker(Speaker::Role role, Hearer& hearer);

}  // namespace h2
}  // namespace bascule::http
