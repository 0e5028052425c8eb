#include "tls/hello/client_hello.h"

#include <algorithm>
#include <utility>

namespace bascule::tls {
namespace {

constexpr std::uint8_t kHandshake = 22;
constexpr std::uint8_t kClientHello = 1;
constexpr std::size_t kRecordHeader = 5;
constexpr std::size_t kMessageHeader = 4;
constexpr std::size_t kLargestRecord = 1 << 14;  // RFC 8446 section 5.1
constexpr std::size_t kLongestName = 255;
constexpr std::uint16_t kTls13 = 0x0304;

enum Extension : std::uint16_t {
    kServerName = 0,
    kSupportedGroups = 10,
    kSignatureAlgorithms = 13,
    kAlpn = 16,
    kCompressCertificate = 27,
    kPreSharedKey = 41,
    kSupportedVersions = 43,
    kKeyShare = 51,
};

/// Ends the reading of a hello; a value for the caller of the parser.
struct Malformed {
    std::string fault;
    Alert alert = Alert::decode_error;
};

template <class T>
T need(std::optional<T> value, const char* what) {
    if (!value) throw Malformed{what};
    return *value;
}

void need(bool condition, const char* what, Alert alert = Alert::decode_error) {
    if (!condition) throw Malformed{what, alert};
}

std::vector<std::uint16_t> numbers(ByteView list, const char* what) {
    need(!list.empty() && list.size() % 2 == 0, what);
    std::vector<std::uint16_t> values;
    values.reserve(list.size() / 2);
    Cursor cursor(list);
    while (const auto value = cursor.u16()) values.push_back(*value);
    return values;
}

/// The one vector that fills the body of an extension.
ByteView only_vector(ByteView body, std::size_t length_octets, const char* what) {
    Cursor cursor(body);
    const auto list = need(cursor.vector(length_octets), what);
    need(cursor.empty(), what);
    return list;
}

/// RFC 6066 section 3: one name of the one type that exists.
std::string read_server_name(ByteView body) {
    constexpr auto* what = "server_name is not one host name";
    Cursor list(only_vector(body, 2, what));
    need(list.u8() == 0, what);
    const auto name = need(list.vector(2), what);
    need(list.empty(), what);
    need(!name.empty() && name.size() <= kLongestName, "server_name is empty or too long");
    need(std::ranges::all_of(name, [](auto octet) { return octet > ' ' && octet <= '~'; }),
         "server_name is not printable text", Alert::unrecognized_name);
    return std::string(as_text(name));
}

std::vector<std::string> read_alpn(ByteView body) {
    constexpr auto* what = "application_layer_protocol_negotiation breaks its lengths";
    std::vector<std::string> protocols;
    Cursor list(only_vector(body, 2, what));
    do {
        const auto protocol = need(list.vector(1), what);
        need(!protocol.empty(), what);
        protocols.emplace_back(as_text(protocol));
    } while (!list.empty());
    return protocols;
}

/// As far as it keeps its lengths: whoever shakes hands with the client judges it.
std::vector<std::uint16_t> read_key_shares(ByteView body) {
    std::vector<std::uint16_t> groups;
    Cursor cursor(body);
    Cursor list(cursor.vector(2).value_or(ByteView()));
    for (auto group = list.u16(); group && list.vector(2); group = list.u16()) groups.push_back(*group);
    return groups;
}

/// The same.
std::vector<std::uint16_t> read_compressions(ByteView body) {
    std::vector<std::uint16_t> algorithms;
    Cursor cursor(body);
    Cursor list(cursor.vector(1).value_or(ByteView()));
    while (const auto algorithm = list.u16()) algorithms.push_back(*algorithm);
    return algorithms;
}

void read_extension(ClientHello& hello, std::uint16_t type, ByteView body) {
    hello.extensions.push_back(type);
    switch (type) {
        case kServerName:
            hello.server_name = read_server_name(body);
            break;
        case kAlpn:
            hello.alpn = read_alpn(body);
            break;
        case kSupportedVersions: {
            constexpr auto* what = "supported_versions breaks its lengths";
            hello.versions = numbers(only_vector(body, 1, what), what);
            break;
        }
        case kSupportedGroups: {
            constexpr auto* what = "supported_groups breaks its lengths";
            hello.groups = numbers(only_vector(body, 2, what), what);
            break;
        }
        case kSignatureAlgorithms: {
            constexpr auto* what = "signature_algorithms breaks its lengths";
            hello.signature_algorithms = numbers(only_vector(body, 2, what), what);
            break;
        }
        case kKeyShare:
            hello.key_shares = read_key_shares(body);
            break;
        case kCompressCertificate:
            hello.compressions = read_compressions(body);
            break;
        default:
            break;
    }
}

void read_extensions(ClientHello& hello, ByteView list) {
    Cursor cursor(list);
    while (!cursor.empty()) {
        const auto type = need(cursor.u16(), "an extension is cut short");
        read_extension(hello, type, need(cursor.vector(2), "an extension is cut short"));
    }
    auto sorted = hello.extensions;
    std::ranges::sort(sorted);
    need(std::ranges::adjacent_find(sorted) == sorted.end(), "an extension occurs twice", Alert::illegal_parameter);
}

ClientHello read_message(ByteView message) {
    Cursor cursor(message);
    ClientHello hello;
    hello.legacy_version = need(cursor.u16(), "the version is missing");
    need(hello.legacy_version >= 0x0300, "the version is below SSLv3", Alert::protocol_version);
    need(cursor.take(32), "the random is cut short");
    const auto session = need(cursor.vector(1), "the session id is cut short");
    need(session.size() <= 32, "the session id is too long");
    hello.offers_session = !session.empty();
    constexpr auto* ciphers = "the cipher suites break their lengths";
    const auto suites = need(cursor.vector(2), ciphers);
    need(!suites.empty(), "there are no cipher suites", Alert::illegal_parameter);
    hello.ciphers = numbers(suites, ciphers);
    const auto compression = need(cursor.vector(1), "the compression methods are cut short");
    need(!compression.empty(), "there are no compression methods");
    if (cursor.empty()) return hello;
    const auto extensions = need(cursor.vector(2), "the extensions are cut short");
    need(cursor.empty(), "octets follow the extensions");
    read_extensions(hello, extensions);
    // In TLS 1.3 a session ID is there for the eyes of old middleboxes only (RFC 8446 section 4.1.2).
    if (hello.offers(kTls13)) hello.offers_session = hello.has_extension(kPreSharedKey);
    return hello;
}

bool is_other_record(std::uint8_t type) {
    return type >= 20 && type <= 24 && type != kHandshake;
}

/// A hello in the format of SSLv2 (RFC 5246 appendix E.2), as far as these octets tell.
HelloState sslv2_state(ByteView opening) {
    const auto differs = [&](std::size_t at, auto... allowed) {
        return at < opening.size() && ((opening[at] != allowed) && ...);
    };
    if (opening[0] < 0x80 || differs(2, kClientHello) || differs(3, 0, 3)) return HelloState::not_tls;
    if (opening.size() < 5) return HelloState::need_more;
    return opening[3] == 3 || opening[4] == 2 ? HelloState::malformed : HelloState::not_tls;
}

/// Any other kind of record (change_cipher_spec, alert, application data, heartbeat) where the hello should be: some
/// servers pass over it, and take the hello that comes after it.
HelloResult other_record(ByteView opening) {
    if (opening.size() < 2) return {};
    if (opening[1] != 3) return {HelloState::not_tls, {}};
    return {HelloState::malformed, {}, "another kind of record comes before the hello", Alert::unexpected_message};
}

/// A handshake record of a version that does not exist. RFC 8446 section 5.1 has servers ignore it, and Go's do below
/// 10.0; it is TLS where a ClientHello follows.
HelloResult odd_version(ByteView opening) {
    constexpr std::uint8_t kFirstThatIsNone = 0x10;
    if (opening[1] >= kFirstThatIsNone) return {HelloState::not_tls, {}};
    if (opening.size() <= kRecordHeader) return {};
    if (opening[kRecordHeader] != kClientHello) return {HelloState::not_tls, {}};
    return {HelloState::malformed, {}, "its record has a version that no TLS has", Alert::protocol_version};
}

/// The first `count` octets of the handshake message, without the record headers between them.
Bytes gather(ByteView opening, std::size_t count) {
    Bytes message;
    message.reserve(count);
    Cursor records(opening);
    while (message.size() < count) {
        records.take(3);
        const auto length = records.u16().value_or(0);
        const auto part = records.rest().first(std::min<std::size_t>({length, records.size(), count - message.size()}));
        if (part.empty()) break;
        message.insert(message.end(), part.begin(), part.end());
        records.take(part.size());
    }
    return message;
}

/// The length that the handshake header announces, header included; nothing while it is not whole.
std::optional<std::size_t> announced(ByteView opening, std::size_t available) {
    const auto start = gather(opening, std::min(available, kMessageHeader));
    Cursor header(start);
    const auto type = header.u8();
    need(!type || *type == kClientHello, "the handshake does not begin with a ClientHello", Alert::unexpected_message);
    const auto length = header.u24();
    if (!length) return std::nullopt;
    need(*length <= kLargestHello - kMessageHeader - kRecordHeader, "the hello is too long", Alert::illegal_parameter);
    return kMessageHeader + *length;
}

void check_record(ByteView header) {
    need(header[0] == kHandshake, "the hello is interrupted by another kind of record", Alert::unexpected_message);
    need(header.size() < 2 || header[1] == 3, "a record has another version", Alert::protocol_version);
    if (header.size() < kRecordHeader) return;
    const std::size_t length = static_cast<std::size_t>(header[3]) << 8 | header[4];
    need(length > 0, "a record is empty", Alert::unexpected_message);
    need(length <= kLargestRecord, "a record is too long", Alert::record_overflow);
}

}  // namespace

bool may_begin_tls(std::uint8_t octet) {
    return octet == kHandshake || is_other_record(octet) || octet >= 0x80;
}

bool ClientHello::has_extension(std::uint16_t type) const {
    return std::ranges::find(extensions, type) != extensions.end();
}

bool ClientHello::offers(std::uint16_t version) const {
    if (!versions.empty()) return std::ranges::find(versions, version) != versions.end();
    return version >= 0x0300 && version <= std::min<std::uint16_t>(legacy_version, 0x0303);
}

HelloResult HelloReader::read(ByteView opening) try {
    if (opening.empty()) return {};
    if (is_other_record(opening[0])) return other_record(opening);
    if (opening[0] != kHandshake) {
        const auto state = sslv2_state(opening);
        if (state == HelloState::malformed) return {state, {}, "an SSLv2 hello", Alert::protocol_version};
        return {state, {}};
    }
    if (opening.size() > 1 && opening[1] != 3) return odd_version(opening);
    std::optional<std::size_t> whole;
    while (next_ < opening.size()) {
        const auto rest = opening.subspan(next_);
        check_record(rest.first(std::min(rest.size(), kRecordHeader)));
        if (rest.size() < kRecordHeader) break;
        const std::size_t length = static_cast<std::size_t>(rest[3]) << 8 | rest[4];
        const auto here = std::min(length, rest.size() - kRecordHeader);
        if (!whole) whole = announced(opening, collected_ + here);
        need(!whole || collected_ + length <= *whole, "octets follow the hello in its record",
             Alert::unexpected_message);
        need(next_ + kRecordHeader + length <= kLargestHello, "the hello is too long", Alert::illegal_parameter);
        if (here < length) break;
        next_ += kRecordHeader + length;
        collected_ += length;
        if (whole && collected_ == *whole) {
            const auto message = gather(opening, collected_);
            HelloResult result{HelloState::complete, read_message(ByteView(message).subspan(kMessageHeader))};
            result.hello.size = next_;
            return result;
        }
    }
    need(opening.size() < kLargestHello, "the hello is too long", Alert::illegal_parameter);
    return {};
} catch (Malformed& malformed) {
    return {HelloState::malformed, {}, std::move(malformed.fault), malformed.alert};
}

HelloResult parse_client_hello(ByteView opening) {
    return HelloReader{}.read(opening);
}

HelloResult parse_client_hello_message(ByteView message) try {
    need(message.size() > kMessageHeader, "the hello is cut short");
    return {HelloState::complete, read_message(message.subspan(kMessageHeader))};
} catch (Malformed& malformed) {
    return {HelloState::malformed, {}, std::move(malformed.fault)};
}

}  // namespace bascule::tls
