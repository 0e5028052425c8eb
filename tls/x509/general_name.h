#pragma once

#include "tls/x509/der.h"

/// GeneralName (RFC 5280 section 4.2.1.6) as it stands in a subjectAltName or in name constraints.
namespace bascule::tls::general_name {

// context-specific tags
inline constexpr std::uint8_t kMail = 0x81;
inline constexpr std::uint8_t kDns = 0x82;
inline constexpr std::uint8_t kDirectory = 0xa4;
inline constexpr std::uint8_t kUri = 0x86;
inline constexpr std::uint8_t kAddress = 0x87;

/// The kinds that a TLS client may look at: what a leaf carries.
bool is_copied(std::uint8_t tag);

/// Printable ASCII (a DNS name without spaces), not empty; an address of 4 or 16 octets. Of the kinds that are copied
/// nothing else may stand in a leaf.
bool is_legal(const der::Element& name);

/// For a person, escaped and cut to a readable length.
std::string text_of(const der::Element& name);

}  // namespace bascule::tls::general_name
