#include "proxy/starttls/dialect.h"

#include <algorithm>
#include <utility>

namespace bascule::proxy {
namespace {

/// Moves octets from the front of `octets` into `into`, until that holds `size`; how many.
std::size_t fill(Bytes& into, std::size_t size, ByteView octets) {
    const auto count = std::min(octets.size(), size - std::min(size, into.size()));
    into.insert(into.end(), octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(count));
    return count;
}

/// PostgreSQL's protocol 3, "SSL Session Encryption": a request of eight octets, an answer of one; again, with the
/// other kind of encryption, after a refusal.
class Postgres final : public Dialect {
    static constexpr std::uint32_t kSslRequest = 80877103;
    static constexpr std::uint32_t kGssRequest = 80877104;

    std::size_t read_some(bool up, ByteView octets) override {
        if (!up) {
            answer(octets.front());
            return 1;
        }
        const auto taken = fill(request_, 8, octets);
        if (request_.size() < 8) return taken;
        Cursor cursor(request_);
        const auto size = cursor.u32();
        code_ = cursor.u32().value_or(0);
        request_.clear();
        const bool asks = size == 8U && (code_ == kSslRequest || code_ == kGssRequest);
        state_ = asks ? State::asked : State::foreign;
        return taken;
    }

    void answer(std::uint8_t octet) {
        if (state_ == State::asked && octet == 'N') {
            state_ = State::plain;
        } else {
            state_ = state_ == State::asked && octet == 'S' && code_ == kSslRequest ? State::agreed : State::foreign;
        }
    }

    Bytes request_;
    std::uint32_t code_ = 0;
};

/// MySQL's client/server protocol, HandshakeV10 and SSLRequest: the server says what it can, and a client that wants
/// TLS answers with the first 32 octets of its reply and goes on with a ClientHello, without waiting.
class Mysql final : public Dialect {
    static constexpr std::size_t kHeader = 4;
    static constexpr std::size_t kLongestGreeting = 512;
    static constexpr std::uint8_t kProtocol = 10;
    static constexpr std::size_t kRequest = 32;
    static constexpr std::uint8_t kSslInSecondOctet = 0x08;  // CLIENT_SSL, 0x0800, little-endian

    std::size_t read_some(bool up, ByteView octets) override { return up ? request(octets) : greeting(octets); }

    static std::size_t length_of(const Bytes& packet) { return packet[0] | packet[1] << 8 | packet[2] << 16; }

    std::size_t greeting(ByteView octets) {
        if (offers_) return octets.size();
        auto taken = fill(greeting_, kHeader, octets);
        if (greeting_.size() < kHeader) return taken;
        const auto whole = kHeader + length_of(greeting_);
        if (whole > kLongestGreeting) {
            state_ = State::foreign;
            return taken;
        }
        taken += fill(greeting_, whole, octets.subspan(taken));
        if (greeting_.size() == whole) read_greeting();
        return taken;
    }

    /// Version, its text up to a NUL, thread (4), first part of the challenge (8), NUL, capabilities.
    void read_greeting() {
        const ByteView body = ByteView(greeting_).subspan(kHeader);
        const auto text_end = std::ranges::find(body, 0);
        const std::size_t capabilities = static_cast<std::size_t>(text_end - body.begin()) + 1 + 4 + 8 + 1;
        offers_ = !body.empty() && body.front() == kProtocol && capabilities + 2 <= body.size() &&
                  (body[capabilities + 1] & kSslInSecondOctet) != 0;
        if (!*offers_) state_ = State::foreign;
        Bytes().swap(greeting_);
    }

    std::size_t request(ByteView octets) {
        const auto taken = fill(request_, kHeader + kRequest, octets);
        if (!offers_ || (request_.size() >= kHeader && (length_of(request_) != kRequest || request_[3] != 1))) {
            state_ = State::foreign;
        } else if (request_.size() == kHeader + kRequest) {
            const bool asks = (request_[kHeader + 1] & kSslInSecondOctet) != 0;
            state_ = asks ? State::agreed : State::foreign;
        }
        return taken;
    }

    Bytes greeting_, request_;
    std::optional<bool> offers_;
};

/// RFC 4511 section 4.14: an extended request with a well-known OID, and its response.
class Ldap final : public Dialect {
    static constexpr std::string_view kStartTls = "1.3.6.1.4.1.1466.20037";
    static constexpr std::uint8_t kSequence = 0x30, kInteger = 0x02, kEnumerated = 0x0a;
    static constexpr std::uint8_t kExtendedRequest = 0x77, kExtendedResponse = 0x78, kRequestName = 0x80;
    static constexpr std::size_t kKept = 64;  // of a message: enough for the two that count here
    static constexpr std::size_t kLongestHeader = 6;

    /// One direction: the header of a message, then the first octets of its body.
    struct Messages {
        Bytes kept;
        std::uint64_t left = 0;
        bool in_body = false;
    };

    std::size_t read_some(bool up, ByteView octets) override {
        Messages& side = up ? client_ : server_;
        const auto taken = side.in_body ? read_body(side, octets) : read_header(side, octets.front());
        if (!side.in_body || side.left > 0) return taken;
        up ? on_request(side.kept) : on_response(side.kept);
        side = {};
        return taken;
    }

    std::size_t read_header(Messages& side, std::uint8_t octet) {
        side.kept.push_back(octet);
        Cursor header(side.kept);
        const bool is_message = header.u8() == kSequence;
        const auto length = read_length(header);
        if (is_message && length) {
            side = {.kept = {}, .left = *length, .in_body = true};
        } else if (!is_message || side.kept.size() == kLongestHeader) {
            state_ = State::foreign;
        }
        return 1;
    }

    static std::size_t read_body(Messages& side, ByteView octets) {
        const auto count = std::min<std::uint64_t>(side.left, octets.size());
        fill(side.kept, kKept, octets.first(count));
        side.left -= count;
        return count;
    }

    /// BER's definite form, of at most four octets; nothing where it is another, or not all there.
    static std::optional<std::uint32_t> read_length(Cursor& from) {
        const auto first = from.u8();
        if (!first || *first < 0x80) return first;
        const std::size_t count = *first & 0x7fU;
        const auto octets = count > 0 && count <= 4 ? from.take(count) : std::nullopt;
        if (!octets) return std::nullopt;
        std::uint32_t length = 0;
        for (const auto octet : *octets) length = length << 8 | octet;
        return length;
    }

    /// The header of the element that begins here, which may be longer than what was kept.
    static bool enter(Cursor& from, std::uint8_t tag) { return from.u8() == tag && read_length(from).has_value(); }

    /// The body of a short element.
    static std::optional<ByteView> element(Cursor& from, std::uint8_t tag) {
        return from.u8() == tag ? from.vector(1) : std::nullopt;
    }

    void on_request(ByteView body) {
        Cursor cursor(body);
        const auto id = element(cursor, kInteger);
        if (!id || !enter(cursor, kExtendedRequest)) return;
        const auto name = element(cursor, kRequestName);
        if (!name || as_text(*name) != kStartTls) return;
        id_.assign(id->begin(), id->end());
        state_ = State::asked;
    }

    void on_response(ByteView body) {
        Cursor cursor(body);
        const auto id = element(cursor, kInteger);
        if (state_ != State::asked || !id || !std::ranges::equal(*id, id_)) return;
        const auto code = enter(cursor, kExtendedResponse) ? element(cursor, kEnumerated) : std::nullopt;
        const bool success = code && code->size() == 1 && code->front() == 0;
        state_ = success ? State::agreed : State::plain;
    }

    Messages client_, server_;
    Bytes id_;  ///< of the request
};

}  // namespace

std::unique_ptr<Dialect> make_packet_dialect(config::StartTls dialect) {
    switch (dialect) {
        case config::StartTls::postgres:
            return std::make_unique<Postgres>();
        case config::StartTls::mysql:
            return std::make_unique<Mysql>();
        default:
            return std::make_unique<Ldap>();
    }
}

}  // namespace bascule::proxy
