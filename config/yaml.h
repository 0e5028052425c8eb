#pragma once

#include "config/problems.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bascule::config {

struct Entry;

/// One node of a YAML document, without aliases, tags and anchors. Lines and columns count from 1.
struct Node {
    enum class Kind : std::uint8_t { null, scalar, list, map };

    Kind kind = Kind::null;
    bool quoted = false;  ///< a scalar in quotes or a block: a text, never a number or a boolean
    int line = 1;
    int column = 1;
    std::string text{};          ///< kind scalar
    std::vector<Node> items{};   ///< kind list
    std::vector<Entry> entries;  ///< kind map, in the order written, each key once
};

struct Entry {
    Node key;  ///< a scalar
    Node value;
};

/// The one document of the text. What a configuration never needs and an attacker likes is a problem here: aliases,
/// anchors, tags, duplicate keys, keys that are no words, several documents, depth, NUL and malformed UTF-8. Nothing
/// where the text cannot be read at all (the problems say why).
std::optional<Node> read_yaml(std::string_view text, const std::string& file, Problems& problems);

}  // namespace bascule::config
