#include "base/text.h"
#include "config/message/message.h"
#include "config/message/values.h"

#include <algorithm>
#include <array>

namespace bascule::config {
namespace {

using rules::Side;

/// One action of the list, and where it goes once it is read.
class Reader {
  public:
    Reader(const Section& item, std::string_view key, Side moment, std::vector<WrittenAction>& into)
        : item_(item), key_(key), moment_(moment), into_(into) {}

    const Section& item() const { return item_; }
    std::string_view key() const { return key_; }

    void add(Side side, rules::MessageAction::What what) const {
        const auto path = item_.path() + "." + std::string(key_);
        into_.push_back({{.side = side, .what = std::move(what), .place = item_.place_of(key_)}, path});
    }
    /// At the moment of the rule.
    void add(rules::MessageAction::What what) const { add(moment_, std::move(what)); }

    /// A value for each side that is written; without one it is for `side`.
    template <class What, class T>
    void add_sided(Side side, T What::* member) const {
        for (const auto& written : item_.sides(key_)) {
            What what;
            if (item_.take(written.value, what.*member)) add(written.side.value_or(side), std::move(what));
        }
    }
    template <class What>
    void add_whole(Side side) const {
        for (const auto& written : item_.sides(key_)) {
            What what;
            if (item_.take(written.value, what)) add(written.side.value_or(side), std::move(what));
        }
    }
    Side moment() const { return moment_; }

  private:
    const Section& item_;
    std::string_view key_;
    Side moment_;
    std::vector<WrittenAction>& into_;
};

std::optional<rules::Content> read_page(const Section& section, std::string_view key) {
    At<std::string> path;
    section.read(key, path);
    if (path.value.empty()) return std::nullopt;
    auto octets = read_content(section, path);
    if (!octets) return std::nullopt;
    return rules::Content{.type = content_type_of(path.value), .octets = std::move(octets)};
}

void read_status(const Section& section, int& status) {
    auto number = static_cast<std::uint16_t>(status);
    section.read("status", number);
    status = number;
}

void read_block(const Reader& reader) {
    rules::Block block;
    auto status = static_cast<std::uint16_t>(block.status);
    if (const auto plain = reader.item().plain(reader.key())) reader.item().take(*plain, status);
    block.status = status;
    if (const auto section = reader.item().child(reader.key())) {
        read_status(*section, block.status);
        block.page = read_page(*section, "page");
    }
    reader.add(std::move(block));
}

void read_redirect(const Reader& reader) {
    constexpr std::array kRedirections{301, 302, 303, 307, 308};
    rules::Redirect redirect;
    Location location;
    if (const auto plain = reader.item().plain(reader.key())) reader.item().take(*plain, location);
    if (const auto section = reader.item().child(reader.key())) {
        section->read("to", location);
        read_status(*section, redirect.status);
        if (std::ranges::find(kRedirections, redirect.status) == kRedirections.end()) {
            section->problem(
                "status", fmt::format("{} sends nobody elsewhere; write 301, 302, 303, 307 or 308", redirect.status));
        }
    }
    redirect.to = std::move(location.text);
    reader.add(std::move(redirect));
}

/// What cannot stand in a header field is no media type either.
bool is_media_type(std::string_view text) {
    const auto slash = text.find('/');
    return slash != text.npos && slash > 0 && slash + 1 < text.size() &&
           std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f; });
}

void read_respond(const Reader& reader) {
    const auto section = reader.item().child(reader.key());
    if (!section) return;
    rules::Respond respond;
    read_status(*section, respond.status);
    if (section->has("file") && section->has("text")) section->problem("text", "stands beside file; write one of them");
    std::string text;
    section->read("text", text);
    respond.content = {.type = section->has("text") ? "text/plain; charset=utf-8" : "",
                       .octets = std::make_shared<const std::string>(std::move(text))};
    if (section->has("file")) respond.content = read_page(*section, "file").value_or(respond.content);
    section->read("content_type", respond.content.type);
    if (section->has("content_type") && !is_media_type(respond.content.type)) {
        section->problem("content_type", in_quotes(respond.content.type) + " is not a media type; write text/html");
    }
    reader.add(std::move(respond));
}

void read_rewrite_to(const Reader& reader) {
    rules::RewriteTo to;
    reader.item().read(reader.key(), to);
    reader.add(Side::request, std::move(to));
}

bool is_field_value(std::string_view text) {
    return !text.starts_with(' ') && !text.ends_with(' ');
}

/// The values of one field; each is a field of its own.
void read_field(const Section& item, const NamedNode& named, std::vector<rules::NamedValue>& fields) {
    if (auto fault = fault_in_changed_field(named.name.text)) return item.problem(named.value, *std::move(fault));
    for (const auto& value : item.values(named.value)) {
        if (value.node.kind != Node::Kind::scalar) {
            item.wrong(value);
        } else if (!is_field_value(value.node.text)) {
            item.problem(value, in_quotes(value.node.text) + " begins or ends with a blank, as no field does");
        } else {
            fields.push_back({.name = to_lower(named.name.text), .value = value.node.text});
        }
    }
}

void read_fields(const Reader& reader, rules::EditFields::How how) {
    for (const auto& [side, below] : reader.item().sides(reader.key())) {
        rules::EditFields edit{.how = how, .fields = {}};
        for (const auto& named : reader.item().named(below)) read_field(reader.item(), named, edit.fields);
        if (side) reader.add(*side, std::move(edit));
    }
}

std::vector<std::string> read_names(const Section& item, const Value& whole) {
    std::vector<std::string> names;
    for (const auto& value : item.values(whole)) {
        std::string name;
        if (!item.take(value, name)) continue;
        if (auto fault = fault_in_changed_field(name)) {
            item.problem(value, *std::move(fault));
        } else {
            names.push_back(to_lower(name));
        }
    }
    return names;
}

void read_remove_header(const Reader& reader) {
    for (const auto& [side, below] : reader.item().sides(reader.key())) {
        rules::EditFields edit{.how = rules::EditFields::How::remove, .fields = {}};
        for (auto& name : read_names(reader.item(), below))
            edit.fields.push_back({.name = std::move(name), .value = {}});
        if (side) reader.add(*side, std::move(edit));
    }
}

void read_duplicate_header(const Reader& reader) {
    for (const auto& [side, below] : reader.item().sides(reader.key())) {
        reader.add(side.value_or(Side::response), rules::DuplicateHeader{.names = read_names(reader.item(), below)});
    }
}

void read_replacement(const Section& section, rules::BodyEdit& edit) {
    std::string pattern, with;
    section.read("pattern", pattern);
    section.read("with", with);
    if (!section.has("pattern") || !section.has("with")) return;  // told
    if (auto fault = edit.add(pattern, with)) section.problem("pattern", *std::move(fault));
}

void read_replace_body(const Reader& reader) {
    enum class Failure : std::uint8_t { pass, block } failure{};
    const auto section = reader.item().child(reader.key());
    if (!section) return;
    rules::ReplaceBody replace;
    section->read("limit", replace.limit);
    section->read("on_failure", failure);
    replace.block_on_failure = failure == Failure::block;
    if (!section->has("request") && !section->has("response")) {
        section->problem("response", "is missing, and request is; write response: [{pattern: old, with: new}]");
    }
    for (const auto side : {Side::request, Side::response}) {
        if (!section->has(rules::name_of(side))) continue;
        auto of_side = replace;
        const auto steps = section->children(rules::name_of(side));
        if (steps.empty()) section->problem(rules::name_of(side), "is empty; write [{pattern: old, with: new}]");
        for (const auto& step : steps) read_replacement(step, of_side.edit);
        reader.add(side, std::move(of_side));
    }
}

void read_delay(const Reader& reader) {
    reader.add_sided(reader.moment(), &rules::Delay::span);
}

void read_strip_alt_svc(const Reader& reader) {
    bool wanted = true;
    reader.item().read(reader.key(), wanted);
    if (wanted) reader.add(Side::response, rules::StripAltSvc{});
}

void read_log(const Reader& reader) {
    const auto section = reader.item().child(reader.key());
    if (!section) return;
    rules::LogDetail detail;
    section->read("level", detail.level);
    if (section->has("headers")) {
        read_field_names(*section, "headers", detail.headers.emplace());
        detail.all_headers = detail.headers->size() == 1 && detail.headers->front() == "all";
    }
    reader.add(std::move(detail));
}

void read_fault_status(const Reader& reader) {
    rules::SetStatus fault;
    read_status(reader.item(), fault.status);
    reader.add(Side::response, fault);
}

struct Known {
    std::string_view key;
    void (*read)(const Reader&);
};

constexpr std::array<Known, 18> kKnown{{
    {"block", read_block},
    {"redirect", read_redirect},
    {"respond", read_respond},
    {"rewrite_to", read_rewrite_to},
    {"set_header", [](const Reader& reader) { read_fields(reader, rules::EditFields::How::set); }},
    {"add_header", [](const Reader& reader) { read_fields(reader, rules::EditFields::How::add); }},
    {"remove_header", read_remove_header},
    {"replace_body", read_replace_body},
    {"delay", read_delay},
    {"throttle", [](const Reader& reader) { reader.add_whole<rules::Throttle>(Side::response); }},
    {"abort_after", [](const Reader& reader) { reader.add_sided(Side::response, &rules::AbortAfter::octets); }},
    {"strip_alt_svc", read_strip_alt_svc},
    {"log", read_log},
    {"status", read_fault_status},
    {"truncate_body", [](const Reader& reader) { reader.add_sided(Side::response, &rules::TruncateBody::octets); }},
    {"corrupt", [](const Reader& reader) { reader.add_whole<rules::Corrupt>(Side::response); }},
    {"drip", [](const Reader& reader) { reader.add_whole<rules::Drip>(Side::response); }},
    {"duplicate_header", read_duplicate_header},
}};

void read_word(const Section& rule, const Section::Item& item, Side moment, std::vector<WrittenAction>& into) {
    rules::MessageAction action{.side = moment, .what = rules::Block{}, .place = rule.context().place(item.value.node)};
    if (item.word == "strip_alt_svc") {
        action.side = Side::response;
        action.what = rules::StripAltSvc{};
    }
    into.push_back({std::move(action), rule.path_of(item.value)});
}

}  // namespace

std::vector<WrittenAction> decode_actions(const Section& rule, Side moment) {
    std::vector<WrittenAction> actions;
    for (const auto& item : rule.items("do")) {
        if (!item.section) {
            read_word(rule, item, moment, actions);
            continue;
        }
        for (const auto key : item.section->written()) {
            const auto known = std::ranges::find(kKnown, key, &Known::key);
            known->read(Reader(*item.section, key, moment, actions));
        }
    }
    return actions;
}

}  // namespace bascule::config
