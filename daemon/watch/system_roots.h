#pragma once

#include <array>

/// Where distributions keep the roots that the system trusts.
namespace bascule::daemon {

/// In one file of PEM.
inline constexpr std::array<const char*, 5> kSystemBundles{
    "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",                   // Fedora, RHEL
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // the same
    "/etc/ssl/ca-bundle.pem",                             // openSUSE
    "/etc/ssl/cert.pem"};                                 // Alpine

/// In Java's own form.
inline constexpr std::array<const char*, 2> kJavaStores{"/etc/ssl/certs/java/cacerts",                // Debian
                                                        "/etc/pki/ca-trust/extracted/java/cacerts"};  // Fedora, RHEL

}  // namespace bascule::daemon
