#include "base/text.h"
#include "proxy/starttls/dialect.h"
#include "proxy/starttls/lines.h"

#include <utility>

namespace bascule::proxy {
namespace {

bool is_letter(char octet) {
    return (octet >= 'A' && octet <= 'Z') || (octet >= 'a' && octet <= 'z');
}

/// Lines in which literals stand: what follows a literal belongs to the line before it.
class WithLiterals : public Dialect {
  protected:
    /// A client's line has begun so; its literals may still follow.
    virtual void client_begins(std::string_view line) = 0;
    /// And is whole.
    virtual void client_ends() = 0;
    /// A server's line, whole.
    virtual void server_says(std::string_view line) = 0;

    std::size_t read_some(bool up, ByteView octets) final {
        Lines& lines = up ? client_ : server_;
        const auto taken = lines.take(octets);
        if (const auto line = lines.line()) up ? on_client(*line) : on_server(*line);
        return taken;
    }

    /// The server has given its leave for the literal that the client announced, or answered without.
    void literal_may_come(bool leave) {
        if (leave) client_.skip(announced_);
        if (!leave && announced_ > 0) in_client_line_ = false;
        announced_ = 0;
    }

  private:
    void on_client(std::string_view line) {
        if (!std::exchange(in_client_line_, true)) client_begins(line);
        if (const auto literal = client_.literal()) {
            literal->waits ? void(announced_ = literal->octets) : client_.skip(literal->octets);
        } else {
            in_client_line_ = false;
            client_ends();
        }
    }

    void on_server(std::string_view line) {
        if (!std::exchange(in_server_line_, true)) server_begins_with_ = line;
        if (const auto literal = server_.literal()) {
            server_.skip(literal->octets);
            return;
        }
        in_server_line_ = false;
        server_says(server_begins_with_);
    }

    Lines client_, server_;
    std::string server_begins_with_;
    std::uint64_t announced_ = 0;
    bool in_client_line_ = false;
    bool in_server_line_ = false;
};

/// RFC 9051 section 6.2.1: "a1 STARTTLS", "a1 OK".
class Imap final : public WithLiterals {
    void client_begins(std::string_view line) override {
        tag_ = first_word(line);
        asks_ = equals_ignoring_case(rest_of(line), "STARTTLS");
    }
    void client_ends() override {
        if (asks_) state_ = State::asked;
    }
    void server_says(std::string_view line) override {
        const auto first = first_word(line);
        if (first == "+") literal_may_come(true);
        if (first != tag_) return;
        literal_may_come(false);
        if (state_ != State::asked) return;
        state_ = equals_ignoring_case(first_word(rest_of(line)), "OK") ? State::agreed : State::plain;
    }

    std::string tag_;
    bool asks_ = false;
};

/// RFC 5804 section 2.2: "STARTTLS", "OK". Answers have no tags, but one final line each, as has the greeting.
class Sieve final : public WithLiterals {
    void client_begins(std::string_view line) override {
        const auto verb = first_word(line);
        is_command_ = !verb.empty() && is_letter(verb.front());  // else a string, in an authentication
        asks_ = equals_ignoring_case(verb, "STARTTLS");
    }
    void client_ends() override {
        if (is_command_) ++awaited_;
        if (asks_) state_ = State::asked;
    }
    void server_says(std::string_view line) override {
        const auto word = line.substr(0, line.find_first_of(" ("));
        const bool good = equals_ignoring_case(word, "OK");
        if (!good && !equals_ignoring_case(word, "NO") && !equals_ignoring_case(word, "BYE")) return;
        if (awaited_ > 0) --awaited_;
        if (state_ == State::asked && awaited_ == 0) state_ = good ? State::agreed : State::plain;
    }

    std::size_t awaited_ = 1;
    bool is_command_ = false;
    bool asks_ = false;
};

}  // namespace

std::unique_ptr<Dialect> make_tagged_dialect(config::StartTls dialect) {
    if (dialect == config::StartTls::sieve) return std::make_unique<Sieve>();
    return std::make_unique<Imap>();
}

}  // namespace bascule::proxy
