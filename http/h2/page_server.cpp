#include "http/page_server.h"

#include "http/h2/frame.h"
#include "http/speaker/speaker.h"

#include <utility>

namespace bascule::http::h2 {
namespace {

constexpr std::size_t kAtOnce = 1_MiB;
constexpr auto kRefused = static_cast<std::uint32_t>(Code::refused_stream);  // it may be asked elsewhere

/// After the first answer it says GOAWAY (RFC 9113 section 6.8): a client asks on another connection, which may go to
/// the origin itself by then.
class Server final : public PageServer, Hearer {
  public:
    explicit Server(Page page) : page_(std::move(page)), speaker_(make_speaker(Speaker::Role::server, *this)) {}

    void take(ByteView octets) override { speaker_->hear(octets); }

    std::string output() override {
        Bytes out;
        speaker_->output(out, kAtOnce);
        if (answered_ && left_ == 0 && !std::exchange(finished_, true)) finish(out);
        return std::string(as_text(out));
    }

    bool done() const override { return speaker_->done(); }

  private:
    /// Not before the answer is whole: there are clients (Java 17) that take GOAWAY for the end of all streams.
    void finish(Bytes& out) {
        speaker_->finish();
        speaker_->output(out, kAtOnce);
    }

    void head(ExchangeId exchange, MessageHead asked) override {
        if (std::exchange(answered_, true)) return speaker_->give_up(exchange, kRefused);
        const bool head_only = asked.method == "HEAD";
        MessageHead answer{.status = page_.status,
                           .fields = {{"content-type", "text/html; charset=utf-8"},
                                      {"content-length", std::to_string(page_.html.size())},
                                      {"cache-control", "no-store"}},
                           .ends = head_only};
        speaker_->answer(exchange, answer);
        if (head_only) return;
        left_ = page_.html.size();
        speaker_->content(exchange, as_bytes(page_.html));
        speaker_->whole(exchange, {});
    }
    void content(ExchangeId exchange, ByteView octets) override { speaker_->used(exchange, octets.size()); }
    void whole(ExchangeId, OwnedFields) override {}
    void sent(ExchangeId, std::size_t octets) override { left_ -= octets; }
    void given_up(ExchangeId, std::uint32_t, bool) override { left_ = 0; }
    void no_more() override {}

    Page page_;
    std::unique_ptr<Speaker> speaker_;
    std::size_t left_ = 0;  ///< of the page, to be sent
    bool answered_ = false;
    bool finished_ = false;
};

}  // namespace

std::unique_ptr<PageServer> make_page_server(Page page) {
    return std::make_unique<Server>(std::move(page));
}

}  // namespace bascule::http::h2
