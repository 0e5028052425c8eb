// links: bascule_config
#include "config/decode.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

using namespace bascule;

namespace {

constexpr std::string_view kRest = "ca: {certificate: a, key: b}\nlisteners: [{address: 127.0.0.1:1}]\nhttp:\n";

void check(bool holds) {
    if (!holds) __builtin_trap();
}

std::string_view cut(std::string_view& text, char mark) {
    const auto part = text.substr(0, text.find(mark));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    return part;
}

/// What acts by the index is what acts by asking each rule.
void judge(const rules::MessageRules& rules, std::string_view message) {
    rules::Facts connection;
    connection.server_name = cut(message, '\n');
    const auto method = cut(message, '\n'), host = cut(message, '\n'), path = cut(message, '\n');
    const rules::Field field{cut(message, '\n'), cut(message, '\n')};
    const rules::RequestFacts request{
        .method = method, .host = host, .path = path, .query = message, .fields = {&field, 1}};
    const rules::ResponseFacts response{.status = static_cast<int>(message.size()) + 200, .fields = {&field, 1}};
    const auto verdict = rules.judge(connection, request);
    auto deeds = verdict.deeds;
    if (!verdict.ends) std::ranges::copy(rules.judge(verdict.later, response).deeds, std::back_inserter(deeds));
    const auto reasons = rules.explain(connection, request, &response);
    for (const auto& deed : deeds) check(reasons[deed.rule].outcome == rules::MessageReason::Outcome::acts);
    if (!deeds.empty() && std::ranges::any_of(deeds, [&](auto deed) { return rules.action(deed).acts(); })) {
        check(rules.may_match(connection) != rules::Reach::none);
    }
    for (std::size_t i = 0; i < rules.rules().size(); ++i) rules.taken_before(i);
}

}  // namespace

/// The section `http`, a NUL, and a message: there are rules or a reason, and the judges agree.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto section = cut(text, '\0');
    const auto loaded = config::parse_unbuilt(std::string(kRest) + std::string(section), "b.yaml");
    check(loaded.config.has_value() == loaded.problems.empty());
    if (loaded.config) judge(*loaded.config->messages, text);
    return 0;
}
