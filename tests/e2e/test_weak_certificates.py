"""A8, A9, A11, A12: weak keys and signatures and misplaced certificates are refused, each with the word that says which."""
import os
import unittest

from harness import Case
from pki import Certificate
from programs import openssl_server
from raw import anybody, handshake_fault, tunnel

CONFIG = """
listeners: [{name: apps, address: "127.0.0.1:0", mode: explicit}]
upstream: {trust: [root.pem]}
"""


class Weak(Case):
    def setUp(self):
        super().setUp()
        self.root = Certificate.authority(self.folder, "Root")
        os.link(self.root.file, f"{self.folder}/root.pem")
        self.daemon = self.start(CONFIG)

    def refused(self, word, leaf, *sent):
        _, port = openssl_server(self, leaf.shown_with(*sent), "-cipher", "DEFAULT:@SECLEVEL=0")
        with tunnel(self.daemon.port("apps"), f"localhost:{port}") as client:
            self.assertEqual(handshake_fault(client, anybody(), "localhost"), "alert bad_certificate")
        record = self.daemon.record()
        self.assertEqual((record["end"]["how"], record["certificate"]["verify"]), ("unverified", word), record["end"])
        return record["end"]["detail"]

    def test_a_small_key_above_the_leaf(self):
        middle = Certificate.authority(self.folder, "Small", self.root, key="rsa:1024")
        self.assertIn("chain's certificate 1 has a weak key", self.refused("CA certificate key too weak", middle.leaf("localhost"), middle))

    def test_a_sha1_signature(self):
        old = Certificate.authority(self.folder, "Old", self.root, digest="sha1")
        self.assertIn("weak signature", self.refused("CA signature digest algorithm too weak", old.leaf("localhost"), old))

    def test_a_path_that_is_too_long(self):
        end = Certificate(self.folder, "End", self.root, ["basicConstraints=critical,CA:TRUE,pathlen:0", Certificate.CA[1]])
        more = Certificate.authority(self.folder, "More", end)
        self.assertIn("path length", self.refused("path length constraint exceeded", more.leaf("localhost"), more, end))

    def test_name_constraints(self):
        narrow = Certificate.authority(self.folder, "Narrow", self.root, ["nameConstraints=critical,permitted;DNS:other.test"])
        self.assertIn("do not permit", self.refused("permitted subtree violation", narrow.leaf("localhost"), narrow))

    def test_a_usage_that_is_none_of_servers(self):
        mail = Certificate.authority(self.folder, "Mail", self.root, ["extendedKeyUsage=emailProtection"])
        self.refused("unsuitable certificate purpose", mail.leaf("localhost"), mail)


if __name__ == "__main__":
    unittest.main()
