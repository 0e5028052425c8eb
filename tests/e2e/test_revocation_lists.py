"""A17: an origin whose certificate is on a revocation list is refused, and a list is read again on SIGHUP."""
import os
import signal
import unittest

from harness import Case, run, BASCULE
from pki import Certificate
from raw import anybody, handshake_fault, secure, tunnel

CONFIG = """
listeners: [{name: apps, address: "127.0.0.1:0", mode: explicit}]
upstream: {trust: [root.pem], crl: [lists.pem]}
"""


class Lists(Case):
    def setUp(self):
        super().setUp()
        self.root = Certificate.authority(self.folder, "Root")
        self.middle = Certificate.authority(self.folder, "Middle", self.root)
        self.leaf = self.middle.leaf("localhost")
        os.link(self.root.file, f"{self.folder}/root.pem")
        self.lists = f"{self.folder}/lists.pem"

    def serve(self):
        self.served = self.origin(leaf=self.leaf.shown_with(self.middle))
        self.daemon = self.start(CONFIG)

    def connect(self):
        return tunnel(self.daemon.port("apps"), f"localhost:{self.served.port}")

    def assert_accepted(self):
        with self.connect() as client:
            secure(client, self.client_context(self.daemon), "localhost")
        self.assertEqual(self.daemon.record()["certificate"]["verify"], "ok")

    def assert_refused(self, alert, word, *details):
        with self.connect() as client:
            self.assertEqual(handshake_fault(client, anybody(), "localhost"), f"alert {alert}")
        record = self.daemon.record()
        self.assertEqual((record["end"]["how"], record["certificate"]["verify"]), ("unverified", word))
        for detail in details:
            self.assertIn(detail, record["end"]["detail"])

    def test_revoked_after_a_reload_and_not_before(self):
        self.middle.revocation_list(self.lists, self.middle.leaf("other.test"))
        self.serve()
        self.assert_accepted()
        self.middle.revocation_list(self.lists, self.leaf)
        self.daemon.signal(signal.SIGHUP)
        self.daemon.event("reloaded")
        self.assert_refused("certificate_revoked", "certificate revoked", "upstream certificate has been revoked")

    def test_a_revoked_authority_above_it(self):
        self.root.revocation_list(self.lists, self.middle)
        self.serve()
        self.assert_refused("certificate_revoked", "certificate revoked", "chain's certificate 1 has been revoked")

    def test_a_list_that_is_out_of_date_vouches_for_nobody(self):
        self.middle.revocation_list(self.lists, next="20240201000000Z")
        self.serve()
        self.assert_refused("bad_certificate", "CRL has expired", "upstream.crl", "out of date", "reload")

    def test_a_list_of_another_issuer_says_nothing(self):
        Certificate.authority(self.folder, "Stranger").revocation_list(self.lists)
        self.serve()
        self.assert_accepted()

    def test_a_file_that_holds_no_list_is_a_mistake_with_its_place(self):
        self.middle.revocation_list(self.lists)
        self.serve()
        with open(self.lists, "a") as file:
            file.write("-----BEGIN X509 CRL-----\nMIIB\n-----END X509 CRL-----\n")
        checked = run(BASCULE, "check", "--config", self.daemon.config)
        self.assertEqual(checked.returncode, 2)
        self.assertIn(f"{self.daemon.config}:4:", checked.stderr)
        self.assertIn(f"upstream.crl: {self.lists}: revocation list 2 is broken", checked.stderr)


if __name__ == "__main__":
    unittest.main()
