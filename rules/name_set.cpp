#include "rules/name_set.h"

#include "base/address.h"
#include "base/text.h"
#include "rules/name_table.h"
#include "rules/patterns.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

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

std::expected<NamePattern, std::string> NamePattern::parse(std::string_view written) {
    if (written.size() >= 2 && written.starts_with('/') && written.ends_with('/')) {
        return NamePattern{.kind = Kind::regex, .text = std::string(written.substr(1, written.size() - 2))};
    }
    const bool is_suffix = written.starts_with("*.");
    auto name = normalize_name(is_suffix ? written.substr(2) : written);
    if (!name || (has_numeric_end(*name) && (is_suffix || !IpAddress::parse(*name)))) {
        return std::unexpected(wrong(written, "is not a server name; write www.example, *.example or /regex/"));
    }
    if (is_suffix && name->find(':') != name->npos) {
        return std::unexpected(wrong(written, "is not a suffix of names; write *.example"));
    }
    return NamePattern{.kind = is_suffix ? Kind::suffix : Kind::exact, .text = *std::move(name)};
}

std::string NamePattern::written() const {
    switch (kind) {
        case Kind::exact:
            return text;
        case Kind::suffix:
            return "*." + text;
        case Kind::regex:
            return "/" + text + "/";
    }
    std::unreachable();
}

struct NameSet::Storage {
    NameTable names;
    Patterns patterns;
};

NameSet::NameSet() : storage_(std::make_unique<Storage>()) {}
NameSet::NameSet(NameSet&&) noexcept = default;
NameSet& NameSet::operator=(NameSet&&) noexcept = default;
NameSet::~NameSet() = default;

std::optional<std::string> NameSet::add(std::string_view pattern) {
    const auto parsed = NamePattern::parse(pattern);
    return parsed ? add(*parsed) : parsed.error();
}

std::optional<std::string> NameSet::add(const NamePattern& pattern) {
    if (pattern.kind == NamePattern::Kind::regex) {
        const auto fault = storage_->patterns.add(pattern.text);
        if (fault) return wrong(pattern.written(), *fault);
        return std::nullopt;
    }
    const bool is_suffix = pattern.kind == NamePattern::Kind::suffix;
    if (storage_->names.add(pattern.text, is_suffix ? NameTable::suffix : NameTable::exact)) return std::nullopt;
    return "too many names";
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
