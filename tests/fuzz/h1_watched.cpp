// links: bascule_http
#include "http/h1/watched.h"

#include <cstdlib>
#include <string>

using namespace bascule;
using namespace bascule::http;

namespace {

void check(bool holds) {
    if (!holds) std::abort();
}

/// Writes down what it is told; content only by its size, as it comes in any pieces.
class Story final : public Exchanges {
  public:
    std::string text;
    std::uint64_t content[2] = {0, 0};

    void request(ExchangeId id, const RequestView& head) override {
        check(!head.method.empty() && head.head_bytes > 0);
        add("request", id) += head.path;
    }
    void becomes_stream(ExchangeId id, ExchangeId stream) override {
        check(stream == 1 && id > 0 && !stream_);
        stream_ = true;
        add("becomes a stream", id);
    }
    void informational(ExchangeId id, const ResponseView& head) override {
        check(!stream_ || (head.status == 101 && id == 1));
        check(head.status >= 100 && head.status < 200);
        add("informational", id);
    }
    void response(ExchangeId id, const ResponseView& head) override {
        check(head.status >= 200 && !stream_);  // of a stream it is HTTP/2
        add("response", id);
    }
    void body(ExchangeId, bool up, ByteView octets) override {
        check(!octets.empty());
        content[up] += octets.size();
    }
    void trailers(ExchangeId id, bool, FieldViews fields) override {
        check(!fields.empty());
        add("trailers", id);
    }
    void ended(ExchangeId id, bool up) override { add(up ? "asked" : "answered", id); }
    void reset(ExchangeId, bool, std::uint32_t) override { check(false); }

  private:
    bool stream_ = false;
    std::string& add(std::string_view what, ExchangeId id) { return ((text += what) += std::to_string(id)) += '\n'; }
};

/// One direction as a relay has it: what is not admitted is offered again with what follows.
struct Way {
    std::string held, passed;
};

struct Run {
    Story story;
    WatchedH1 walker{story};
    Way ways[2];

    void say(bool up, std::string_view octets) {
        ways[up].held += octets;
        offer(up);
        offer(!up);
    }
    void offer(bool up) {
        auto& [held, passed] = ways[up];
        if (held.empty() || walker.fault()) return;
        const auto admitted = walker.admit(up, as_bytes(held));
        check(admitted <= held.size());
        passed += held.substr(0, admitted);
        held.erase(0, admitted);
        check(held.size() < 256_KiB);
    }
};

}  // namespace

/// Pieces that begin with `>` are the client's, others the origin's; an octet of zero ends each. In one run what comes
/// is whole, in the other octet by octet.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view input(reinterpret_cast<const char*>(data), size);
    Run whole, parts;
    while (!input.empty()) {
        const bool up = input.front() == '>';
        auto piece = input.substr(0, input.find('\0'));
        input.remove_prefix(std::min(piece.size() + 1, input.size()));
        if (up) piece.remove_prefix(1);
        whole.say(up, piece);
        for (const char& octet : piece) parts.say(up, {&octet, 1});
    }
    check(whole.walker.fault().has_value() == parts.walker.fault().has_value());
    check((whole.walker.http2() == nullptr) == (parts.walker.http2() == nullptr) || whole.walker.fault());
    if (!whole.walker.fault()) {
        check(whole.story.text == parts.story.text);
        for (const bool up : {false, true}) {
            // trailers that are not whole are held with the octets of the chunks that came with them
            check(parts.ways[up].passed.starts_with(whole.ways[up].passed));
            check(whole.story.content[up] == parts.story.content[up]);
        }
    }
    return 0;
}
