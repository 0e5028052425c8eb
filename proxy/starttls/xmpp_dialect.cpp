#include "proxy/starttls/dialect.h"

#include <optional>
#include <string>

namespace bascule::proxy {
namespace {

/// Cuts a stream of XML into its tags. XMPP knows no comments, instructions or DTDs (RFC 6120 section 11.1).
class Tags {
  public:
    /// Takes octets up to the end of a tag at most; how many.
    std::size_t take(ByteView octets) {
        complete_ = false;
        for (std::size_t at = 0; at < octets.size(); ++at) {
            if (next(static_cast<char>(octets[at]))) {
                complete_ = true;
                return at + 1;
            }
        }
        return octets.size();
    }
    bool complete() const { return complete_; }
    /// Of the completed tag: without a prefix, and with the slash of an end tag.
    const std::string& name() const { return name_; }
    bool stands_alone() const { return last_ == '/' && name_.front() != '/'; }

  private:
    static constexpr std::size_t kLongestName = 64;

    /// True with the octet that completes a tag.
    bool next(char octet) {
        if (!in_tag_) {
            in_tag_ = octet == '<';
            in_name_ = true;
            name_.clear();
            last_ = quote_ = 0;
            return false;
        }
        if (quote_ != 0) {
            if (octet == quote_) quote_ = 0;
            return false;
        }
        if (octet == '>') {
            in_tag_ = false;
            return !name_.empty();
        }
        last_ = octet;
        if (octet == '"' || octet == '\'') quote_ = octet;
        const bool ends_name = octet == ' ' || octet == '\t' || octet == '\r' || octet == '\n' || quote_ != 0 ||
                               (octet == '/' && !name_.empty());
        in_name_ = in_name_ && !ends_name;
        if (in_name_) add_to_name(octet);
        return false;
    }

    void add_to_name(char octet) {
        if (octet == ':') {
            name_.resize(name_.starts_with('/') ? 1 : 0);
        } else if (name_.size() < kLongestName) {
            name_ += octet;
        }
    }

    std::string name_;
    char quote_ = 0;
    char last_ = 0;
    bool in_tag_ = false;
    bool in_name_ = false;
    bool complete_ = false;
};

/// RFC 6120 section 5.4: <starttls/>, then <proceed/> or <failure/>. Each counts when its element is closed.
class Xmpp final : public Dialect {
    std::size_t read_some(bool up, ByteView octets) override {
        Tags& tags = up ? client_ : server_;
        const auto taken = tags.take(octets);
        if (!tags.complete()) return taken;
        if (up && closes(tags, "starttls")) state_ = State::asked;
        if (!up && state_ == State::asked && closes(tags, "proceed")) state_ = State::agreed;
        if (!up && state_ == State::asked && closes(tags, "failure")) state_ = State::plain;
        return taken;
    }

    static bool closes(const Tags& tags, std::string_view name) {
        if (tags.name().starts_with('/')) return std::string_view(tags.name()).substr(1) == name;
        return tags.stands_alone() && tags.name() == name;
    }

    Tags client_, server_;
};

}  // namespace

std::unique_ptr<Dialect> make_xmpp_dialect() {
    return std::make_unique<Xmpp>();
}

}  // namespace bascule::proxy
