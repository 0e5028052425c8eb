#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The one table of keys. Decoding looks up types, words and bounds here; suggestions, the schema and the test of the
/// man page are made from it.
namespace bascule::config {

enum class Type : std::uint8_t {
    map,   ///< a section of its own
    maps,  ///< a list of such
    text,
    path,
    key,  ///< a file's name, credential:NAME or pkcs11:URI
    boolean,
    number,
    duration,
    size,
    word,  ///< one of `words`
    ip,
    address,  ///< IP:port, port 0 allowed
    target,   ///< host:port
    server,   ///< IP or IP:port of a name server
    block,    ///< CIDR
    destination,
    server_name,
    method,
    pattern,      ///< of text: exact, beginning*, /regex/ or file:LIST
    status,       ///< 404, 4xx, 400-499
    size_range,   ///< >10KiB, <1MiB, 10KiB-1MiB
    url,          ///< absolute, or a path
    origin,       ///< scheme://host:port
    field,        ///< the name of a header field
    field_value,  ///< what is in one
    rate,         ///< 64KiB/s
    fraction,     ///< 1/1000
    drip,         ///< 1B/100ms
};

/// Of a message rule's action: whether a value may, or must, stand below `request` and `response`.
enum class Sided : std::uint8_t { no, may, must };

struct Key {
    std::string_view section;  ///< "" is the file; `listeners[]` is each of a list
    std::string_view name;
    Type type;
    std::string_view fallback{};  ///< the default as a person would write it
    std::string_view words{};     ///< allowed besides the type: `auto`, `none|passthrough`
    std::string_view later{};     ///< words that a later version will know
    std::string_view min{};
    std::string_view max{};
    std::string_view of{};      ///< a map's section, where it is not section.name
    std::string_view plain{};   ///< the key of a map for which a plain value stands alone
    bool list = false;          ///< several values, or a single one; of maps: words may stand among them
    bool may_be_empty = false;  ///< of a list, a text
    bool named = false;         ///< a map of the names of fields to such values
    Sided sided = Sided::no;
    bool required = false;
    bool per_rule = true;  ///< in a section that rules may override: may they override this
    bool built = true;     ///< false: only the default may be written, where `harmless`, else nothing
    bool harmless = false;
    std::string_view help;
};

std::span<const Key> all_keys();
/// The keys of a section, without those that a rule may not set where `in_rule`.
std::vector<const Key*> keys_of(std::string_view section, bool in_rule = false);
/// The section that a key of type map or maps opens.
std::string section_of(const Key& key);

/// "a|b" as a list.
std::vector<std::string_view> split_words(std::string_view words);
/// "a duration"; and how to write one: "10s, 5m or 1h".
std::string_view noun_of(Type type);
std::string_view example_of(Type type);

}  // namespace bascule::config
