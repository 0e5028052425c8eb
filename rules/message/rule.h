#pragma once

#include "rules/message/action.h"
#include "rules/message/text_pattern.h"
#include "rules/rules.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bascule::rules {

/// Names asked for: as a set, and one by one, by which many rules are looked up at once.
struct Names {
    std::shared_ptr<const NameSet> set{};  ///< null: not asked
    std::vector<NamePattern> written{};    ///< all of them, but for those of list files
    bool listed = false;                   ///< there is a list file
};

/// Of any field of this name, one of the values.
struct FieldMatch {
    std::string name;  ///< lower case
    Texts values;
};

/// `404`, `4xx`, `400-499`.
struct StatusRange {
    int first = 0, last = 0;

    static std::optional<StatusRange> parse(std::string_view text);
    bool contains(int status) const { return first <= status && status <= last; }
    std::string text() const;
};

/// `>10KiB`, `<1MiB`, `10KiB-1MiB`; bounds of the last one are within.
struct SizeRange {
    std::uint64_t least = 0, most = UINT64_MAX;
    std::string written{};

    static std::optional<SizeRange> parse(std::string_view text);
    bool contains(std::uint64_t size) const { return least <= size && size <= most; }
};

/// The conditions of one message rule. As in Match: values in one key are alternatives, all present keys must hold.
struct MessageMatch {
    Match connection{};  ///< its `server_name` is that of `server_name`
    Names server_name{};
    Texts method{};  ///< as sent: case counts
    Names host{};
    Texts path{};   ///< without the query
    Texts query{};  ///< without `?`; of a request without one, empty
    std::vector<FieldMatch> header{};

    // of the response
    std::vector<StatusRange> status{};
    Texts content_type{};  ///< lower case, without parameters
    std::vector<FieldMatch> response_header{};
    std::vector<SizeRange> size{};

    /// What is known only when the response has come.
    bool asks_response() const;
};

struct MessageRule {
    std::string name;
    Place place;
    MessageMatch match;
    std::vector<MessageAction> actions{};  ///< where the match asks the response, all of side `response`
};

/// As it came, without the white space around the value; name in any case.
struct Field {
    std::string_view name;
    std::string_view value;
};

struct RequestFacts {
    std::string_view method;
    std::string_view scheme{};
    std::string_view host;     ///< lower-case A-labels without the port, or an address without brackets; "": none
    std::string_view path;     ///< as sent, up to `?`
    std::string_view query{};  ///< behind `?`
    std::span<const Field> fields{};
};

struct ResponseFacts {
    int status = 0;
    std::span<const Field> fields{};      ///< also tell the content type
    std::optional<std::uint64_t> size{};  ///< of the content as sent, where the head says it
};

}  // namespace bascule::rules
