#include "proxy/http/error_text.h"

#include "http/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace bascule::proxy {
namespace {

using inspect::How;

constexpr std::string_view kPage = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name}: {title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.55 system-ui, sans-serif; max-width: 36rem; margin: 10vh auto 0; padding: 1.25rem; }}
h1 {{ font-size: 1.4rem; overflow-wrap: anywhere; }}
small {{ opacity: .7; }}
</style>
</head>
<body>
<h1>{name}: {title}</h1>
<p>{happened} {remedy}</p>
<p><small>This was said by Bascule, the proxy of this network, not by the server.<br>Reference: {id}</small></p>
</body>
</html>
)";

constexpr std::string_view kLater = "Try again later.";
constexpr std::string_view kAsk = "If you need it, ask whoever runs this proxy, and give the reference below.";

struct Text {
    How how;
    int status;
    std::string_view title, happened, remedy;
};
constexpr std::array kTexts{
    Text{How::unverified, 502, "not safe to connect",
         "The server could not prove that it is the one you asked for, so nothing was sent to it.",
         "Tell whoever runs this proxy, and give the reference below."},
    Text{How::unresolved, 502, "not found", "There is no address for this name.",
         "Check the name for a mistake; if it is right, try again later."},
    Text{How::refused, 502, "not reached", "The server does not take connections.", kLater},
    Text{How::unreachable, 502, "not reached", "There is no way to the server.", kLater},
    Text{How::timeout, 504, "no answer", "The server did not answer in time.", kLater},
    Text{How::blocked, 403, "blocked", "Connections to this server are not allowed here.", kAsk},
    Text{How::denied, 403, "blocked", "Connections to this server are not allowed here.", kAsk},
};

const Text* text_for(How how) {
    const auto* found = std::ranges::find(kTexts, how, &Text::how);
    return found == kTexts.end() ? nullptr : found;
}

}  // namespace

bool has_page(How how) {
    return text_for(how) != nullptr;
}

http::Page error_page(How how, std::string_view server_name, std::string_view id) {
    const auto& text = *text_for(how);
    return {
        .status = text.status,
        .html = fmt::format(kPage, fmt::arg("name", http::in_html(server_name)), fmt::arg("title", text.title),
                            fmt::arg("happened", text.happened), fmt::arg("remedy", text.remedy), fmt::arg("id", id))};
}

}  // namespace bascule::proxy
