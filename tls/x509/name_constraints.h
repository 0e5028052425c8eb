#pragma once

#include "base/bytes.h"
#include "tls/x509/der.h"

#include <optional>
#include <string>
#include <vector>

namespace bascule::tls {

/// The names that a CA may vouch for (RFC 5280 section 4.2.1.10), pure. DNS names and addresses are compared; names of
/// a kind that is constrained in another way (mail, URI, directory) are never allowed: the safe side.
class NameConstraints {
  public:
    NameConstraints() = default;
    /// From the extension's value. Nothing where it is malformed.
    static std::optional<NameConstraints> parse(ByteView der);

    /// Each name is a DNS name (it and all below it; `.name`: only those below it), an address or a block of addresses
    /// as `10.0.0.0/8`. Throws Error where it is none of these.
    void permit(const std::string& name) { add(permitted_, name); }
    void exclude(const std::string& name) { add(excluded_, name); }
    bool empty() const { return permitted_.empty() && excluded_.empty(); }
    /// The extension's value.
    Bytes der() const;

    /// Whether a GeneralName lies within. A wildcard lies outside as soon as one name that it covers does so by
    /// exclusion.
    bool allow(const der::Element& name) const;
    /// Whether a certificate with this subject (DER of the Name) may be issued: constraints on directory names hold
    /// for the subject too.
    bool allow_subject(ByteView subject) const;

  private:
    struct Subtree {
        std::uint8_t tag = 0;
        Bytes base;
    };
    static void add(std::vector<Subtree>& list, const std::string& name);
    static bool read(ByteView subtrees, std::vector<Subtree>& into);

    std::vector<Subtree> permitted_;
    std::vector<Subtree> excluded_;
};

}  // namespace bascule::tls
