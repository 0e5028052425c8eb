#pragma once

#include "base/bytes.h"

#include <memory>
#include <string>

namespace bascule::http {

struct Page {
    int status = 200;
    std::string html;
};

/// An origin that has one page for every request, and ends the connection after the first: octets in, octets out, no
/// I/O. What it is given was found to be HTTP of that version (Walker); of a request's content it keeps nothing.
class PageServer {
  public:
    virtual ~PageServer() = default;
    virtual void take(ByteView octets) = 0;
    /// What is to be sent by now; it is handed out once.
    virtual std::string output() = 0;
    /// Nothing more will be sent.
    virtual bool done() const = 0;
};

namespace h1 {
std::unique_ptr<PageServer> make_page_server(Page page);
}
namespace h2 {
std::unique_ptr<PageServer> make_page_server(Page page);
}

}  // namespace bascule::http
