#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

namespace bascule::proxy {

/// How often clients have refused our certificate for a name: one that pins does so every time. Bounded: when too many
/// names are known, counting begins anew. Thread-safe.
class Refusals {
  public:
    /// Counts one more; how many there have been for this name.
    std::uint64_t add(const std::string& name);

  private:
    std::mutex lock_;
    std::unordered_map<std::string, std::uint64_t> counts_;
};

}  // namespace bascule::proxy
