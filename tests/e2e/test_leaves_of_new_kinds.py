"""Kinds of keys that not every client takes, Ed25519 and ML-DSA: the leaf has one where the origin has and the client
takes it, and else a P-256 key, which the record says."""
import re
import unittest

from certificates import Maker
from harness import Case, run
from libraries import ML_DSA
from programs import openssl_server

NAME = "site.test"
KINDS = ["ED25519", *(("ML-DSA-44", "ML-DSA-65", "ML-DSA-87") if ML_DSA else ())]
OLD = "ecdsa_secp256r1_sha256:rsa_pss_rsae_sha256"  # what such a client takes


class NewKinds(Case):
    def setUp(self):
        super().setUp()
        self.maker = Maker(self.folder)

    def serve(self, kind, hello="mirror", issuer=None):
        root = self.maker.authority("Public Root", key=issuer or "P-256", digest="default")
        if issuer:
            self.assertIn(issuer, run("openssl", "x509", "-noout", "-text", "-in", root.certificate).stdout)
        issuer = self.maker.authority("Issuer", root, key=issuer, digest="default") if issuer else root
        leaf = self.maker.leaf(issuer, NAME, key=kind, keyUsage="critical,digitalSignature", digest="default")
        _, port = openssl_server(self, leaf.chain(), "-www", "-tls1_3")
        self.daemon = self.start(f"""
listeners: [{{name: fixed, address: "127.0.0.1:0", mode: forward, target: "127.0.0.1:{port}"}}]
upstream: {{trust: [{root.certificate}], hello: {hello}, ocsp: off, resumption: "off"}}
""")

    def visit(self, *options):
        """What `openssl s_client` says, which verifies us, and the record."""
        done = run("openssl", "s_client", "-connect", f"127.0.0.1:{self.daemon.port('fixed')}", "-servername", NAME, "-verify_hostname",
                   NAME, "-verify_return_error", "-x509_strict", "-CAfile", self.daemon.ca, *options, input="GET / HTTP/1.0\r\n\r\n")
        return done, self.daemon.record()

    def key_of(self, done):
        text = run("openssl", "x509", "-noout", "-text", input=done.stdout).stdout
        self.assertRegex(text, r"Key Usage: critical\s+Digital Signature\n")
        return re.search(r"Public Key Algorithm: (\S+)", text)[1]

    def test_the_kind_is_mirrored(self):
        for kind in KINDS:
            with self.subTest(kind):
                self.serve(kind)
                done, record = self.visit()
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(record["certificate"]["verify"], "ok")
                self.assertEqual(self.key_of(done), kind)
                self.assertNotIn("reason", record)

    def test_a_client_that_does_not_take_it_is_shown_another(self):
        for kind in KINDS:
            with self.subTest(kind):
                self.serve(kind, hello="own")
                done, record = self.visit("-sigalgs", OLD)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(self.key_of(done), "id-ecPublicKey")
                self.assertIn(f"the leaf's key is P-256 for {kind}, whose signatures the client does not take".lower(),
                              record["reason"].lower())

    def test_an_origin_asked_as_the_client_asks_has_nothing_to_show(self):
        self.serve(KINDS[-1])
        done, record = self.visit("-sigalgs", OLD)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual((record["end"]["by"], record["end"]["how"]), ("upstream", "alert"))

    def test_a_whole_chain_of_them_is_verified(self):
        self.serve(KINDS[-1], issuer=KINDS[-1])
        done, record = self.visit()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(record["certificate"]["verify"], "ok")
        self.assertEqual(self.key_of(done), KINDS[-1])


if __name__ == "__main__":
    unittest.main()
