#pragma once

#include "http/page_server.h"
#include "inspect/record.h"

#include <string_view>

namespace bascule::proxy {

/// The page for a person whose browser has no way to a server: what happened and what to do, and where whoever runs the
/// proxy finds the rest (the connection's id). Nothing of the log's business is in it.
http::Page error_page(inspect::How how, std::string_view server_name, std::string_view id);

/// Whether there is one.
bool has_page(inspect::How how);

}  // namespace bascule::proxy
