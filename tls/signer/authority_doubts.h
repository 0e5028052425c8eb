#pragma once

#include "tls/signer/authority.h"

#include <string>
#include <vector>

namespace bascule::tls {

/// What clients do not accept about a CA that can sign, or soon will not, for a person, with what mends it: its end is
/// near (30 days) or past, it is not valid yet, strict clients miss an extension, its file holds strays, an issuer ends
/// before it. `certificate_path` is where it was read from.
std::vector<std::string> doubts_about(const Authority& authority, const std::string& certificate_path, WallTime now);

/// Which certificate clients must trust, for a person: the root of the CA's file, the CA itself, or the issuer that is
/// not in the file.
std::string trust_anchor_text(const Authority& authority);

}  // namespace bascule::tls
