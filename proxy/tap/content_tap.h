#pragma once

#include "inspect/content/content_log.h"
#include "net/relay.h"
#include "proxy/connection.h"

#include <memory>

namespace bascule::proxy {

/// Writes what is relayed to the content log of the rule.
class ContentTap final : public net::Tap {
  public:
    ContentTap(Connection& connection, const config::ContentLog& options);
    ~ContentTap();
    ContentTap(const ContentTap&) = delete;
    void passed(bool up, ByteView octets) override;

  private:
    Connection& connection_;
    inspect::ContentFile file_;
};

/// Null where the connection's rule has no content log, or lets it pass unseen.
std::unique_ptr<ContentTap> make_content_tap(Connection& connection);

}  // namespace bascule::proxy
