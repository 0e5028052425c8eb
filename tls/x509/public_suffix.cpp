#include "tls/x509/public_suffix.h"

#include "base/text.h"

#include <libpsl.h>

namespace bascule::tls {
namespace {

/// The newest of the system's list and the one that is compiled in; read once.
const psl_ctx_t* list() {
    static const psl_ctx_t* const loaded = psl_latest(nullptr);
    return loaded;
}

}  // namespace

bool is_public_suffix(std::string_view name) {
    if (name.find('.') == name.npos) return true;
    const auto* suffixes = list();
    return suffixes &&
           psl_is_public_suffix2(suffixes, to_lower(name).c_str(), PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE) != 0;
}

}  // namespace bascule::tls
