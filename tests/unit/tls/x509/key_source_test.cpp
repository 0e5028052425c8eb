#include "tls/x509/key_source.h"

#include "tests/support/catch.h"
#include "tests/support/certificates.h"
#include "tls/signer/authority.h"
#include "tls/signer/create_authority.h"

#include <cstdlib>

using namespace bascule;
using namespace bascule::tls;
using test::Contains;

namespace {

std::string refusal(const std::string& source) {
    try {
        load_private_key(source);
    } catch (const Error& error) {
        return error.what();
    }
    return "not refused";
}

}  // namespace

TEST_CASE("a systemd credential is found by its name, and may show group bits from its ACL (D6)") {
    const test::TemporaryDirectory directory;
    const auto made = create_authority({.common_name = "Our CA"});
    directory.write("ca.key", made.key_pem, 0440);
    directory.write("open.key", made.key_pem, 0444);
    const auto certificate = directory.write("ca.crt", made.certificate_pem);
    ::unsetenv("CREDENTIALS_DIRECTORY");
    CHECK(refusal("credential:ca.key") ==
          "credential:ca.key: no credentials were passed ($CREDENTIALS_DIRECTORY is not set); in the unit: "
          "LoadCredential=ca.key:FILE");
    ::setenv("CREDENTIALS_DIRECTORY", directory.path("").c_str(), 1);
    CHECK(Authority::load(certificate, "credential:ca.key")->fingerprint() == made.fingerprint);
    CHECK(refusal("credential:absent") ==
          "credential:absent: no such credential was passed; in the unit: LoadCredential=absent:FILE");
    CHECK_THAT(refusal("credential:open.key"), Contains("is readable by others (mode 0444)"));
    CHECK_THAT(refusal(directory.path("ca.key")), Contains("is readable by others (mode 0440)"));
    for (const auto* name : {"credential:", "credential:..", "credential:../ca.key", "credential:/etc/ca.key"}) {
        CHECK_THAT(refusal(name), Contains("is no name of a credential"));
    }
    ::unsetenv("CREDENTIALS_DIRECTORY");
}

TEST_CASE("a PIN is never shown (D6)") {
    CHECK(shown_key_source("pkcs11:object=ca?pin-value=1234") == "pkcs11:object=ca");
    CHECK(shown_key_source("ca.key") == "ca.key");
    const auto text = refusal("pkcs11:object=ca?pin-value=98765&nonsense=1");
    CHECK_THAT(text, test::StartsWith("pkcs11:object=ca: \"nonsense\" is not known") && !Contains("98765"));
}

TEST_CASE("a PIN's file is demanded to be its owner's alone (D6)") {
    const test::TemporaryDirectory directory;
    const auto open = directory.write("pin", "1234\n", 0644);
    CHECK_THAT(refusal("pkcs11:object=ca?pin-source=file:" + open),
               Contains(open + " is readable by others (mode 0644)"));
    CHECK(refusal("pkcs11:object=ca?pin-source=/nowhere/pin") == "/nowhere/pin: No such file");
}
