#include "http/h1/forward.h"

#include "base/text.h"
#include "http/h1/grammar.h"
#include "http/h1/parser.h"
#include "http/h1/request.h"
#include "http/hop_by_hop.h"
#include "http/text.h"

#include <fmt/format.h>

#include <array>
#include <vector>

namespace bascule::http {
namespace {

/// RFC 9112 section 3.2.4: OPTIONS for an authority without a path asks about the server as a whole.
std::string target_for_origin(const RequestHead& head, const AbsoluteTarget& target) {
    const auto authority = head.target.find("://");
    const bool whole_server = head.method == "OPTIONS" && authority != std::string::npos &&
                              head.target.find_first_of("/?", authority + 3) == std::string::npos;
    return whole_server ? "*" : target.origin_form;
}

std::string host_value(const HostPort& authority) {
    if (authority.port != 80) return authority.text();
    return authority.host.contains(':') ? "[" + authority.host + "]" : authority.host;
}

/// A field of a request as it is for the origin; empty: it is not for it.
std::string field_for_origin(const RequestHead& head, const Field& field, const std::vector<std::string>& listed,
                             const std::string& host) {
    if (equals_ignoring_case(field.name, "Upgrade") && wants_socket(head)) return "Upgrade: websocket\r\n";
    if (equals_ignoring_case(field.name, "Trailer") && !std::holds_alternative<Chunked>(head.body)) return {};
    if (!passes(field.name, listed)) return {};
    return fmt::format("{}: {}\r\n", field.name, equals_ignoring_case(field.name, "Host") ? host : field.value);
}

}  // namespace

bool persists(const RequestHead& head) {
    return head.minor >= 1 && !lists(head.fields, "Connection", "close");
}

bool wants_socket(const RequestHead& head) {
    const auto* upgrade = head.field("Upgrade");
    return upgrade && head.minor >= 1 && equals_ignoring_case(*upgrade, "websocket") &&
           lists(head.fields, "Connection", "upgrade");
}

std::string for_origin(const RequestHead& head, const AbsoluteTarget& target) {
    const auto listed = listed_by_connection(head.fields);
    const auto host = host_value(target.authority);
    auto out = fmt::format("{} {} HTTP/1.{}\r\n", head.method, target_for_origin(head, target), head.minor);
    if (!head.field("Host")) out += fmt::format("Host: {}\r\n", host);
    for (const auto& field : head.fields) out += field_for_origin(head, field, listed, host);
    if (wants_socket(head)) {
        out += "Connection: Upgrade\r\n";
    } else if (!persists(head)) {
        out += "Connection: close\r\n";
    }
    return out + "\r\n";
}

AnswerHead for_client(std::string_view octets, const Asked& asked, bool client_closes) {
    std::vector<FieldView> fields;
    const auto text = octets.substr(0, HeadEnd(HeadOf::answer).find(octets).value());
    const auto line = parse_answer(text, fields);
    const auto listed = listed_by_connection(fields);
    const bool endless = std::holds_alternative<UntilClose>(check_answer(line, find_known(fields, true), asked));

    AnswerHead head{.text = {}, .size = text.size(), .status = line.status, .persists = {}, .closes = {}};
    head.persists = line.minor >= 1 && !endless && !is_listed("close", listed);
    head.closes = client_closes || endless;
    constexpr std::size_t version = std::string_view("HTTP/1.1").size();
    head.text = fmt::format("HTTP/1.1{}\r\n", text.substr(version, text.find('\r') - version));
    const bool switches = line.status == 101;
    for (const auto& [name, value] : fields) {
        const bool wanted = switches && equals_ignoring_case(name, "Upgrade");
        if (wanted || passes(name, listed)) head.text += fmt::format("{}: {}\r\n", name, value);
    }
    if (switches) {
        head.text += "Connection: Upgrade\r\n";
    } else if (head.closes && !is_informational(line.status)) {
        head.text += "Connection: close\r\n";
    }
    head.text += "\r\n";
    return head;
}

}  // namespace bascule::http
