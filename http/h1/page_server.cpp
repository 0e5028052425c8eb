#include "http/page_server.h"

#include "http/h1/head_end.h"
#include "http/reply.h"

#include <utility>

namespace bascule::http::h1 {
namespace {

class Server final : public PageServer {
  public:
    explicit Server(Page page) : page_(std::move(page)) {}

    void take(ByteView octets) override {
        if (answered_) return;
        head_ += as_text(octets);
        if (!HeadEnd(HeadOf::request).find(head_)) return;
        answered_ = true;
        answer();
        head_.clear();
    }
    std::string output() override { return std::exchange(output_, {}); }
    bool done() const override { return answered_ && output_.empty(); }

  private:
    void answer() {
        output_ = reply_head(page_.status, "text/html; charset=utf-8", page_.html.size());
        if (!head_.starts_with("HEAD ")) output_ += page_.html;
    }

    Page page_;
    std::string head_;
    std::string output_;
    bool answered_ = false;
};

}  // namespace

std::unique_ptr<PageServer> make_page_server(Page page) {
    return std::make_unique<Server>(std::move(page));
}

}  // namespace bascule::http::h1
