#pragma once

#include "config/keys.h"
#include "config/problems.h"
#include "config/scalar.h"
#include "config/yaml.h"
#include "rules/message/action.h"

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace bascule::config {

/// What all of the decoding shares.
struct Context {
    std::string file;      ///< as given
    bool unbuilt = false;  ///< keys that are not built are read all the same
    Problems problems{};

    Place place(const Node& node) const { return {file, node.line, node.column}; }
    /// A path of the file as one to open: relative ones are beside the file.
    std::string beside(std::string_view path) const;
};

/// One value of a key: the whole of it, or one element of its list.
struct Value {
    const Key& key;
    const Node& node;
    std::optional<std::size_t> index{};  ///< in a list
    std::string below{};                 ///< `.request.x-lab`: names on the way to it from the key
    std::string_view at{};               ///< the key that it stands at, where that is another one
};

/// A value and the name that it stands at, in a map of names.
struct NamedNode {
    const Node& name;
    Value value;
};

/// A value and the side that it is for, where one is written.
struct SidedValue {
    std::optional<rules::Side> side;
    Value value;
};

/// A map of the file against its part of the table of keys. Making one reports the keys that are unknown, not built
/// yet, without a value or missing; what is left is read by name. Values that are wrong are reported and leave the
/// target as it was, so that one run finds all mistakes. Refers to the context and the nodes, which outlive it.
class Section {
  public:
    Section(Context& context, const Node& map, std::string section, std::string path, bool in_rule = false);

    Context& context() const { return context_; }
    Place place() const { return context_.place(map_); }
    const std::string& path() const { return path_; }
    bool has(std::string_view name) const { return find(name) != nullptr; }
    /// Of the value; of the map where the key is absent.
    Place place_of(std::string_view name) const;
    std::string path_of(const Value& value) const;
    void problem(std::string_view name, std::string message) const;
    void problem(const Value& value, std::string message) const;
    /// "... is not a duration; write 10s, 5m or 1h". Always false.
    bool wrong(const Value& value) const;

    template <class T>
    void read(std::string_view name, T& out) const {
        const auto* found = find(name);
        if (found) decode({*found->key, *found->node}, out);
    }
    /// An absent value is written as the key's one word (`none`, `auto`).
    template <class T>
    void read(std::string_view name, std::optional<T>& out) const {
        const auto* found = find(name);
        if (!found) return;
        const auto& none = found->key->words;
        if (!none.empty() && found->node->text == none) {
            out.reset();
        } else if (T value{}; decode({*found->key, *found->node}, value)) {
            out = std::move(value);
        }
    }
    /// A list replaces what was there.
    template <class T>
    void read(std::string_view name, std::vector<T>& out) const {
        if (!has(name)) return;
        out.clear();
        for (const auto& value : values(name)) {
            if (T one{}; decode(value, one)) out.push_back(std::move(one));
        }
    }

    std::optional<Value> whole(std::string_view name) const;
    /// The scalars of a list; a single one is a list of one.
    std::vector<Value> values(std::string_view name) const;
    std::vector<Value> values(const Value& whole) const;
    template <class T>
    bool take(const Value& value, T& out) const {
        return decode(value, out);
    }
    /// Of a key whose values stand below names, or of what stands below a side of one.
    std::vector<NamedNode> named(std::string_view name) const;
    std::vector<NamedNode> named(const Value& whole) const;
    /// What stands below `request` and `response`, or without them.
    std::vector<SidedValue> sides(std::string_view name) const;
    /// The scalar that stands instead of a map, as the value of the one key that it is short for.
    std::optional<Value> plain(std::string_view name) const;
    /// The keys that are written, in their order.
    std::vector<std::string_view> written() const;
    /// Nothing where one of the key's words stands instead of a map: see word().
    std::optional<Section> child(std::string_view name) const;
    /// The word that stands where a map could; nothing where there is a map, or no key.
    std::optional<std::string_view> word(std::string_view name) const;
    std::vector<Section> children(std::string_view name) const;
    /// Of a list of maps and words.
    struct Item;
    std::vector<Item> items(std::string_view name) const;

  private:
    struct Found {
        const Key* key;
        const Node* name;
        const Node* node;
    };

    const Found* find(std::string_view name) const;
    void take_entry(const Entry& entry);
    void report_unknown(const Node& name) const;
    void report_unbuilt(const Key& key, const Entry& entry) const;
    void report_missing() const;
    std::string path_to(std::string_view name) const;

    void report_no_item(const Value& value) const;
    bool is_scalar(const Value& value) const;
    bool in_range(const Value& value, std::uint64_t number) const;
    std::optional<std::size_t> word_index(const Value& value) const;

    template <class T>
    bool decode(const Value& value, T& out) const {
        if constexpr (std::is_enum_v<T>) {  // enumerators stand in the order of the table's words
            const auto index = word_index(value);
            if (index) out = static_cast<T>(*index);
            return index.has_value();
        } else {
            if (!is_scalar(value)) return false;
            T parsed{};
            if (!parse(value.node, parsed)) return wrong(value);
            if (!fits(value, parsed)) return false;
            out = std::move(parsed);
            return true;
        }
    }
    bool decode(const Value& value, std::string& out) const;
    bool decode(const Value& value, std::uint64_t& out) const;
    bool decode(const Value& value, At<std::string>& out) const;
    template <class T>
    bool decode(const Value& value, At<T>& out) const {
        if (!decode(value, out.value)) return false;
        out.place = context_.place(value.node);
        return true;
    }

    template <class T>
    bool fits(const Value& value, const T& parsed) const {
        if constexpr (std::is_same_v<T, Duration>) {
            return in_range(value, static_cast<std::uint64_t>(parsed.count()));
        } else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
            return in_range(value, parsed);
        } else {
            return true;
        }
    }

    Context& context_;
    const Node& map_;
    std::string section_;
    std::string path_;
    bool in_rule_;
    std::vector<Found> found_;
};

/// One of the words, or a map.
struct Section::Item {
    Value value;
    std::string_view word{};
    std::optional<Section> section{};
};

}  // namespace bascule::config
