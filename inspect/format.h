#pragma once

#include "inspect/event.h"
#include "inspect/exchange.h"
#include "inspect/record.h"

#include <string>

/// A record or an event as one line, appended to a string that the caller reuses; no line end is ever part of it.
namespace bascule::inspect {

/// The native schema: the keys of ConnectionRecord in its order, after `time`, `level` and `event`.
void append_json(std::string& out, const ConnectionRecord& record);
void append_json(std::string& out, const ExchangeRecord& record);
void append_json(std::string& out, const WebSocketRecord& record);
void append_json(std::string& out, const Event& event);

/// `format: logfmt`, every field, for grep. A connection:
///     c=ID SOURCE -> TARGET (DESTINATION) ACTION rule=NAME (FILE:LINE) end=HOW by=BY step=STEP detail="..." up=N
///     down=N ms=T, then every other known fact as key=value, nested ones as client_tls.version=TLSv1.3
/// An exchange: c=ID SOURCE METHOD URL STATUS end=HOW by=BY detail="..." ms=T, then the others alike.
/// An event: `NAME: MESSAGE key=value...`. A value with a space, a quote or anything but printable ASCII is in quotes
/// and escaped as by base/text.h, so that no peer can forge a line or a key. Time and level stand before it where the
/// output has none of its own (append_stamp).
void append_logfmt(std::string& out, const ConnectionRecord& record);
void append_logfmt(std::string& out, const ExchangeRecord& record);
void append_logfmt(std::string& out, const WebSocketRecord& record);
void append_logfmt(std::string& out, const Event& event);

/// `2026-11-23T05:04:03.000001Z info `
void append_stamp(std::string& out, WallTime time, Level level);

/// The same facts as fields of the journal (inspect/journal.h): BASCULE_ and the key in capitals, nested keys joined
/// by an underscore, and MESSAGE_ID.
void append_journal_fields(std::string& frame, const ConnectionRecord& record);
void append_journal_fields(std::string& frame, const ExchangeRecord& record);
void append_journal_fields(std::string& frame, const WebSocketRecord& record);
void append_journal_fields(std::string& frame, const Event& event);

}  // namespace bascule::inspect
