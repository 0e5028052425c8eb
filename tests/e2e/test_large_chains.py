"""A22: a chain of many certificates, ten thousand names, a certificate of 64 KiB: served or refused at once, and the next
connection is unharmed."""
import os
import time
import unittest

from harness import Case
from pki import Certificate
from raw import anybody, secure, tunnel

CONFIG = """
listeners: [{name: apps, address: "127.0.0.1:0", mode: explicit}]
upstream: {trust: [root.pem]}
workers: 1
"""
AT_ONCE = 5  # seconds, on a machine that is busy


class Large(Case):
    def setUp(self):
        super().setUp()
        self.root = Certificate.authority(self.folder, "Root")
        os.link(self.root.file, f"{self.folder}/root.pem")
        self.daemon = self.start(CONFIG)
        self.small = self.origin(leaf=self.root.leaf("localhost").shown_with())

    def connect(self, served):
        with tunnel(self.daemon.port("apps"), f"localhost:{served.port}") as client:
            try:
                secure(client, anybody(), "localhost")
            except OSError:
                pass
        return self.daemon.record()

    def outcome(self, leaf, *sent):
        """The verdict on this origin, which took no long time, and did no harm."""
        served = self.origin(leaf=leaf.shown_with(*sent))
        start = time.monotonic()
        record = self.connect(served)
        self.assertLess(time.monotonic() - start, AT_ONCE)
        self.assertEqual(self.connect(self.small)["certificate"]["verify"], "ok")
        return record.get("certificate", {}).get("verify"), record["end"]["how"]

    def chain(self, length):
        chain = [self.root]
        for number in range(length):
            chain.append(Certificate.authority(self.folder, f"CA {number}", chain[-1]))
        return chain[::-1][:-1]

    def test_twelve_issuers(self):
        chain = self.chain(12)
        self.assertEqual(self.outcome(chain[0].leaf("localhost"), *chain)[0], "ok")

    def test_more_issuers_than_anybody_needs(self):
        chain = self.chain(20)
        self.assertEqual(self.outcome(chain[0].leaf("localhost"), *chain)[1], "unverified")

    def test_one_issuer_with_very_many_certificates(self):
        key = Certificate.authority(self.folder, "Twin", self.root).key
        twins = [Certificate.authority(self.folder, "Twin", self.root, key_file=key) for _ in range(5)]
        liar = Certificate.authority(self.folder, "Root")  # of the root's name, and not the root
        loops = [Certificate.authority(self.folder, "Twin", liar, key_file=key) for _ in range(40)]
        self.assertEqual(self.outcome(twins[0].leaf("localhost"), *loops, *twins)[0], "ok")

    def test_ten_thousand_names(self):
        names = ",".join(f"DNS:n{number}.test" for number in range(10_000))
        leaf = self.root.leaf("localhost", names=f"{names},DNS:localhost")
        self.assertEqual(self.outcome(leaf)[0], "ok")  # whether the client can take as many is its own affair

    def test_sixty_four_kibibytes(self):
        leaf = self.root.leaf("localhost", ["nsComment=" + "x" * 64_000])
        self.assertIn(self.outcome(leaf)[0], ["ok", None])


if __name__ == "__main__":
    unittest.main()
