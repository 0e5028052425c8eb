#include "proxy/http/act/way.h"

#include "base/text.h"
#include "http/coding/decoder.h"

#include <algorithm>
#include <array>
#include <utility>

namespace bascule::proxy {
namespace {

/// What speaks of the octets of a content that were changed (RFC 9110 section 8.8.3, 14.3; RFC 9530; RFC 1864).
constexpr std::array<std::string_view, 6> kOfContent{"etag",           "accept-ranges", "content-md5",
                                                     "content-digest", "repr-digest",   "digest"};

/// Nothing: in a coding that is not known, or too long.
std::optional<std::string> decoded(ByteView octets, std::string_view coding, std::uint64_t most) {
    if (coding.empty()) return std::string(as_text(octets));
    const auto decoder = http::coding::make_decoder(coding, {.decoded = most});
    std::string text;
    const bool whole =
        decoder && decoder->take(octets, [&](ByteView piece) { text += as_text(piece); }) && decoder->ended();
    return whole ? std::optional(std::move(text)) : std::nullopt;
}

}  // namespace

void Way::lead(End to, http::MessageHead head, ContentPlan plan, net::Time now) {
    to_ = to;
    head_ = std::move(head);
    plan_ = plan;
    not_before_ = now + plan_.delay;
    if (plan_.replace && held_.size() > plan_.replace->limit) replace();
    go_on(now);
}

void Way::say(End to, OwnMessage message, net::Time now) {
    to_ = to;
    heard_all_ = true;
    head_ = std::move(message.head);
    if (message.content) held_.assign(message.content->begin(), message.content->end());
    go_on(now);
}

void Way::drop() {
    dropped_ = over_ = true;
    held_.clear();
    use(unused_);
}

void Way::use(std::size_t octets) {
    const auto some = std::min(octets, unused_);
    unused_ -= some;
    if (from_.speaker && some > 0) from_.speaker->used(from_.exchange, some);
}

void Way::content(ByteView octets, net::Time now) {
    unused_ += octets.size();
    if (dropped_) return use(octets.size());
    if (flows_freely()) {
        passed_ += octets.size();
        return to_.speaker->content(to_.exchange, octets);
    }
    held_.insert(held_.end(), octets.begin(), octets.end());
    if (collects()) use(octets.size());  // bounded by the rule's limit
    if (collects() && held_.size() > plan_.replace->limit) replace();
    go_on(now);
}

void Way::whole(http::OwnedFields trailers, net::Time now) {
    if (dropped_) return;
    heard_all_ = true;
    trailers_ = std::move(trailers);
    go_on(now);
}

bool Way::flows_freely() const {
    return head_said_ && held_.empty() && plan_.plain() && !over_;
}

void Way::reopen() {
    over_ = heard_all_ = dropped_ = false;
    plan_ = {};
}

void Way::lead_on(End to) {
    to_ = to;
    head_said_ = true;
}

void Way::sent(std::size_t octets) {
    sent_ += octets;
    use(octets);
}

net::Time Way::due() const {
    const bool waits = led() && !over_ && (!head_said_ || plan_.pace) && !collects();
    const bool has_more = !head_said_ || !held_.empty() || heard_all_;
    return waits && has_more ? not_before_ : net::Time::max();
}

void Way::say_head() {
    head_said_ = true;
    if (of_ == Of::answer) to_.speaker->answer(to_.exchange, head_);
    if (of_ == Of::request) to_.exchange = to_.speaker->ask(head_);
}

/// All or nothing: where it cannot be done, the content goes on as it came.
void Way::replace() {
    replaced_ = true;
    const auto& rule = *plan_.replace;
    const auto* coding = http::find_field(head_.fields, "content-encoding");
    auto text = held_.size() <= rule.limit ? decoded(held_, coding ? coding->value : "", rule.limit) : std::nullopt;
    using Outcome = rules::BodyEdit::Outcome;
    const auto outcome = text ? rule.edit.apply(*text, rule.limit) : Outcome::too_large;
    if (outcome == Outcome::too_large && rule.block_on_failure) breaks_off_ = true;
    if (outcome != Outcome::changed) return;
    held_.assign(text->begin(), text->end());
    http::remove_fields(head_.fields, "content-encoding");
    for (const auto name : kOfContent) http::remove_fields(head_.fields, name);
    for (auto& field : head_.fields) {
        if (equals_ignoring_case(field.name, "content-length")) field.value = std::to_string(held_.size());
    }
}

/// How much of what is held may go on now.
std::size_t Way::room(net::Time now) const {
    auto most = held_.size();
    if (plan_.pace) most = now < not_before_ ? 0 : std::min<std::uint64_t>(most, plan_.pace->octets);
    if (plan_.truncate) most = std::min<std::uint64_t>(most, *plan_.truncate - passed_);
    if (plan_.abort_after) most = std::min<std::uint64_t>(most, *plan_.abort_after - passed_);
    return most;
}

void Way::go_on(net::Time now) {
    if (!led() || over_ || breaks_off_) return;
    if (collects() && heard_all_) replace();
    if (collects() || breaks_off_) return;
    if (!head_said_) {
        if (now < not_before_) return;
        say_head();
        if (head_.ends) over_ = true;
        if (over_) return;
    }
    const auto some = room(now);
    if (some > 0) pass(some);
    if (some > 0 && plan_.pace) not_before_ = now + plan_.pace->every;
    if (plan_.abort_after && passed_ == *plan_.abort_after) breaks_off_ = true;
    const bool cut = plan_.truncate && passed_ == *plan_.truncate;
    if (!breaks_off_ && (cut || (heard_all_ && held_.empty()))) end();
}

void Way::pass(std::size_t octets) {
    if (plan_.corrupt) corrupt(std::span(held_).first(octets));
    to_.speaker->content(to_.exchange, ByteView(held_).first(octets));
    passed_ += octets;
    held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(octets));
}

void Way::corrupt(std::span<std::uint8_t> octets) const {
    thread_local std::minstd_rand random{std::random_device{}()};
    std::uniform_int_distribution<std::uint64_t> any(1, plan_.corrupt->of);
    for (auto& octet : octets) {
        if (any(random) <= plan_.corrupt->times) octet ^= 0x20;
    }
}

void Way::end() {
    over_ = true;
    const bool cut = !heard_all_ || !held_.empty();
    to_.speaker->whole(to_.exchange, cut ? http::OwnedFields{} : trailers_);
    if (cut) drop();
}

}  // namespace bascule::proxy
