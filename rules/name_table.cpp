#include "rules/name_table.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <random>
#include <utility>

namespace bascule::rules {
namespace {

constexpr std::size_t kSmallest = 16;
constexpr int kTagBits = 30;
constexpr std::size_t kFilterBits = 8;  // per name, at least

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

std::uint32_t tag_of(std::uint64_t hash) {
    return static_cast<std::uint32_t>(hash >> (64 - kTagBits)) << 2;
}

/// A look-up touches two places at random: with small pages each would cost a walk of the page tables as well.
void prefer_large_pages(void* start, std::size_t size) {
    constexpr std::uintptr_t kLargePage = 2 << 20;
    const auto first = (reinterpret_cast<std::uintptr_t>(start) + kLargePage - 1) & ~(kLargePage - 1);
    const auto last = (reinterpret_cast<std::uintptr_t>(start) + size) & ~(kLargePage - 1);
    if (first < last) ::madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);
}

std::size_t filter_bit(std::uint32_t tag, std::size_t words) {
    return (tag >> 2) & (words * 64 - 1);
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
    filter_.clear();
    std::uint64_t hash = seed_;
    int depth = 0;
    for (Labels labels(name); labels.more(); ++depth) hash = extend(hash, labels.next());
    if (kind == suffix) suffix_depths_ |= depth_bit(depth);
    if (kind == exact) has_exact_ = true;

    const auto tag = tag_of(hash);
    if (const auto* known = probe(tag, name)) {
        auto& slot = slots_[static_cast<std::size_t>(known - slots_.data())];
        if ((slot.tag & kind) == 0) ++size_;
        slot.tag |= kind;
        return true;
    }
    if (arena_.size() + name.size() + 1 >= std::numeric_limits<std::uint32_t>::max()) return false;
    if ((entries_ + 1) * 4 > slots_.size() * 3) resize(std::max(kSmallest, slots_.size() * 2));
    free_slot_for(tag) = {.offset = static_cast<std::uint32_t>(arena_.size() + 1), .tag = tag | kind};
    arena_ += static_cast<char>(name.size());
    arena_ += name;
    ++entries_;
    ++size_;
    return true;
}

std::optional<NameTable::Hit> NameTable::find(std::string_view name) const {
    if (entries_ == 0) return std::nullopt;
    std::uint64_t hash = seed_;
    int depth = 1;
    for (Labels labels(name); labels.more(); ++depth) {
        hash = extend(hash, labels.next());
        const auto kind = labels.more() ? suffix : exact;
        if (kind == suffix ? (suffix_depths_ & depth_bit(depth)) == 0 : !has_exact_) continue;
        const auto tag = tag_of(hash);
        const auto bit = filter_.empty() ? 0 : filter_bit(tag, filter_.size());
        if (!filter_.empty() && (filter_[bit / 64] >> bit % 64 & 1) == 0) continue;
        const auto* slot = probe(tag, labels.taken());
        if (slot && (slot->tag & kind) != 0) return Hit{kind, name_at(*slot)};
    }
    return std::nullopt;
}

void NameTable::seal() {
    if (entries_ > 0) resize(std::max(kSmallest, entries_ + entries_ / 2));
    std::string arena;
    arena.reserve(arena_.size());
    prefer_large_pages(arena.data(), arena.capacity());
    arena_ = std::move(arena.append(arena_));
    fill_filter();
}

void NameTable::fill_filter() {
    filter_.assign(std::bit_ceil(entries_ * kFilterBits / 64 + 1), 0);
    for (const auto& slot : slots_) {
        if (slot.offset == 0) continue;
        const auto bit = filter_bit(slot.tag, filter_.size());
        filter_[bit / 64] |= std::uint64_t{1} << bit % 64;
    }
}

std::string_view NameTable::name_at(const Slot& slot) const {
    const auto length = static_cast<unsigned char>(arena_[slot.offset - 1]);
    return std::string_view(arena_).substr(slot.offset, length);
}

std::size_t NameTable::home(std::uint32_t tag) const {
    return static_cast<std::size_t>((std::uint64_t{tag >> 2} * slots_.size()) >> kTagBits);
}

const NameTable::Slot* NameTable::probe(std::uint32_t tag, std::string_view name) const {
    if (slots_.empty()) return nullptr;
    for (auto index = home(tag); slots_[index].offset != 0; index = index + 1 == slots_.size() ? 0 : index + 1) {
        const auto& slot = slots_[index];
        if ((slot.tag ^ tag) < 4 && name_at(slot) == name) return &slot;
    }
    return nullptr;
}

NameTable::Slot& NameTable::free_slot_for(std::uint32_t tag) {
    auto index = home(tag);
    while (slots_[index].offset != 0) index = index + 1 == slots_.size() ? 0 : index + 1;
    return slots_[index];
}

void NameTable::resize(std::size_t slots) {
    std::vector<Slot> fresh;
    fresh.reserve(slots);
    prefer_large_pages(fresh.data(), slots * sizeof(Slot));
    fresh.resize(slots);
    const auto old = std::exchange(slots_, std::move(fresh));
    for (const auto& slot : old) {
        if (slot.offset != 0) free_slot_for(slot.tag) = slot;
    }
}

}  // namespace bascule::rules
