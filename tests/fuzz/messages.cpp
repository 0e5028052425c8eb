// links: bascule_inspect
// Whatever a message holds, its entry of HAR and its line of ndjson are JSON, and its text has no controls.
#include "inspect/content/message_ndjson.h"
#include "inspect/content/message_text.h"
#include "inspect/har/har_entry.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>

using namespace bascule::inspect;

namespace {

std::string take(std::string_view& input, std::size_t most) {
    const auto part = input.substr(0, std::min(most, input.size()));
    input.remove_prefix(part.size());
    return std::string(part);
}

void require(bool holds) {
    if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr const char* types[]{"application/json", "application/x-www-form-urlencoded", "text/plain"};
    std::string_view input(reinterpret_cast<const char*>(data), size);
    HarExchange all;
    const auto choice = size > 0 ? data[0] : 0;
    all.request.head.method = take(input, 4);
    all.request.head.path = take(input, 20);
    all.request.head.fields = {{"Content-Type", types[choice % 3]}, {"Cookie", take(input, 20)}};
    all.request.dropped = choice % 2;
    all.request.body = input;
    all.request.body_bytes = input.size();
    all.answer = all.request;
    all.answer.direction = Direction::down;
    std::string text;
    append_har_entry(text, all);
    require(nlohmann::json::accept(text));
    text.clear();
    append_ndjson_message(text, all.place, all.request);
    require(nlohmann::json::accept(text));
    text.clear();
    append_text_message(text, all.place, all.request);
    require(
        std::ranges::none_of(text, [](char c) { return (c >= 0 && c < ' ' && c != '\n' && c != '\t') || c == 0x7f; }));
    return 0;
}
