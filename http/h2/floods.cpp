#include "http/h2/floods.h"

#include "http/h2/bad.h"

#include <string_view>

namespace bascule::http::h2 {
namespace {

constexpr std::chrono::seconds kSpan{10};
// So often the clock is looked at in mere traffic: what it has earned is forgotten with its span.
constexpr std::uint64_t kUsefulBetweenLooks = 100'000;

/// So many in a span, and so many more for what comes among them.
struct Limit {
    std::uint32_t few;
    std::uint32_t per_useful;
    std::uint32_t per_two_exchanges;
    std::string_view name;
};

/// In the order of Useless.
constexpr std::array<Limit, kUselessKinds> kLimits{{
    // One at the start; gRPC announces a larger window a few times while it learns the bandwidth.
    {100, 0, 0, "SETTINGS flood (CVE-2019-9515)"},
    // gRPC measures with one ping for each round trip in which data came: never more than there are data frames.
    {1000, 1, 0, "PING flood (CVE-2019-9512)"},
    // Two for each frame of data, and one for each request of Firefox; small readers grant every KiB by itself.
    {1000, 4, 0, "WINDOW_UPDATE flood: windows grow and nothing is sent"},
    // Browsers reorder what is open when a page becomes visible: some for each request.
    {1000, 4, 0, "PRIORITY flood (CVE-2019-9513)"},
    // Libraries that flush with nothing to send: at most one between two frames of data.
    {1000, 1, 0, "empty DATA flood (CVE-2019-9518)"},
    // A page that is left cancels all it was loading: some hundreds. Whoever cancels everything gets to 1000; whoever
    // lets half of it finish never gets there.
    {500, 0, 1, "rapid reset: more than half of the requests are cancelled (CVE-2023-44487)"},
    // An origin that sheds load refuses some; that it resets most is what the client makes it do.
    {500, 0, 1, "MadeYouReset: the origin resets more than half of the requests (CVE-2025-8671)"},
    // Heads and cancellations that cross the end of a stream: one or two for each exchange.
    {1000, 1, 2, "flood of frames for streams that are closed (CVE-2023-44487)"},
    // Unknown types: browsers send one now and then so that others stay able to read them (RFC 8701), origins some
    // ALTSVC and ORIGIN. GOAWAY: two for each connection. Acknowledgements of no PING: none.
    {1000, 1, 0, "flood of frames that do nothing: of unknown types, GOAWAY, acknowledgements of no PING"},
    // 103 once or twice for a page, 102 every few seconds for each request.
    {1000, 0, 4, "flood of informational answers"},
}};

}  // namespace

std::uint64_t Floods::allowed(Useless kind) const {
    const auto& limit = kLimits[static_cast<std::size_t>(kind)];
    return limit.few + limit.per_useful * useful_ + limit.per_two_exchanges * opened_ / 2;
}

void Floods::count(bool up, Useless kind) {
    auto& count = counts_[up ? 1 : 0][static_cast<std::size_t>(kind)];
    if (++count <= allowed(kind) || start_over()) return;
    flooded(std::string(kLimits[static_cast<std::size_t>(kind)].name));
}

void Floods::opened() {
    ++opened_;
    head();
}

void Floods::useful(std::uint32_t units) {
    useful_ += units;
    if (useful_ < look_at_) return;
    start_over();
    look_at_ = useful_ + kUsefulBetweenLooks;
}

/// Once the span is over. The clock is not looked at before a limit is reached: until then it does not matter.
bool Floods::start_over() {
    const auto now = now_();
    if (now - began_ < kSpan) return false;
    began_ = now;
    counts_ = {};
    useful_ = opened_ = look_at_ = 0;
    return true;
}

}  // namespace bascule::http::h2
