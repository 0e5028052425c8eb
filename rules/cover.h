#pragma once

#include "rules/rules.h"

namespace bascule::rules {

/// Whether all connections that the narrow one matches are known to match the wide one, but for the server name.
bool covers_but_names(const Match& wide, const Match& narrow);

}  // namespace bascule::rules
