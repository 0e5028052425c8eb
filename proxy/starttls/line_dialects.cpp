#include "base/text.h"
#include "proxy/starttls/dialect.h"
#include "proxy/starttls/lines.h"

#include <algorithm>
#include <charconv>
#include <deque>
#include <initializer_list>
#include <utility>

namespace bascule::proxy {
namespace {

// Commands sent ahead of their answers, which POP3 needs to tell apart; nobody sends more before TLS.
constexpr std::size_t kMostPipelined = 64;

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
    return std::ranges::any_of(words, [&](auto other) { return equals_ignoring_case(word, other); });
}

class LineDialect : public Dialect {
  protected:
    virtual void client_line(std::string_view line) = 0;
    virtual void server_line(std::string_view line) = 0;

    std::size_t read_some(bool up, ByteView octets) final {
        Lines& lines = up ? client_ : server_;
        const auto taken = lines.take(octets);
        if (const auto line = lines.line()) up ? client_line(*line) : server_line(*line);
        return taken;
    }

    Lines client_, server_;
};

/// SMTP and LMTP (RFC 3207), FTP (RFC 4217), NNTP (RFC 4642): a command, and a reply that begins with three digits.
class Numbered final : public LineDialect {
  public:
    explicit Numbered(config::StartTls kind) : kind_(kind) {}

  private:
    using Kind = config::StartTls;

    void client_line(std::string_view line) override {
        if (in_content_) {
            in_content_ = line != ".";
            if (!in_content_) ++awaited_;
            return;
        }
        ++awaited_;
        if (std::exchange(answers_challenge_, false)) return;
        const auto verb = first_word(line);
        if (kind_ == Kind::smtp && equals_ignoring_case(verb, "BDAT")) skip_chunk(first_word(rest_of(line)));
        if (kind_ == Kind::nntp && equals_ignoring_case(verb, "TAKETHIS")) in_content_ = true;
        const bool asks = kind_ == Kind::ftp ? equals_ignoring_case(verb, "AUTH") &&
                                                   is_one_of(rest_of(line), {"TLS", "TLS-C", "TLS-P", "SSL"})
                                             : equals_ignoring_case(verb, "STARTTLS");
        if (asks) state_ = State::asked;
    }

    /// RFC 3030: so many octets follow, whatever the answer will be.
    void skip_chunk(std::string_view size) {
        std::uint64_t octets = 0;
        std::from_chars(size.begin(), size.end(), octets);
        client_.skip(octets);
    }

    void server_line(std::string_view line) override {
        int code = 0;
        const auto digits = line.substr(0, 3);
        const auto [end, fault] = std::from_chars(digits.begin(), digits.end(), code);
        if (fault != std::errc() || end != digits.end() || code < 100) return;
        const bool goes_on = line.substr(3).starts_with('-');
        if (several_lines_of_ != 0 && (goes_on || code != several_lines_of_)) return;
        several_lines_of_ = goes_on && kind_ != Kind::nntp ? code : 0;
        if (several_lines_of_ == 0) reply(code);
    }

    void reply(int code) {
        if (kind_ == Kind::ftp && code < 200) return;  // preliminary: another one follows
        if (awaited_ > 0) --awaited_;
        const bool greeting = !std::exchange(greeted_, true);
        if (kind_ == Kind::smtp) in_content_ = code == 354;
        if (kind_ == Kind::nntp) in_content_ = code == 335 || code == 340;
        answers_challenge_ = (kind_ == Kind::smtp && code == 334) || (kind_ == Kind::nntp && code == 383);
        if (state_ != State::asked || greeting) return;
        // The code alone says it: no other command is answered with it, and the answers to what was sent ahead of
        // STARTTLS come before.
        if (code == go_ahead()) {
            state_ = State::agreed;
        } else if (awaited_ == 0) {
            state_ = State::plain;
        }
    }

    int go_ahead() const {
        switch (kind_) {
            case Kind::ftp:
                return 234;
            case Kind::nntp:
                return 382;
            default:
                return 220;
        }
    }

    Kind kind_;
    std::size_t awaited_ = 1;  ///< replies: the greeting is one
    int several_lines_of_ = 0;
    bool greeted_ = false;
    bool in_content_ = false;         ///< of a message, up to its dot
    bool answers_challenge_ = false;  ///< the client's next line is no command
};

/// RFC 1939, RFC 2595: "+OK" answers every command, so that it must be known which one is answered.
class Pop3 final : public LineDialect {
    void client_line(std::string_view line) override {
        if (std::exchange(answers_challenge_, false)) return;
        const auto verb = first_word(line);
        const bool has_lines = is_one_of(verb, {"CAPA", "RETR", "TOP"}) ||
                               (is_one_of(verb, {"LIST", "UIDL", "AUTH", "LANG"}) && rest_of(line).empty());
        awaited_.push_back(has_lines);
        if (awaited_.size() > kMostPipelined) state_ = State::foreign;
        if (equals_ignoring_case(verb, "STLS")) state_ = State::asked;
    }

    void server_line(std::string_view line) override {
        if (in_lines_) {
            in_lines_ = line != ".";
            return;
        }
        const auto status = first_word(line);
        const bool good = equals_ignoring_case(status, "+OK");
        answers_challenge_ = status == "+";
        if (awaited_.empty() || (!good && !equals_ignoring_case(status, "-ERR"))) return;
        in_lines_ = good && awaited_.front();
        awaited_.pop_front();
        if (state_ == State::asked && awaited_.empty()) state_ = good ? State::agreed : State::plain;
    }

    std::deque<bool> awaited_{false};  ///< answers, the greeting first: whether lines up to a dot follow
    bool in_lines_ = false;
    bool answers_challenge_ = false;
};

}  // namespace

std::unique_ptr<Dialect> make_line_dialect(config::StartTls dialect) {
    if (dialect == config::StartTls::pop3) return std::make_unique<Pop3>();
    return std::make_unique<Numbered>(dialect);
}

}  // namespace bascule::proxy
