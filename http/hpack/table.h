#pragma once

#include "http/hpack/static_table.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bascule::http::hpack {

/// What a field counts beyond its octets (RFC 7541 section 4.1).
inline constexpr std::size_t kFieldOverhead = 32;

/// The fields that a block may refer to (RFC 7541 section 2.3): the static ones, then the newest first. Holds little
/// more than their octets, for many connections are idle most of the time.
class Table {
  public:
    /// Views that live until the table changes. Nothing: there is none.
    std::optional<Entry> find(std::size_t index) const;
    /// The oldest make room for it; one that is too large empties the table (RFC 7541 section 4.4).
    void add(const Entry& entry);
    void resize(std::size_t limit);
    std::size_t limit() const { return limit_; }

  private:
    struct Place {
        std::uint32_t begin;  ///< among all octets that were ever added, modulo 2^32
        std::uint32_t name;   ///< octets; the value goes on to the next
    };
    std::size_t live() const { return places_.size() - gone_; }
    std::size_t begin_of(std::size_t place) const;
    void shrink_to(std::size_t size);
    void forget();

    std::string text_;           ///< names and values, the oldest first
    std::vector<Place> places_;  ///< the oldest first
    std::size_t gone_ = 0;       ///< so many of them are not in the table any more
    std::size_t size_ = 0;
    std::size_t limit_ = 4096;
    std::uint32_t forgotten_ = 0;  ///< octets before those in `text_`, modulo 2^32
};

}  // namespace bascule::http::hpack
