#pragma once

#include "inspect/record.h"
#include "inspect/utf8.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <concepts>
#include <string_view>

/// The one list of what a connection record holds, in the order of the output. Every format is a visitor of it, so
/// that a new fact appears in all of them, under one name.
namespace bascule::inspect {

template <class Out>
void list_fields(const TlsFacts& tls, Out& out) {
    out("version", tls.version);
    out("cipher", tls.cipher);
    out("group", tls.group);
    out("resumed", tls.resumed);
}

template <class Out>
void list_fields(const CertificateFacts& certificate, Out& out) {
    out("fingerprint", certificate.fingerprint);
    out("subject", certificate.subject);
    out("issuer", certificate.issuer);
    out("not_after", certificate.not_after);
    out("verify", certificate.verify);
    out("ocsp", certificate.ocsp);
    out("forged_serial", certificate.forged_serial);
}

template <class Out>
void list_fields(const ClientCertificateFacts& certificate, Out& out) {
    out("fingerprint", certificate.fingerprint);
    out("subject", certificate.subject);
    out("issuer", certificate.issuer);
    out("not_after", certificate.not_after);
}

template <class Out>
void list_fields(const Timings& timings, Out& out) {
    out("peek", timings.peek);
    out("resolve", timings.resolve);
    out("connect", timings.connect);
    out("upstream_handshake", timings.upstream_handshake);
    out("client_handshake", timings.client_handshake);
    out("total", timings.total);
}

template <class Out>
void list_fields(const End& end, Out& out) {
    out("by", end.by);
    out("how", end.how);
    out("step", end.step);
    out("detail", end.detail);
}

template <class Out>
void list_fields(const ConnectionRecord& record, Out& out) {
    out("id", record.id);
    out("listener", record.listener);
    out("mode", record.mode);
    out("protocol", record.protocol);
    out("source", record.source);
    out("target", record.target);
    out("destination", record.destination);
    out("server_name", record.server_name);
    out("action", record.action);
    out("rule", record.rule);
    out("rule_at", record.rule_at);
    out("reason", record.reason);
    out("alpn", record.alpn);
    out("client_tls", record.client_tls);
    out("upstream_tls", record.upstream_tls);
    out("certificate", record.certificate);
    out("client_certificate", record.client_certificate);
    out("certificate_requested", record.certificate_requested);
    out("ja4", record.ja4);
    out("upstream_ja4", record.upstream_ja4);
    out("downgraded", record.downgraded);
    out("http", record.http);
    out("exchanges", record.exchanges);
    out("bytes_up", record.bytes_up);
    out("bytes_down", record.bytes_down);
    out("content_dropped", record.content_dropped);
    out("timings_ms", record.timings);
    out("end", record.end);
}

/// The most octets of one text: longer ones are cut there, so that even escaped the line of a record
/// stays below 64 KiB.
constexpr std::size_t kLongestValue = 1024;

/// A number as text, on the stack. Milliseconds have at most three decimals.
class NumberText {
  public:
    explicit NumberText(std::unsigned_integral auto value) {
        end_ = std::to_chars(room_.begin(), room_.end(), value).ptr;
    }
    explicit NumberText(double milliseconds) {
        const double bounded = milliseconds > 0 ? std::min(milliseconds, 1e15) : 0;
        end_ = std::to_chars(room_.begin(), room_.end(), bounded, std::chars_format::fixed, 3).ptr;
        while (end_[-1] == '0') --end_;
        if (end_[-1] == '.') --end_;
    }
    std::string_view view() const { return {room_.data(), end_}; }

  private:
    std::array<char, 32> room_;
    char* end_;
};

enum class Kind : std::uint8_t { text, literal };

template <class Value>
concept Words = std::same_as<Value, std::vector<std::string_view>> || std::same_as<Value, std::vector<std::string>>;

/// Turns any field into `leaf(key, text, kind)`, between `open(key)` and `close()` where it is nested, or into
/// `list(key, texts)`. What is not known (an empty text or list, an absent optional) is not visited.
struct FieldVisitor {
    template <class Self, class Value>
    void operator()(this Self& self, std::string_view key, const Value& value) {
        if constexpr (requires { value.has_value(); }) {
            if (value) self(key, *value);
        } else if constexpr (std::convertible_to<const Value&, std::string_view>) {
            const std::string_view text = value;
            if (!text.empty()) self.leaf(key, utf8_prefix(text, kLongestValue), Kind::text);
        } else if constexpr (Words<Value>) {
            if (!value.empty()) self.list(key, value);
        } else if constexpr (std::is_enum_v<Value>) {
            self.leaf(key, name_of(value), Kind::text);
        } else if constexpr (std::same_as<Value, bool>) {
            self.leaf(key, value ? "true" : "false", Kind::literal);
        } else if constexpr (std::is_arithmetic_v<Value>) {
            self.leaf(key, NumberText(value).view(), Kind::literal);
        } else {
            self.open(key);
            list_fields(value, self);
            self.close();
        }
    }
};

}  // namespace bascule::inspect
