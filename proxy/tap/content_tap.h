#pragma once

#include "inspect/content/content_log.h"
#include "net/relay.h"
#include "proxy/connection.h"

#include <memory>

namespace bascule::proxy {

/// Writes what is relayed to the content log of the rule: the messages, where HTTP is inspected and the format is not
/// `raw`; else the octets as they pass.
class ContentTap final : public net::Tap {
  public:
    ContentTap(Connection& connection, const config::ContentLog& options);
    ~ContentTap();
    ContentTap(const ContentTap&) = delete;

    void passed(bool up, ByteView octets) override;
    /// From now on messages are to be written instead of octets: to this, which lives as long as the tap. Null: the
    /// octets are wanted.
    inspect::ContentFile* take_messages();
    /// From now on it is octets again.
    void take_octets() { by_messages_ = false; }

    bool is_for(const config::ContentLog& options) const { return &options_ == &options; }

  private:
    Connection& connection_;
    const config::ContentLog& options_;
    inspect::ContentFile file_;
    bool by_messages_ = false;
};

/// Connection::content as the connection's verdict has it: none where its rule has no content log, or lets it pass
/// unseen; the one that is there where the rule is the same.
void tap_content(Connection& connection);

}  // namespace bascule::proxy
