#pragma once

#include "http/speaker/speaker.h"
#include "net/loop.h"
#include "proxy/http/act/own_message.h"

#include <optional>
#include <random>

namespace bascule::proxy {

/// One message on its way from one leg to the other: what has been heard of it is said as its plan has it. Content is
/// kept here only while it is delayed, paced or replaced; else it goes on at once, and is used when the other side has
/// taken it.
class Way {
  public:
    struct End {
        http::Speaker* speaker = nullptr;  ///< null: not known yet
        http::ExchangeId exchange = 0;
    };
    enum class Of : std::uint8_t { request, answer };

    Way(Of of, End from) : of_(of), from_(from) {}

    /// Where it goes; what was heard so far goes on now. `now` is the loop's.
    void lead(End to, http::MessageHead head, ContentPlan plan, net::Time now);
    /// A message of our own, whose content nobody has to use, instead of one that is heard.
    void say(End to, OwnMessage message, net::Time now);
    /// What comes is of no use any more.
    void drop();

    void content(ByteView octets, net::Time now);
    void whole(http::OwnedFields trailers, net::Time now);
    void sent(std::size_t octets);
    /// Its exchange turns into something else (101): what comes from now on passes as it is.
    void reopen();
    /// The same for what comes the other way, which was no message before.
    void lead_on(End to);
    /// Goes on with what had to wait.
    void go_on(net::Time now);
    /// When go_on() is due; Time::max(): it waits for no time.
    net::Time due() const;

    const End& to() const { return to_; }
    bool led() const { return to_.speaker != nullptr; }
    bool head_said() const { return head_said_; }
    bool over() const { return over_; }
    /// Its plan has it broken off here (abort_after), and what came before it has gone out.
    bool breaks_off() const { return breaks_off_ && sent_ == passed_; }

  private:
    bool collects() const { return plan_.replace != nullptr && !replaced_; }
    void say_head();
    void replace();
    std::size_t room(net::Time now) const;
    void pass(std::size_t octets);
    void corrupt(std::span<std::uint8_t> octets) const;
    bool flows_freely() const;
    void use(std::size_t octets);
    void end();

    Of of_;
    End from_, to_;
    http::MessageHead head_;
    ContentPlan plan_;
    http::OwnedFields trailers_;
    Bytes held_;
    std::size_t unused_ = 0;    ///< of what was heard: not told as used
    std::uint64_t passed_ = 0;  ///< octets of content
    std::uint64_t sent_ = 0;    ///< of them, taken by the peer
    net::Time not_before_{};
    bool head_said_ = false;
    bool replaced_ = false;
    bool heard_all_ = false;
    bool dropped_ = false;
    bool over_ = false;
    bool breaks_off_ = false;
};

}  // namespace bascule::proxy
