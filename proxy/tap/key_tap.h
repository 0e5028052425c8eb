#pragma once

#include "inspect/key_log.h"
#include "tls/session/session.h"

#include <string>

namespace bascule::proxy {

/// Writes the secrets of one leg of a connection to the key log of its rule, after a comment that tells whose they are.
class KeyTap final : public tls::KeySink {
  public:
    /// `log` and `path` outlive it; `leg` is "client" or "upstream".
    KeyTap(inspect::KeyLog& log, const std::string& path, const std::string& id, std::string_view leg);
    void take_key(std::string_view line) override;

  private:
    inspect::KeyLog& log_;
    const std::string& path_;
    std::string comment_;
};

}  // namespace bascule::proxy
