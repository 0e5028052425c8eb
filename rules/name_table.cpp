#include "rules/name_table.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <random>
#include <utility>

namespace bascule::rules {
namespace {

constexpr std::size_t kEntryHead = 2;
constexpr std::size_t kLine = 64;
constexpr std::size_t kFilterBits = 8;     // per name, at least
constexpr std::size_t kLongestSpill = 64;  // buckets
constexpr std::uint8_t kKinds = NameTable::exact | NameTable::suffix;

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
    const auto product = static_cast<unsigned __int128>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

/// The hash of a label and everything to its right, from the hash of what is to its right.
std::uint64_t extend(std::uint64_t hash, std::string_view label) {
    constexpr std::uint64_t kFirst = 0x9e3779b97f4a7c15, kSecond = 0xd6e8feb86659fd93;
    const auto length = label.size();
    for (; label.size() >= 8; label.remove_prefix(8)) {
        std::uint64_t word = 0;
        std::memcpy(&word, label.data(), 8);
        hash = mix(hash ^ word, kFirst);
    }
    std::uint64_t last = 0;
    for (const char c : label) last = last << 8 | static_cast<unsigned char>(c);
    return mix(hash ^ last, kSecond ^ length);
}

/// A look-up goes to one place at random: with small pages it would cost a walk of the page tables as well.
void prefer_large_pages(void* start, std::size_t size) {
    constexpr std::uintptr_t kLargePage = 2 << 20;
    const auto first = (reinterpret_cast<std::uintptr_t>(start) + kLargePage - 1) & ~(kLargePage - 1);
    const auto last = (reinterpret_cast<std::uintptr_t>(start) + size) & ~(kLargePage - 1);
    if (first < last) ::madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);
}

std::uint8_t tag_of(std::uint64_t hash) {
    return static_cast<std::uint8_t>(hash & ~std::uint64_t{kKinds});
}

std::size_t filter_bit(std::uint64_t hash, std::size_t words) {
    return hash >> 8 & (words * 64 - 1);
}

std::size_t scaled(std::uint64_t hash, std::size_t count) {
    return static_cast<std::size_t>((static_cast<unsigned __int128>(hash) * count) >> 64);
}

/// Takes the labels of a name from the right.
class Labels {
  public:
    explicit Labels(std::string_view name) : name_(name), start_(name.size() + 1) {}

    bool more() const { return start_ > 0; }
    std::string_view next() {
        const auto end = start_ - 1;
        const auto dot = end == 0 ? std::string_view::npos : name_.rfind('.', end - 1);
        start_ = dot == std::string_view::npos ? 0 : dot + 1;
        return name_.substr(start_, end - start_);
    }
    std::string_view taken() const { return name_.substr(start_); }

  private:
    std::string_view name_;
    std::size_t start_;
};

std::uint64_t depth_bit(int labels) {
    return std::uint64_t{1} << std::min(labels, 63);
}

}  // namespace

NameTable::NameTable() {
    std::random_device random;
    seed_ = std::uint64_t{random()} << 32 | random();
}

bool NameTable::add(std::string_view name, Kind kind) {
    if (added_.size() + kEntryHead + name.size() > kLargest) return false;
    added_ += static_cast<char>(name.size());
    added_ += static_cast<char>(kind);
    added_ += name;
    ++entries_;
    return true;
}

void NameTable::seal() {
    if (added_.empty()) return;
    for (auto count = added_.size() * 5 / 3 / kBucket + 1; !build(count);) count *= 2;
    std::string().swap(added_);
}

/// False where names do not fit well: many that are just too long for two of them to share a bucket.
bool NameTable::build(std::size_t count) {
    size_ = 0;
    filter_.assign(std::bit_ceil(entries_ * kFilterBits / 64 + 1), 0);
    buckets_.clear();
    buckets_.reserve(count);
    prefer_large_pages(buckets_.data(), count * sizeof(Bucket));
    buckets_.resize(count);
    for (std::size_t at = 0; at < added_.size();) {
        const auto length = static_cast<std::uint8_t>(added_[at]);
        const auto kind = static_cast<Kind>(added_[at + 1]);
        if (!place(std::string_view(added_).substr(at + kEntryHead, length), kind)) return false;
        at += kEntryHead + length;
    }
    return true;
}

bool NameTable::place(std::string_view name, Kind kind) {
    const auto hash = hash_of(name);
    note_kind(name, kind);
    const auto bit = filter_bit(hash, filter_.size());
    filter_[bit / 64] |= std::uint64_t{1} << bit % 64;
    auto index = scaled(hash, buckets_.size());
    for (std::size_t spill = 0; spill < kLongestSpill; ++spill) {
        auto& bucket = buckets_[index];
        const auto at = bucket.seek(tag_of(hash), name);
        if (at + kEntryHead + name.size() <= Bucket::kRoom) {
            const auto known = bucket.octets[at] != 0 ? bucket.octets[at + 1] & kKinds : 0;
            if ((known & kind) == 0) ++size_;
            bucket.octets[at] = static_cast<std::uint8_t>(name.size());
            bucket.octets[at + 1] = static_cast<std::uint8_t>(tag_of(hash) | known | kind);
            std::memcpy(&bucket.octets[at + kEntryHead], name.data(), name.size());
            return true;
        }
        bucket.spilled = 1;
        index = index + 1 == buckets_.size() ? 0 : index + 1;
    }
    return false;
}

void NameTable::note_kind(std::string_view name, Kind kind) {
    if (kind == suffix) suffix_depths_ |= depth_bit(1 + static_cast<int>(std::ranges::count(name, '.')));
    if (kind == exact) has_exact_ = true;
}

/// Where the entry of this name begins, or where the bucket has room for it, or where it ends.
std::size_t NameTable::Bucket::seek(std::uint8_t tag, std::string_view name) const {
    std::size_t at = 0;
    while (at + kEntryHead < kRoom && octets[at] != 0) {
        const std::size_t length = octets[at];
        if (((octets[at + 1] ^ tag) & ~kKinds) == 0 && length == name.size() &&
            std::memcmp(&octets[at + kEntryHead], name.data(), length) == 0) {
            break;
        }
        at += kEntryHead + length;
    }
    return at;
}

std::optional<NameTable::Hit> NameTable::find(std::string_view name) const {
    if (buckets_.empty()) return std::nullopt;
    std::uint64_t hash = seed_;
    int depth = 1;
    for (Labels labels(name); labels.more(); ++depth) {
        hash = extend(hash, labels.next());
        const auto kind = labels.more() ? suffix : exact;
        if (kind == suffix ? (suffix_depths_ & depth_bit(depth)) == 0 : !has_exact_) continue;
        if (const auto found = match(hash, labels.taken(), kind)) return Hit{kind, *found};
    }
    return std::nullopt;
}

std::optional<std::string_view> NameTable::match(std::uint64_t hash, std::string_view name, Kind kind) const {
    const auto bit = filter_bit(hash, filter_.size());
    if ((filter_[bit / 64] >> bit % 64 & 1) == 0) return std::nullopt;
    auto index = scaled(hash, buckets_.size());
    for (std::size_t spill = 0; spill < kLongestSpill; ++spill) {
        const auto& bucket = buckets_[index];
        for (std::size_t line = kLine; line < kBucket; line += kLine) __builtin_prefetch(&bucket.octets[line - 1]);
        const auto at = bucket.seek(tag_of(hash), name);
        if (at + kEntryHead < Bucket::kRoom && bucket.octets[at] != 0) {
            if ((bucket.octets[at + 1] & kind) == 0) return std::nullopt;
            return std::string_view(reinterpret_cast<const char*>(&bucket.octets[at + kEntryHead]), name.size());
        }
        if (bucket.spilled == 0) break;
        index = index + 1 == buckets_.size() ? 0 : index + 1;
    }
    return std::nullopt;
}

std::uint64_t NameTable::hash_of(std::string_view name) const {
    std::uint64_t hash = seed_;
    for (Labels labels(name); labels.more();) hash = extend(hash, labels.next());
    return hash;
}

}  // namespace bascule::rules
