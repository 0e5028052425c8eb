#include "rules/message/action.h"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace bascule::rules {
namespace {

std::string_view name_of(EditFields::How how) {
    switch (how) {
        case EditFields::How::set:
            return "set_header";
        case EditFields::How::add:
            return "add_header";
        case EditFields::How::remove:
            return "remove_header";
    }
    std::unreachable();
}

}  // namespace

std::string_view name_of(Side side) {
    return side == Side::request ? "request" : "response";
}

std::string RewriteTo::url() const {
    const bool v6 = host.contains(':');
    return fmt::format("{}://{}{}{}:{}", tls ? "https" : "http", v6 ? "[" : "", host, v6 ? "]" : "", port);
}

bool MessageAction::ends() const {
    return std::holds_alternative<Block>(what) || std::holds_alternative<Redirect>(what) ||
           std::holds_alternative<Respond>(what);
}

bool MessageAction::acts() const {
    return !std::holds_alternative<LogDetail>(what);
}

std::string_view MessageAction::name() const {
    if (const auto* edit = std::get_if<EditFields>(&what)) return name_of(edit->how);
    constexpr std::array<std::string_view, std::variant_size_v<What>> kNames{
        "block",         "redirect", "respond",     "rewrite_to",      "",    "replace_body",
        "delay",         "throttle", "abort_after", "strip_alt_svc",   "log", "status",
        "truncate_body", "corrupt",  "drip",        "duplicate_header"};
    return kNames.at(what.index());
}

}  // namespace bascule::rules
