#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bascule::rules {

/// Names in lower-case A-label form, each wanted exactly, as a suffix (below it, not itself), or both. All of them lie
/// in one arena; an open-addressing hash holds their offsets with a piece of each hash, so that a miss reads one slot
/// and no name. The hash runs over the labels from the right: one pass finds every suffix. It is seeded at random,
/// since lists come from strangers. Not for concurrent change; concurrent look-ups are fine.
class NameTable {
  public:
    enum Kind : std::uint32_t { exact = 1, suffix = 2 };
    struct Hit {
        Kind kind;
        std::string_view name;  ///< in the arena
    };

    NameTable();
    /// False where the arena is full (4 GiB). `name` has 1 to 253 octets.
    bool add(std::string_view name, Kind kind);
    std::optional<Hit> find(std::string_view name) const;
    /// How many (name, kind) there are.
    std::size_t size() const { return size_; }
    /// After the last add(): gives back what was needed for building, and makes what lets most misses go by one bit.
    void seal();

  private:
    struct Slot {
        std::uint32_t offset = 0;  ///< 1 + where the name's length octet is; 0: free
        std::uint32_t tag = 0;     ///< 30 bits of the hash, which also place the slot, and two of Kind
    };

    std::string_view name_at(const Slot& slot) const;
    const Slot* probe(std::uint32_t tag, std::string_view name) const;
    std::size_t home(std::uint32_t tag) const;
    Slot& free_slot_for(std::uint32_t tag);
    void resize(std::size_t slots);
    void fill_filter();

    std::uint64_t seed_;
    std::vector<Slot> slots_;
    std::vector<std::uint64_t> filter_;  ///< a bit for each home of a finer table; small enough for a core's cache
    std::string arena_;
    std::size_t entries_ = 0;
    std::size_t size_ = 0;
    std::uint64_t suffix_depths_ = 0;  ///< bit n: there is a suffix of n labels (63: of 63 or more)
    bool has_exact_ = false;
};

}  // namespace bascule::rules
