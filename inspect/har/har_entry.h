#pragma once

#include "inspect/message.h"

#include <string>

namespace bascule::inspect {

/// One exchange as an entry of HAR 1.2, appended as JSON, always valid: text that is not UTF-8 is base64 where HAR has
/// that (content), else it is repaired. Names that begin with `_` are not the standard's: `_exchange` and `_stream` are
/// those of the records; `_resourceType` and `_webSocketMessages` are Chromium's.
void append_har_entry(std::string& out, const HarExchange& exchange);

}  // namespace bascule::inspect
