#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace bascule::rules {

/// The lower-case A-label form of a DNS name (IDNA2008 by libidn2, non-transitional), one trailing dot removed; an IP
/// address in its text form as it is. Nothing where it is neither: an empty label, over 253 octets, NUL, a slash...
/// Underscores are let through: they occur in real names.
std::optional<std::string> normalize_name(std::string_view name);

/// One pattern of server names, as it is written.
struct NamePattern {
    enum class Kind : std::uint8_t { exact, suffix, regex };

    Kind kind = Kind::exact;
    std::string text;  ///< a name in lower-case A-label form; of a suffix without `*.`, of a regex without its slashes

    /// Else what is wrong with it, for a person; whether a regex is one is not asked.
    static std::expected<NamePattern, std::string> parse(std::string_view written);
    std::string written() const;
    auto operator<=>(const NamePattern&) const = default;
};

/// A set of server names: exact names, `*.suffix` (any depth, not the apex) and `/regex/` (RE2, unanchored,
/// case-insensitive). A look-up costs the same among ten names and a million; a million names cost under 150 MB while
/// loading and load within 3 s.
class NameSet {
  public:
    NameSet();
    NameSet(NameSet&&) noexcept;
    NameSet& operator=(NameSet&&) noexcept;
    ~NameSet();

    /// Adds one pattern as written. Returns what is wrong with it, for a person, or nothing.
    std::optional<std::string> add(std::string_view pattern);
    std::optional<std::string> add(const NamePattern& pattern);
    /// To be called once after the last add(): compiles the patterns and drops what was needed only for building.
    /// Returns what is wrong, or nothing.
    std::optional<std::string> seal();

    /// `name` in lower-case A-label form.
    bool contains(std::string_view name) const;
    /// The pattern that matched, as stored, for `explain`.
    std::optional<std::string> matching(std::string_view name) const;
    std::size_t size() const;

  private:
    struct Storage;
    std::unique_ptr<Storage> storage_;
};

}  // namespace bascule::rules
