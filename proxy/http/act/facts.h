#pragma once

#include "http/speaker/speaker.h"
#include "rules/message/message_rules.h"

#include <string>
#include <vector>

/// What rules see of a head: views of it, and of these, while they live.
namespace bascule::proxy {

class RequestFactsOf {
  public:
    /// `scheme` where the head says none.
    RequestFactsOf(const http::MessageHead& head, std::string_view scheme);
    RequestFactsOf(const RequestFactsOf&) = delete;
    const rules::RequestFacts& facts() const { return facts_; }

  private:
    std::string host_;
    std::vector<rules::Field> fields_;
    rules::RequestFacts facts_;
};

class ResponseFactsOf {
  public:
    explicit ResponseFactsOf(const http::MessageHead& head);
    ResponseFactsOf(const ResponseFactsOf&) = delete;
    const rules::ResponseFacts& facts() const { return facts_; }

  private:
    std::vector<rules::Field> fields_;
    rules::ResponseFacts facts_;
};

}  // namespace bascule::proxy
