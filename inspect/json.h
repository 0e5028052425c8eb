#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bascule::inspect {

/// Appends one JSON object (RFC 8259) to a string that the caller reuses; never a line end, always valid UTF-8: an
/// octet that is not part of any becomes U+FFFD. Keys appear in the order of the calls.
class JsonObject {
  public:
    explicit JsonObject(std::string& out) : out_(out) { out_ += '{'; }

    void text(std::string_view key, std::string_view value);
    void number(std::string_view key, std::uint64_t value);
    /// A number, `true` or `false` that is already in its JSON form.
    void literal(std::string_view key, std::string_view value);
    void open(std::string_view key);  ///< a nested object, until close()
    void close() { out_ += '}'; }     ///< also once for the object itself

    void open_list(std::string_view key);  ///< until close_list()
    void close_list() { out_ += ']'; }
    // In a list:
    void item(std::string_view text);
    void item_literal(std::string_view value);
    void open_item();       ///< a nested object, until close()
    void open_item_list();  ///< until close_list()

  private:
    void name(std::string_view key);
    void begin_item();

    std::string& out_;
};

/// The text in quotes, escaped.
void append_json_string(std::string& out, std::string_view text);

}  // namespace bascule::inspect
