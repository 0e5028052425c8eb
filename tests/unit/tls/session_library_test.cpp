#include "tls/session_library.h"

#include "tests/support/catch.h"
#include "tests/support/certificates.h"
#include "tls/library.h"
#include "tls/x509/certificate.h"

using namespace bascule;
using namespace bascule::tls;
using namespace bascule::test;

TEST_CASE("sessions have a library context of their own where the library does not remember its decoders") {
    CHECK((session_library() == nullptr) == remembers_decoders());
    CHECK(session_library() == session_library());
}

namespace {

/// As OpenSSL reads what a peer sends.
CertificateHandle read_certificate(const Bytes& der) {
    X509* certificate = X509_new_ex(session_library(), nullptr);
    const unsigned char* octets = der.data();
    d2i_X509(&certificate, &octets, static_cast<long>(der.size()));
    return CertificateHandle(certificate);
}

}  // namespace

TEST_CASE("keys of certificates are read there as everywhere") {
    const auto root = make_root();
    const auto kind = GENERATE(as<std::string>(), "P-256", "P-384", "ED25519", "RSA-2048");
    CertificateSpec spec;
    spec.key = kind;
    const auto issued = issue(spec, &root);
    const auto read = read_certificate(der_of(issued.x509()));
    REQUIRE(read);
    CHECK(EVP_PKEY_eq(X509_get0_pubkey(read.get()), issued.key.get()) == 1);
    CHECK(X509_verify(read.get(), root.key.get()) == 1);
}
