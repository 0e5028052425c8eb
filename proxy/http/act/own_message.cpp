#include "proxy/http/act/own_message.h"

#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace bascule::proxy {
namespace {

using http::MessageHead;
using http::OwnedFields;

constexpr std::string_view kPage =
    "<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Not allowed</title>\n"
    "<h1>Not allowed</h1>\n<p>This is not allowed here. If you need it, ask whoever runs this proxy, and give the "
    "reference below.</p>\n<p><small>This was said by Bascule, the proxy of this network, not by the server.<br>"
    "Reference: {}</small></p>\n</html>\n";
constexpr std::uint64_t kTicksPerSecond = 10;

bool is(const http::OwnedField& field, std::string_view name) {
    return equals_ignoring_case(field.name, name);
}

/// In the place of the first one, where there is one.
void set(OwnedFields& fields, const rules::NamedValue& wanted) {
    const auto first = std::ranges::find_if(fields, [&](auto& field) { return is(field, wanted.name); });
    if (first == fields.end()) {
        fields.push_back({wanted.name, wanted.value});
        return;
    }
    first->value = wanted.value;
    const auto rest = std::remove_if(first + 1, fields.end(), [&](auto& field) { return is(field, wanted.name); });
    fields.erase(rest, fields.end());
}

OwnMessage message(int status, std::string type, std::shared_ptr<const std::string> content, bool store = false) {
    MessageHead head{.status = status,
                     .fields = {{"content-type", std::move(type)}, {"content-length", std::to_string(content->size())}},
                     .ends = content->empty()};
    if (!store) head.fields.push_back({"cache-control", "no-store"});
    return {std::move(head), std::move(content)};
}

/// One message of a rule's, and what has been decided about it.
struct Applying {
    MessageHead& head;
    Done& done;
    std::string_view id;

    void operator()(const rules::Block& block) const {
        auto page = block.page ? *block.page
                               : rules::Content{"text/html; charset=utf-8",
                                                std::make_shared<const std::string>(fmt::format(kPage, id))};
        done.instead = message(block.status, std::move(page.type), std::move(page.octets));
    }
    void operator()(const rules::Redirect& redirect) const {
        done.instead = message(redirect.status, "text/plain", std::make_shared<const std::string>());
        done.instead->head.fields.push_back({"location", redirect.to});
    }
    void operator()(const rules::Respond& respond) const {
        done.instead = message(respond.status, respond.content.type, respond.content.octets, true);
    }
    void operator()(const rules::EditFields& edit) const {
        for (const auto& wanted : edit.fields) {
            if (edit.how == rules::EditFields::How::set) set(head.fields, wanted);
            if (edit.how == rules::EditFields::How::add) head.fields.push_back({wanted.name, wanted.value});
            if (edit.how == rules::EditFields::How::remove) http::remove_fields(head.fields, wanted.name);
        }
    }
    void operator()(const rules::StripAltSvc&) const { http::remove_fields(head.fields, "alt-svc"); }
    void operator()(const rules::SetStatus& set) const {
        head.status = set.status;
        head.reason.clear();
    }
    void operator()(const rules::DuplicateHeader& twice) const {
        const auto before = head.fields;
        for (const auto& field : before) {
            if (std::ranges::any_of(twice.names, [&](auto& name) { return is(field, name); }))
                head.fields.push_back(field);
        }
    }
    void operator()(const rules::Delay& delay) const { done.plan.delay += delay.span; }
    void operator()(const rules::AbortAfter& abort) const { done.plan.abort_after = abort.octets; }
    void operator()(const rules::Corrupt& corrupt) const { done.plan.corrupt = &corrupt; }
    void operator()(const rules::Drip& drip) const { done.plan.pace = drip; }
    void operator()(const rules::ReplaceBody& replace) const { done.plan.replace = &replace; }
    void operator()(const rules::Throttle& throttle) const {
        constexpr Duration tick = std::chrono::seconds(1) / kTicksPerSecond;
        done.plan.pace = {.octets = std::max<std::uint64_t>(throttle.octets_per_second / kTicksPerSecond, 1),
                          .every = tick};
    }
    /// It looks as if that were all that there is.
    void operator()(const rules::TruncateBody& truncate) const {
        done.plan.truncate = truncate.octets;
        http::remove_fields(head.fields, "content-length");
    }
    void operator()(const rules::RewriteTo&) const {}
    void operator()(const rules::LogDetail&) const {}
};

}  // namespace

Done apply(const rules::MessageRules& rules, std::span<const rules::Deed> deeds, MessageHead& head,
           std::string_view id) {
    Done done;
    for (const auto& deed : deeds) {
        const auto& action = rules.action(deed);
        std::visit(Applying{head, done, id}, action.what);
        if (action.acts()) done.did.push_back(fmt::format("{}:{}", rules.rules()[deed.rule].name, action.name()));
    }
    return done;
}

OwnMessage plain_answer(int status, std::string text) {
    return message(status, "text/plain; charset=utf-8", std::make_shared<const std::string>(std::move(text)));
}

}  // namespace bascule::proxy
