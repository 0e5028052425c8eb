#pragma once

#include "base/duration.h"
#include "proxy/learn/subject.h"

#include <list>
#include <unordered_map>
#include <utility>

namespace bascule::proxy {

/// Values about subjects, each until its time has come; of more than `most`, the least recently used goes. Not
/// thread-safe.
template <class Value>
class AgingMap {
  public:
    explicit AgingMap(std::size_t most) : most_(most) {}

    /// Null where there is nothing, or its time has come. Valid until the map changes.
    Value* find(const Subject& subject, WallTime now) {
        const auto found = index_.find(subject);
        if (found == index_.end()) return nullptr;
        if (found->second->until <= now) {
            erase(subject);
            return nullptr;
        }
        entries_.splice(entries_.begin(), entries_, found->second);
        return &found->second->value;
    }

    /// Replaces what there was.
    void put(const Subject& subject, Value value, WallTime until) {
        erase(subject);
        entries_.push_front({subject, std::move(value), until});
        index_.emplace(subject, entries_.begin());
        if (entries_.size() > most_) erase(entries_.back().subject);
    }

    void erase(const Subject& subject) {
        const auto found = index_.find(subject);
        if (found == index_.end()) return;
        entries_.erase(found->second);
        index_.erase(found);
    }

    void clear() {
        index_.clear();
        entries_.clear();
    }

    std::size_t size() const { return entries_.size(); }

  private:
    struct Entry {
        Subject subject;
        Value value;
        WallTime until;
    };

    std::size_t most_;
    std::list<Entry> entries_;  ///< the most recently used first
    std::unordered_map<Subject, typename std::list<Entry>::iterator> index_;
};

}  // namespace bascule::proxy
