#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bascule::http {

/// Whether the connection goes on after an answer (RFC 9112 section 9.3).
enum class Then : std::uint8_t { close, keep };

/// The head of a response of the proxy itself, whose content has `size` octets: nothing to be kept in a cache.
std::string reply_head(int status, std::string_view type, std::size_t size, Then then = Then::close);

/// Such a response with its content, text/plain: sentences, in which a peer's bytes were quoted (escape()) where they
/// were put in. Control characters that are in it all the same are escaped.
std::string reply(int status, std::string_view text, Then then = Then::close);

}  // namespace bascule::http
