#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// The journal's native protocol. An entry waits in the log's queue as a frame: each field as a length (32 bits, host
/// order) and `NAME=value`, a length of zero after the last.
namespace bascule::inspect {

void append_journal_field(std::string& frame, std::string_view name, std::string_view value);
void end_journal_entry(std::string& frame);

/// 32 hexadecimal digits that stand for a kind of event, for ever: the same 64 random bits, then FNV-1a of its name.
std::string message_id(std::string_view event);

/// Throws Error where no journal listens: libsystemd would take each entry and drop it in silence.
void require_journal();
/// Sends every entry of the frames. Returns how many the journal refused, and the last errno in `fault`.
std::uint64_t send_to_journal(std::string_view frames, int& fault);

}  // namespace bascule::inspect
