"""badssl.com's certificates, recreated: what is refused with enforce is shown with mirror as the same class of fault."""
import unittest

from lab import BODY, MODES, NAME, Lab, page_or_fault


class Good(Lab):
    def test_keys(self):
        for key in ("P-256", "P-384", "RSA-2048"):
            with self.subTest(key):
                self.check_good(self.maker.leaf(self.intermediate, NAME, key=key))

    def test_no_common_name_and_no_subject(self):
        self.check_good(self.maker.leaf(self.intermediate, NAME, subject="/O=Nameless"))
        self.check_good(self.maker.leaf(self.intermediate, NAME, subject="/"))

    def test_1000_and_10000_sans(self):
        for count, pattern in ((1000, "{:03}.sans.test"), (10000, "{:04}.t")):  # as many as OpenSSL's clients take, 100 KB
            with self.subTest(count):
                names = [pattern.format(i) for i in range(count - 1)]
                self.check_good(self.maker.leaf(self.root, *names, NAME, subject="/CN=sans"))

    def test_sans_of_240_kilobytes_are_refused_by_the_client_alone(self):
        """Clients with OpenSSL refuse so many, with the proxy or without."""
        names = [f"name-{i}.sans.test" for i in range(10000)]
        port = self.origin(self.maker.leaf(self.root, *names, NAME, subject="/CN=sans").chain())
        self.assertEqual(self.seen_directly(port), "EXCESSIVE_MESSAGE_SIZE")
        for mode in MODES:
            self.assertEqual(page_or_fault(self.tunnel(mode, port), self.careful(mode)), "EXCESSIVE_MESSAGE_SIZE")
            record = self.daemons[mode].record()
            self.assertEqual((record["end"]["by"], record["end"]["how"]), ("client", "alert"))
            self.assertLess(record["timings_ms"]["total"], 5000)

    def test_extended_validation(self):
        self.check_good(self.maker.leaf(self.intermediate, NAME, certificatePolicies="2.23.140.1.1"))

    def test_a_wildcard(self):
        self.check_good(self.maker.leaf(self.intermediate, f"*.{NAME}"), f"sub.{NAME}")

    def test_a_pinned_key_is_the_clients_matter(self):
        self.check_good(self.maker.leaf(self.intermediate, NAME))


class Bad(Lab):
    def check_bad(self, chain, alert, verify, directly, mirrored=None, name=NAME):
        port = self.origin(chain)
        self.assertEqual(self.seen_directly(port, name), directly)
        self.check_unverified(port, alert, verify, mirrored or directly, name)

    def test_expired(self):
        leaf = self.maker.leaf(self.intermediate, NAME, start="20150409000000Z", end="20150412235959Z")
        self.check_bad(leaf.chain(), "certificate_expired", "certificate has expired", "expired")

    def test_not_yet_valid(self):
        leaf = self.maker.leaf(self.intermediate, NAME, start="20400101000000Z")
        self.check_bad(leaf.chain(), "certificate_expired", "certificate is not yet valid", "not yet valid")

    def test_wrong_host(self):
        self.check_bad(self.maker.leaf(self.intermediate, "other.test").chain(), "bad_certificate", "hostname mismatch", "name")
        self.check_bad(self.maker.leaf(self.intermediate, f"*.{NAME}").chain(), "bad_certificate", "hostname mismatch", "name",
                       name=f"a.b.{NAME}")

    def test_a_common_name_alone(self):
        self.check_bad(self.maker.leaf(self.intermediate, subject=f"/CN={NAME}").chain(), "bad_certificate", "hostname mismatch", "name")

    def test_self_signed(self):
        self.check_bad(self.maker.leaf(None, NAME).chain(), "unknown_ca", "self-signed certificate", "issuer")

    def test_untrusted_root(self):
        rogue = self.maker.authority("Untrusted Root")
        leaf = self.maker.leaf(rogue, NAME)
        self.check_bad(leaf.chain(), "unknown_ca", "unable to get local issuer certificate", "issuer")
        self.check_bad((leaf.file_with(rogue), leaf.key), "unknown_ca", "self-signed certificate in certificate chain", "issuer")

    def test_rogue_roots(self):
        """Roots whose key everybody has (Superfish, eDellRoot...): none but those that are configured are trusted."""
        for name in ("Superfish, Inc.", "eDellRoot", "DSDTestProvider", "preact-cli", "webpack-dev-server"):
            with self.subTest(name):
                rogue = self.maker.authority(name)
                leaf = self.maker.leaf(rogue, NAME)
                self.check_bad((leaf.file_with(rogue), leaf.key), "unknown_ca", "self-signed certificate in certificate chain", "issuer")

    def test_incomplete_chain(self):
        leaf = self.maker.leaf(self.intermediate, NAME)
        self.check_bad((leaf.certificate, leaf.key), "unknown_ca", "unable to get local issuer certificate", "issuer")

    def test_sha1_intermediate(self):
        intermediate = self.maker.authority("SHA-1 Intermediate", self.root, digest="sha1")
        self.check_bad(self.maker.leaf(intermediate, NAME).chain(), "bad_certificate", "CA signature digest algorithm too weak",
                       "weak", "issuer")

    def test_a_weak_key(self):
        self.check_bad(self.maker.leaf(self.intermediate, NAME, key="RSA-1024").chain(), "bad_certificate",
                       "EE certificate key too weak", "weak", "issuer")

    def test_an_expired_intermediate(self):
        intermediate = self.maker.authority("Expired Intermediate", self.root, end="20240201000000Z")
        self.check_bad(self.maker.leaf(intermediate, NAME).chain(), "certificate_expired", "certificate has expired", "expired", "issuer")

    def test_an_intermediate_that_is_no_ca(self):
        false_ca = self.maker.leaf(self.intermediate, "false-ca.test", key="RSA-2048")
        leaf = self.maker.leaf(false_ca, NAME)
        self.check_bad(leaf.chain(), "unknown_ca", "invalid CA certificate", "invalid CA certificate", "issuer")

    def test_a_leaf_for_clients(self):
        leaf = self.maker.leaf(self.intermediate, NAME, extendedKeyUsage="clientAuth")
        self.check_bad(leaf.chain(), "bad_certificate", "unsuitable certificate purpose", "unsuitable certificate purpose", "issuer")

    def test_several_at_once(self):
        rogue = self.maker.authority("Untrusted Root")
        leaf = self.maker.leaf(rogue, "other.test", start="20150409000000Z", end="20150412235959Z")
        self.check_bad(leaf.chain(), "unknown_ca", "unable to get local issuer certificate", "issuer")


if __name__ == "__main__":
    unittest.main()
