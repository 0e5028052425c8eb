#pragma once

#include "http/speaker/speaker.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bascule::test {

/// Keeps what it hears of each exchange of one speaker, and uses its content at once, or (`uses`) not at all.
struct Ear final : http::Hearer {
    struct Heard {
        std::vector<http::MessageHead> heads;
        std::string content;
        http::OwnedFields trailers;
        bool whole = false;
        std::size_t sent = 0;
        std::optional<std::uint32_t> code;
        bool untouched = false;
    };
    std::map<http::ExchangeId, Heard> all;
    bool last = false;
    bool uses = true;
    std::function<void(http::ExchangeId, const http::MessageHead&)> on_head;
    std::unique_ptr<http::Speaker> speaker;

    explicit Ear(const std::function<std::unique_ptr<http::Speaker>(http::Hearer&)>& make) : speaker(make(*this)) {}
    Ear(const Ear&) = delete;

    void head(http::ExchangeId exchange, http::MessageHead head) override {
        all[exchange].heads.push_back(head);
        if (on_head) on_head(exchange, head);
    }
    void content(http::ExchangeId exchange, ByteView octets) override {
        all[exchange].content += as_text(octets);
        if (uses) speaker->used(exchange, octets.size());
    }
    void whole(http::ExchangeId exchange, http::OwnedFields trailers) override {
        all[exchange].whole = true;
        all[exchange].trailers = std::move(trailers);
    }
    void sent(http::ExchangeId exchange, std::size_t octets) override { all[exchange].sent += octets; }
    void given_up(http::ExchangeId exchange, std::uint32_t code, bool untouched) override {
        all[exchange].code = code;
        all[exchange].untouched = untouched;
    }
    void no_more() override { last = true; }
};

}  // namespace bascule::test
