#include "http/coding/decoder.h"

#include "base/text.h"
#include "http/coding/stages.h"
#include "http/text.h"

#include <algorithm>
#include <array>

namespace bascule::http::coding {
namespace {

constexpr std::size_t kMostStages = 4;

struct Coding {
    std::string_view name;
    std::unique_ptr<Stage> (*make)(Bounds);
};
constexpr std::array<Coding, 5> kCodings{
    {{"gzip", make_gzip}, {"x-gzip", make_gzip}, {"deflate", make_deflate}, {"br", make_brotli}, {"zstd", make_zstd}}};

std::unique_ptr<Stage> make_stage(std::string_view name, Bounds bounds) {
    const auto* coding =
        std::ranges::find_if(kCodings, [&](const Coding& known) { return equals_ignoring_case(known.name, name); });
    return coding == kCodings.end() ? nullptr : coding->make(bounds);
}

/// Takes the last element of a list off it.
std::string_view take_last(std::string_view& list) {
    const auto comma = list.rfind(',');
    const auto last = trimmed(list.substr(comma + 1));
    list = comma == list.npos ? std::string_view() : list.substr(0, comma);
    return last;
}

}  // namespace

Decoder::Decoder(std::vector<std::unique_ptr<Stage>> stages) : stages_(std::move(stages)) {}
Decoder::~Decoder() = default;

bool Decoder::take(ByteView octets, Sink sink) {
    return why().empty() && pass(0, octets, sink);
}

bool Decoder::pass(std::size_t stage, ByteView octets, Sink sink) {
    if (stage < stages_.size()) {
        return stages_[stage]->take(octets, [&](ByteView piece) { return pass(stage + 1, piece, sink); });
    }
    if (!octets.empty()) sink(octets);
    return true;
}

bool Decoder::ended() const {
    return std::ranges::all_of(stages_, &Stage::ended);
}

std::string_view Decoder::why() const {
    const auto stopped = std::ranges::find_if(stages_, [](const auto& stage) { return !stage->why().empty(); });
    return stopped == stages_.end() ? std::string_view() : (*stopped)->why();
}

std::unique_ptr<Decoder> make_decoder(std::string_view content_encoding, Bounds bounds) {
    std::vector<std::unique_ptr<Stage>> stages;
    while (!content_encoding.empty()) {
        const auto name = take_last(content_encoding);
        if (name.empty() || equals_ignoring_case(name, "identity")) continue;
        auto stage = make_stage(name, bounds);
        if (!stage || stages.size() == kMostStages) return nullptr;
        stages.push_back(std::move(stage));
    }
    return std::make_unique<Decoder>(std::move(stages));
}

}  // namespace bascule::http::coding
