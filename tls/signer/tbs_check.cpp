#include "tls/signer/tbs_check.h"

#include "base/error.h"
#include "tls/x509/general_name.h"

#include <algorithm>
#include <array>

namespace bascule::tls {
namespace {

using namespace std::chrono_literals;

constexpr std::uint8_t kBoolean = 0x01;
constexpr std::uint8_t kInteger = 0x02;
constexpr std::uint8_t kBitString = 0x03;
constexpr std::uint8_t kObject = 0x06;
constexpr std::uint8_t kUtcTime = 0x17;
constexpr std::uint8_t kGeneralizedTime = 0x18;
constexpr std::uint8_t kVersion = 0xa0;
constexpr std::uint8_t kExtensions = 0xa3;

constexpr std::size_t kLongestSerial = 20;    // octets, RFC 5280 section 4.1.2.2
constexpr Duration kLongestLife = 24h * 397;  // what clients accept of any certificate (CA/Browser Forum, 6.3.2)

/// What is wrong with the octets; caught in fault_of_leaf.
struct Fault {
    std::string text;
};

[[noreturn]] void refuse(std::string text) {
    throw Fault{std::move(text)};
}

der::Element take(Cursor& from, std::uint8_t tag, const char* what) {
    const auto element = der::next(from);
    if (!element || element->tag != tag) refuse(fmt::format("{} is malformed", what));
    return *element;
}

der::Element whole(ByteView bytes, std::uint8_t tag, const char* what) {
    Cursor cursor(bytes);
    const auto element = take(cursor, tag, what);
    if (!cursor.empty()) refuse(fmt::format("{} is followed by something", what));
    return element;
}

void require_equal(const der::Element& element, ByteView expected, const char* what) {
    if (!std::ranges::equal(element.whole, expected)) refuse(what);
}

void check_serial(const der::Element& serial) {
    const auto octets = serial.content;
    const bool positive =
        !octets.empty() && octets.front() < 0x80 && std::ranges::any_of(octets, [](auto octet) { return octet != 0; });
    if (!positive || octets.size() > kLongestSerial) refuse("the serial number is not positive, or too long");
}

/// Two digits at `at`.
int two_digits(ByteView text, std::size_t at) {
    const int high = text[at] - '0';
    const int low = text[at + 1] - '0';
    if (high < 0 || high > 9 || low < 0 || low > 9) refuse("a date is malformed");
    return high * 10 + low;
}

/// UTCTime up to 2049, GeneralizedTime from 2050 on (RFC 5280 section 4.1.2.5), to the second and in UTC.
std::chrono::sys_seconds time_at(Cursor& from) {
    const auto element = der::next(from);
    const bool is_short = element && element->tag == kUtcTime && element->content.size() == 13;
    const bool is_long = element && element->tag == kGeneralizedTime && element->content.size() == 15;
    if ((!is_short && !is_long) || element->content.back() != 'Z') refuse("a date is malformed");
    const auto text = element->content;
    const std::size_t start = is_long ? 4 : 2;
    const int two = two_digits(text, start - 2);
    const int year = is_long ? two_digits(text, 0) * 100 + two : two < 50 ? 2000 + two : 1900 + two;
    const std::chrono::year_month_day day(std::chrono::year(year),
                                          std::chrono::month(static_cast<unsigned>(two_digits(text, start))),
                                          std::chrono::day(static_cast<unsigned>(two_digits(text, start + 2))));
    const int hour = two_digits(text, start + 4);
    const int minute = two_digits(text, start + 6);
    const int second = two_digits(text, start + 8);
    if (!day.ok() || hour > 23 || minute > 59 || second > 59) refuse("a date is malformed");
    return std::chrono::sys_days(day) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
           std::chrono::seconds(second);
}

void check_validity(ByteView validity, const IssuingRules& rules) {
    Cursor cursor(validity);
    const auto begin = time_at(cursor);
    const auto end = time_at(cursor);
    if (!cursor.empty() || end < begin) refuse("the validity is malformed");
    if (end - begin > std::chrono::floor<std::chrono::seconds>(std::min(rules.longest, kLongestLife))) {
        refuse("it would live longer than leaves may");
    }
    const auto last = std::chrono::floor<std::chrono::seconds>(rules.not_after);
    if (begin < last && end > last) refuse("it would outlive the CA");
}

void check_basic_constraints(ByteView value) {
    // cA is FALSE by default, and DER does not write defaults
    if (!whole(value, der::kSequence, "basicConstraints").content.empty()) refuse("it would be a CA");
}

void check_key_usage(ByteView value) {
    constexpr std::uint8_t signs_certificates = 0x04;
    constexpr std::uint8_t signs_revocations = 0x02;
    const auto bits = whole(value, kBitString, "keyUsage").content;
    if (bits.size() < 2) refuse("keyUsage is malformed");
    if ((bits[1] & (signs_certificates | signs_revocations)) != 0) {
        refuse("its key could sign certificates or revocations");
    }
}

bool is_any_of(ByteView object, std::initializer_list<ByteView> list) {
    return std::ranges::any_of(list, [&](ByteView one) { return std::ranges::equal(one, object); });
}

constexpr std::array<std::uint8_t, 8> kServerAuth{0x2b, 6, 1, 5, 5, 7, 3, 1};
constexpr std::array<std::uint8_t, 4> kAnyPurpose{0x55, 0x1d, 0x25, 0x00};

void check_purposes(ByteView value) {
    bool for_servers = false;
    for (Cursor purposes(whole(value, der::kSequence, "extendedKeyUsage").content); !purposes.empty();) {
        const auto purpose = take(purposes, kObject, "extendedKeyUsage").content;
        if (!is_leaf_purpose(purpose)) refuse("it has a purpose that is not TLS");
        for_servers = for_servers || is_any_of(purpose, {kServerAuth, kAnyPurpose});
    }
    if (!for_servers) refuse("it is not for TLS servers");
}

void check_names(ByteView value, const std::vector<NameConstraints>& constraints) {
    Cursor names(whole(value, der::kSequence, "subjectAltName").content);
    if (names.empty()) refuse("it has no name");
    while (!names.empty()) {
        const auto name = der::next(names);
        if (!name || !general_name::is_copied(name->tag) || !general_name::is_legal(*name)) {
            refuse("one of its names is no name of a server");
        }
        if (!std::ranges::all_of(constraints, [&](const auto& one) { return one.allow(*name); })) {
            refuse(fmt::format("the CA's name constraints exclude {}", general_name::text_of(*name)));
        }
    }
}

/// The extensions that a leaf may have: the third octet of their identifier, 2.5.29.x.
enum Extension : std::uint8_t {
    subject_key_id = 14,
    key_usage = 15,
    subject_alt_name = 17,
    basic_constraints = 19,
    authority_key_id = 35,
    extended_key_usage = 37,
};

void check_extension(std::uint8_t kind, ByteView value, const IssuingRules& rules) {
    switch (kind) {
        case key_usage:
            return check_key_usage(value);
        case subject_alt_name:
            return check_names(value, rules.constraints);
        case basic_constraints:
            return check_basic_constraints(value);
        case extended_key_usage:
            return check_purposes(value);
        case subject_key_id:
            whole(value, der::kOctetString, "subjectKeyIdentifier");
            return;
        case authority_key_id:
            whole(value, der::kSequence, "authorityKeyIdentifier");
            return;
        default:
            refuse("it has an extension that leaves do not have");
    }
}

void check_extensions(ByteView extensions, const IssuingRules& rules) {
    std::array<bool, 256> seen{};
    for (Cursor list(extensions); !list.empty();) {
        Cursor extension(take(list, der::kSequence, "an extension").content);
        const auto object = take(extension, kObject, "an extension").content;
        if (object.size() != 3 || object[0] != 0x55 || object[1] != 0x1d) {
            refuse("it has an extension that leaves do not have");
        }
        if (std::exchange(seen[object[2]], true)) refuse("it has an extension twice");
        if (!extension.empty() && extension.rest().front() == kBoolean) take(extension, kBoolean, "an extension");
        const auto value = whole(extension.rest(), der::kOctetString, "an extension").content;
        check_extension(object[2], value, rules);
    }
    if (!seen[subject_alt_name] && !std::ranges::all_of(rules.constraints, &NameConstraints::empty)) {
        refuse("it has no name that the CA's name constraints could allow");
    }
    if (!seen[extended_key_usage]) refuse("it is not for TLS servers");
}

void check(ByteView to_be_signed, const IssuingRules& rules) {
    Cursor fields(whole(to_be_signed, der::kSequence, "the certificate").content);
    constexpr std::array<std::uint8_t, 5> version3{kVersion, 3, kInteger, 1, 2};
    require_equal(take(fields, kVersion, "the version"), version3, "its version is not 3");
    check_serial(take(fields, kInteger, "the serial number"));
    require_equal(take(fields, der::kSequence, "the algorithm"), rules.algorithm, "its algorithm is not the CA's");
    require_equal(take(fields, der::kSequence, "the issuer"), rules.subject, "its issuer is not the CA");
    check_validity(take(fields, der::kSequence, "the validity").content, rules);
    const auto subject = take(fields, der::kSequence, "the subject");
    if (!std::ranges::all_of(rules.constraints, [&](const auto& one) { return one.allow_subject(subject.whole); })) {
        refuse("the CA's name constraints exclude its subject");
    }
    const auto key = take(fields, der::kSequence, "the public key");
    if (std::ranges::equal(key.whole, rules.public_key)) refuse("its key would be the CA's");
    const auto extensions = whole(fields.rest(), kExtensions, "the list of extensions");
    check_extensions(whole(extensions.content, der::kSequence, "the list of extensions").content, rules);
}

}  // namespace

bool is_leaf_purpose(ByteView object) {
    constexpr std::array<std::uint8_t, 8> client_auth{0x2b, 6, 1, 5, 5, 7, 3, 2};
    constexpr std::array<std::uint8_t, 10> microsoft_sgc{0x2b, 6, 1, 4, 1, 0x82, 0x37, 10, 3, 3};
    constexpr std::array<std::uint8_t, 9> netscape_sgc{0x60, 0x86, 0x48, 1, 0x86, 0xf8, 0x42, 4, 1};
    return is_any_of(object, {kServerAuth, client_auth, kAnyPurpose, microsoft_sgc, netscape_sgc});
}

std::optional<std::string> fault_of_leaf(ByteView to_be_signed, const IssuingRules& rules) {
    try {
        check(to_be_signed, rules);
    } catch (const Fault& fault) {
        return fault.text;
    }
    return std::nullopt;
}

}  // namespace bascule::tls
