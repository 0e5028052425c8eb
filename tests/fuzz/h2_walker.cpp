// links: bascule_http
#include "http/h2/frame.h"
#include "http/h2/walker.h"

#include <cstdlib>
#include <set>
#include <string>

using namespace bascule;
using namespace bascule::http;

namespace {

void check(bool holds) {
    if (!holds) std::abort();
}

/// What is told is in order: nothing of an exchange before its request, or after its end.
class Order final : public Exchanges {
  public:
    void request(ExchangeId id, const RequestView& head) override {
        check(!head.method.empty() && !head.path.empty() && head.head_bytes >= h2::kFrameHead);
        check(open_.insert({id, true}).second && open_.insert({id, false}).second);
        check_fields(head.fields);
    }
    void informational(ExchangeId id, const ResponseView& head) override {
        check(head.status >= 100 && head.status < 200 && is_open(id, false) && !answered_.contains(id));
    }
    void response(ExchangeId id, const ResponseView& head) override {
        check(head.status >= 200 && is_open(id, false) && answered_.insert(id).second);
        check_fields(head.fields);
    }
    void body(ExchangeId id, bool up, ByteView octets) override { check(!octets.empty() && is_open(id, up)); }
    void trailers(ExchangeId id, bool up, FieldViews fields) override { check(!fields.empty() && is_open(id, up)); }
    void ended(ExchangeId id, bool up) override { check(open_.erase({id, up}) == 1); }
    void reset(ExchangeId id, bool, std::uint32_t) override {
        check(open_.erase({id, true}) + open_.erase({id, false}) > 0);
    }
    /// As HTTP/1 has told it: the request is whole.
    void becomes_stream(ExchangeId, ExchangeId stream) override { open_.insert({stream, false}); }
    bool empty() const { return open_.empty(); }

  private:
    bool is_open(ExchangeId id, bool up) const {
        return open_.contains({id, up}) && (up || open_.contains({id, false}));
    }
    static void check_fields(FieldViews fields) {
        for (const auto& [name, value] : fields) check(!name.empty() && name.front() != ':' && !value.contains('\n'));
    }
    std::set<std::pair<ExchangeId, bool>> open_;
    std::set<ExchangeId> answered_;
};

/// Both directions of a connection, offered as a relay does.
class Relay {
  public:
    Relay() : walker_(h2::make_walker(told_, now)) {}
    /// After a request in HTTP/1.1 that asked for HTTP/2.
    Relay(bool is_head, ByteView settings) {
        walker_ = h2::make_upgraded_walker(told_, is_head, settings, now);
        if (!walker_->fault()) told_.becomes_stream(1, 1);
    }
    void say(bool up, ByteView octets) {
        auto& held = up ? up_ : down_;
        held.append(as_text(octets));
        offer(up);
        offer(!up);
    }
    void end() {
        for (const bool up : {true, false}) {
            walker_->ended(up, true);
            offer(up);
            check((up ? up_ : down_).empty() || walker_->fault());
        }
    }

  private:
    void offer(bool up) {
        auto& held = up ? up_ : down_;
        const bool had_failed = walker_->fault().has_value();
        const auto admitted = walker_->admit(up, as_bytes(held));
        check(admitted <= held.size() && (!had_failed || admitted == 0));
        held.erase(0, admitted);
        check(held.size() < 128_KiB || walker_->fault());
        check(walker_->all_whole() == told_.empty());
        check(!walker_->fault() || !walker_->fault()->what.empty());
    }
    static std::chrono::steady_clock::time_point now() { return {}; }

    Order told_;
    std::unique_ptr<Walker> walker_;
    std::string up_, down_;
};

/// So many octets as the first one says.
ByteView take_piece(ByteView& rest) {
    const auto piece = rest.subspan(1, std::min<std::size_t>(rest.front() & 0x7f, rest.size() - 1));
    rest = rest.subspan(1 + piece.size());
    return piece;
}

Relay begin(ByteView& rest) {
    const auto choice = rest.front();
    rest = rest.subspan(1);
    const bool upgraded = (choice == 2 || choice == 3) && !rest.empty();
    return upgraded ? Relay(choice == 3, take_piece(rest)) : Relay();
}

void say_hellos(Relay& relay) {
    const std::string settings(h2::kFrameHead, '\0');
    const std::string hello = settings.substr(0, 3) + '\4' + settings.substr(4);
    relay.say(true, as_bytes(std::string(h2::kPreface) + hello));
    relay.say(false, as_bytes(hello));
}

}  // namespace

/// Pieces of the one direction or the other: an octet says whose (its first bit) and how long it is. The hellos of
/// both sides are said before them, unless the first octet is zero. Two: after an upgrade, with the client's settings
/// as the first piece; three: the same for a HEAD.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    ByteView rest(data, size);
    if (rest.empty()) return 0;
    const bool greets = rest.front() != 0;
    Relay relay = begin(rest);
    if (greets) say_hellos(relay);
    while (!rest.empty()) {
        const bool up = (rest.front() & 0x80) == 0;
        relay.say(up, take_piece(rest));
    }
    relay.end();
    return 0;
}
