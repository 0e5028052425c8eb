#include "rules/name_set.h"

#include "base/address.h"
#include "base/text.h"
#include "rules/name_table.h"
#include "rules/patterns.h"

#include <fmt/format.h>

#include <algorithm>

namespace bascule::rules {
namespace {

constexpr std::size_t kLongestShown = 80;

std::string wrong(std::string_view pattern, std::string_view why) {
    return fmt::format("\"{}\"{} {}", escape(pattern.substr(0, kLongestShown)),
                       pattern.size() > kLongestShown ? "..." : "", why);
}

bool has_numeric_end(std::string_view name) {
    const auto last = name.substr(name.rfind('.') + 1);
    return std::ranges::all_of(last, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

struct NameSet::Storage {
    NameTable names;
    Patterns patterns;
};

NameSet::NameSet() : storage_(std::make_unique<Storage>()) {}
NameSet::NameSet(NameSet&&) noexcept = default;
NameSet& NameSet::operator=(NameSet&&) noexcept = default;
NameSet::~NameSet() = default;

std::optional<std::string> NameSet::add(std::string_view pattern) {
    if (pattern.size() >= 2 && pattern.starts_with('/') && pattern.ends_with('/')) {
        const auto fault = storage_->patterns.add(pattern.substr(1, pattern.size() - 2));
        if (fault) return wrong(pattern, *fault);
        return std::nullopt;
    }
    const bool is_suffix = pattern.starts_with("*.");
    const auto name = normalize_name(is_suffix ? pattern.substr(2) : pattern);
    if (!name || (has_numeric_end(*name) && (is_suffix || !IpAddress::parse(*name)))) {
        return wrong(pattern, "is not a server name; write www.example, *.example or /regex/");
    }
    if (is_suffix && name->find(':') != name->npos) return wrong(pattern, "is not a suffix of names; write *.example");
    if (!storage_->names.add(*name, is_suffix ? NameTable::suffix : NameTable::exact)) return "too many names";
    return std::nullopt;
}

std::optional<std::string> NameSet::seal() {
    storage_->names.seal();
    return storage_->patterns.seal();
}

bool NameSet::contains(std::string_view name) const {
    return storage_->names.find(name) || storage_->patterns.matching(name);
}

std::optional<std::string> NameSet::matching(std::string_view name) const {
    if (const auto hit = storage_->names.find(name)) {
        return (hit->kind == NameTable::suffix ? "*." : "") + std::string(hit->name);
    }
    if (const auto expression = storage_->patterns.matching(name)) return "/" + *expression + "/";
    return std::nullopt;
}

std::size_t NameSet::size() const {
    return storage_->names.size() + storage_->patterns.size();
}

}  // namespace bascule::rules
