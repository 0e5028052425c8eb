#include "http/hpack/table.h"

namespace bascule::http::hpack {

std::size_t Table::begin_of(std::size_t place) const {
    return place == places_.size() ? text_.size() : places_[place].begin - forgotten_;
}

std::optional<Entry> Table::find(std::size_t index) const {
    if (index == 0) return std::nullopt;
    if (index <= kStaticTable.size()) return kStaticTable[index - 1];
    index -= kStaticTable.size();
    if (index > live()) return std::nullopt;
    const auto place = places_.size() - index;
    const auto begin = begin_of(place);
    const auto field = std::string_view(text_).substr(begin, begin_of(place + 1) - begin);
    return Entry{field.substr(0, places_[place].name), field.substr(places_[place].name)};
}

void Table::add(const Entry& entry) {
    const auto size = entry.name.size() + entry.value.size() + kFieldOverhead;
    shrink_to(size > limit_ ? 0 : limit_ - size);
    if (size > limit_) return;
    places_.push_back({static_cast<std::uint32_t>(forgotten_ + text_.size()),  //
                       static_cast<std::uint32_t>(entry.name.size())});
    text_.append(entry.name).append(entry.value);
    size_ += size;
}

void Table::resize(std::size_t limit) {
    limit_ = limit;
    shrink_to(limit);
}

void Table::shrink_to(std::size_t size) {
    for (; size_ > size; ++gone_) size_ -= begin_of(gone_ + 1) - begin_of(gone_) + kFieldOverhead;
    if (gone_ > places_.size() / 2) forget();
}

/// Seldom: it moves all that is left.
void Table::forget() {
    const auto octets = begin_of(gone_);
    text_.erase(0, octets);
    forgotten_ += static_cast<std::uint32_t>(octets);
    places_.erase(places_.begin(), places_.begin() + static_cast<std::ptrdiff_t>(gone_));
    gone_ = 0;
}

}  // namespace bascule::http::hpack
