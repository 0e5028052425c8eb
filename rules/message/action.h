#pragma once

#include "base/duration.h"
#include "base/place.h"
#include "rules/message/body_edit.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// What a message rule may do, as plain data: whoever acts reads it here. Contents were read when the rules were.
namespace bascule::rules {

/// Which message an action is about.
enum class Side : std::uint8_t { request, response };
std::string_view name_of(Side side);

struct Content {
    std::string type;
    std::shared_ptr<const std::string> octets;
};

/// These three end the exchange: nothing after them acts. On the side `request` the origin is not asked, on the side
/// `response` its answer is not passed on.
struct Block {
    int status = 403;
    std::optional<Content> page;  ///< absent: one of our own
};
struct Redirect {
    std::string to;  ///< absolute, or a path
    int status = 302;
};
struct Respond {
    int status = 200;
    Content content;
};

/// Another origin; the request says the same.
struct RewriteTo {
    bool tls = true;
    std::string host;  ///< lower-case A-labels, or an address without brackets
    std::uint16_t port = 443;

    std::string url() const;
};

struct NamedValue {
    std::string name;  ///< lower case
    std::string value;
};
/// `set`: these values and no others. `add`: beside those that are there. `remove`: values are empty.
struct EditFields {
    enum class How : std::uint8_t { set, add, remove } how = How::set;
    std::vector<NamedValue> fields;
};

struct ReplaceBody {
    BodyEdit edit;
    std::uint64_t limit = 0;        ///< octets, before and after
    bool block_on_failure = false;  ///< longer than that, or in a coding that is not known; else it passes as it is
};

/// Before the head goes on.
struct Delay {
    Duration span{};
};
struct Throttle {
    std::uint64_t octets_per_second = 0;
};
/// After so many octets of content the exchange is reset.
struct AbortAfter {
    std::uint64_t octets = 0;
};
struct StripAltSvc {};

/// What the record of the exchange has. Alone it does not make a connection one that is acted on.
struct LogDetail {
    enum class Level : std::uint8_t { debug, info, warning };
    std::optional<Level> level;  ///< of the record
    bool all_headers = false;
    std::optional<std::vector<std::string>> headers;  ///< in lower case; empty: none
};

/// Faults for test labs.
struct SetStatus {
    int status = 500;
};
/// The content ends there, in order, as if that were all.
struct TruncateBody {
    std::uint64_t octets = 0;
};
/// Of so many octets of content one, at random, has another value.
struct Corrupt {
    std::uint64_t times = 1, of = 1000;
};
/// So many octets at a time.
struct Drip {
    std::uint64_t octets = 1;
    Duration every{};
};
/// Fields that come twice.
struct DuplicateHeader {
    std::vector<std::string> names;  ///< lower case
};

struct MessageAction {
    using What = std::variant<Block, Redirect, Respond, RewriteTo, EditFields, ReplaceBody, Delay, Throttle, AbortAfter,
                              StripAltSvc, LogDetail, SetStatus, TruncateBody, Corrupt, Drip, DuplicateHeader>;
    Side side = Side::request;
    What what;
    Place place{};

    bool ends() const;              ///< the exchange
    bool acts() const;              ///< more than what is written about it
    std::string_view name() const;  ///< its key: `set_header`
};

}  // namespace bascule::rules
