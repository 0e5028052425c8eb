#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bascule::rules {

/// Names in lower-case A-label form, each wanted exactly, as a suffix (below it, not itself), or both. Their hash says
/// in which bucket of a few cache lines the name itself lies, so that a hit goes to one place in memory; a filter,
/// small enough for a core's own cache, lets most misses go without. The hash runs over the labels from the right: one
/// pass finds every suffix. It is seeded at random, since lists come from strangers. Names are added first, then the
/// table is sealed, then it is asked, by as many threads as like to.
class NameTable {
  public:
    enum Kind : std::uint8_t { exact = 1, suffix = 2 };
    struct Hit {
        Kind kind;
        std::string_view name;  ///< in the table
    };

    NameTable();
    /// False where the table is full (4 GiB of names). `name` has 1 to 253 octets.
    bool add(std::string_view name, Kind kind);
    /// Once, after the last add(). Nothing is found before.
    void seal();

    std::optional<Hit> find(std::string_view name) const;
    /// How many (name, kind) there are; counted by seal().
    std::size_t size() const { return size_; }

  private:
    static constexpr std::size_t kLargest = UINT32_MAX;
    static constexpr std::size_t kBucket = 256;  ///< octets: the longest name fits

    /// Entries one behind the other: length octet, six bits of the hash and two of Kind, name. A length of 0 ends them.
    struct alignas(64) Bucket {
        static constexpr std::size_t kRoom = kBucket - 1;
        std::array<std::uint8_t, kRoom> octets;
        std::uint8_t spilled;  ///< not 0: names of this bucket lie in the next one, for want of room

        std::size_t seek(std::uint8_t tag, std::string_view name) const;
    };
    static_assert(sizeof(Bucket) == kBucket);

    std::uint64_t hash_of(std::string_view name) const;
    bool build(std::size_t count);
    bool place(std::string_view name, Kind kind);
    void note_kind(std::string_view name, Kind kind);
    std::optional<std::string_view> match(std::uint64_t hash, std::string_view name, Kind kind) const;

    std::uint64_t seed_;
    std::string added_;  ///< until seal(): length octet, Kind, name
    std::size_t entries_ = 0;
    std::vector<Bucket> buckets_;
    std::vector<std::uint64_t> filter_;  ///< bits, at places that the hash says
    std::size_t size_ = 0;
    std::uint64_t suffix_depths_ = 0;  ///< bit n: there is a suffix of n labels (63: of 63 or more)
    bool has_exact_ = false;
};

}  // namespace bascule::rules
