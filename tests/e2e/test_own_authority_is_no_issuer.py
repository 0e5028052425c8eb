"""A16: a certificate of our own forging CA is refused upstream, even where that CA is in the trust."""
import os
import unittest

from harness import Case, run, BASCULE
from pki import Certificate
from raw import anybody, handshake_fault, tunnel

CONFIG = """
listeners: [{name: apps, address: "127.0.0.1:0", mode: explicit}]
upstream: {trust: [ca.crt, other.crt]}
"""


class OwnAuthority(Case):
    def setUp(self):
        super().setUp()
        self.assertEqual(run(BASCULE, "ca", "create", "--directory", self.folder).returncode, 0)
        self.own = Certificate.authority(self.folder, "Stand-in")
        self.own.file, self.own.key = f"{self.folder}/ca.crt", f"{self.folder}/ca.key"
        self.other = Certificate.authority(self.folder, "Other")
        os.link(self.other.file, f"{self.folder}/other.crt")

    def assert_refused(self, leaf, *sent):
        served = self.origin(leaf=leaf.shown_with(*sent))
        daemon = self.start(CONFIG)
        with tunnel(daemon.port("apps"), f"localhost:{served.port}") as client:
            self.assertEqual(handshake_fault(client, anybody(), "localhost"), "alert unknown_ca")
        record = daemon.record()
        self.assertEqual((record["end"]["how"], record["certificate"]["verify"]), ("unverified", "issued by our own CA"))
        self.assertIn("this proxy's own CA", record["end"]["detail"])
        self.assertNotIn("upstream.trust", record["end"]["detail"])

    def test_as_the_issuer_of_the_leaf(self):
        self.assert_refused(self.own.leaf("localhost"))

    def test_sent_along_or_not(self):
        self.assert_refused(self.own.leaf("localhost"), self.own)

    def test_above_an_intermediate(self):
        middle = Certificate.authority(self.folder, "Middle", self.own)
        self.assert_refused(middle.leaf("localhost"), middle)

    def test_its_key_under_another_name_that_another_root_vouches_for(self):
        disguised = Certificate.authority(self.folder, "Disguise", self.other, key_file=self.own.key)
        self.assert_refused(disguised.leaf("localhost"), disguised)


if __name__ == "__main__":
    unittest.main()
