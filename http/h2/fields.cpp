#include "http/h2/fields.h"

#include "base/text.h"
#include "http/h1/grammar.h"
#include "http/h2/bad.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace bascule::http::h2 {
namespace {

/// Which octets a test holds for, asked once and looked up from then on.
template <class Test>
constexpr std::array<bool, 256> table_of(Test test) {
    std::array<bool, 256> table{};
    for (int octet = 0; octet < 256; ++octet) table[static_cast<std::size_t>(octet)] = test(static_cast<char>(octet));
    return table;
}
constexpr auto kInName = table_of([](char c) { return is_token(c) && !(c >= 'A' && c <= 'Z'); });
constexpr auto kInValue = table_of(is_text);

bool has_only(std::string_view text, const std::array<bool, 256>& table) {
    return std::ranges::all_of(text, [&](char c) { return table[static_cast<unsigned char>(c)]; });
}

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

void check_name(std::string_view name) {
    if (name.empty() || !has_only(name, kInName))
        refuse("a field name is not a token in lower case (RFC 9113 section 8.2.1)");
}

void check_value(std::string_view value) {
    if (!has_only(value, kInValue)) refuse("a field value holds control characters (RFC 9113 section 8.2.1)");
    if (!value.empty() && (is_blank(value.front()) || is_blank(value.back())))
        refuse("white space begins or ends a field value (RFC 9113 section 8.2.1)");
}

// --- Pseudo-fields -------------------------------------------------------------------------------------------------

const FieldView** place_of(Pseudo& pseudo, std::string_view name) {
    if (name == ":method") return &pseudo.method;
    if (name == ":scheme") return &pseudo.scheme;
    if (name == ":authority") return &pseudo.authority;
    if (name == ":path") return &pseudo.path;
    if (name == ":status") return &pseudo.status;
    if (name == ":protocol") return &pseudo.protocol;
    return nullptr;
}

void take_pseudo(Pseudo& pseudo, const FieldView& field) {
    const auto place = place_of(pseudo, field.name);
    if (!place) refuse("a pseudo-field is none of those there are (RFC 9113 section 8.3)");
    if (*place) refuse("a pseudo-field occurs twice (RFC 9113 section 8.3)");
    check_value(field.value);
    *place = &field;
}

// --- Fields --------------------------------------------------------------------------------------------------------

bool is_of_connection(std::string_view name) {
    switch (name.size()) {
        case 7:
            return name == "upgrade";
        case 10:
            return name == "connection" || name == "keep-alive";
        case 16:
            return name == "proxy-connection";
        case 17:
            return name == "transfer-encoding";
        default:
            return false;
    }
}

void take_length(Message& message, std::string_view text) {
    std::uint64_t octets = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), octets);
    if (fault != std::errc{} || end != text.data() + text.size())
        refuse("content-length is not one plain number (RFC 9110 section 8.6)");
    if (octets > kLargestLength) refuse("content-length is above 2^63-1 (RFC 9110 section 8.6)");
    if (message.length && *message.length != octets)
        refuse("content-length occurs with different values (RFC 9110 section 8.6)");
    message.length = octets;
}

void take_field(Message& message, const FieldView& field) {
    if (field.name.starts_with(':')) refuse("a pseudo-field follows a field (RFC 9113 section 8.3)");
    check_name(field.name);
    check_value(field.value);
    if (is_of_connection(field.name))
        refuse("a field is of the connection, as connection or transfer-encoding is (RFC 9113 section 8.2.2)");
    if (field.name == "te" && !equals_ignoring_case(field.value, "trailers"))
        refuse("te is anything else than trailers (RFC 9113 section 8.2.2)");
    if (field.name == "content-length") take_length(message, field.value);
    if (field.name != "host") return;
    if (message.host) refuse("host occurs twice (RFC 9110 section 7.2)");
    message.host = &field;
}

}  // namespace

Message take_apart(FieldViews list) {
    Message message;
    const auto first = std::ranges::find_if_not(list, [](const FieldView& f) { return f.name.starts_with(':'); });
    const auto pseudo_fields = static_cast<std::size_t>(first - list.begin());
    for (const auto& field : list.first(pseudo_fields)) take_pseudo(message.pseudo, field);
    message.fields = list.subspan(pseudo_fields);
    for (const auto& field : message.fields) take_field(message, field);
    return message;
}

}  // namespace bascule::http::h2
