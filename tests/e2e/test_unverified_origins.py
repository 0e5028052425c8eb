"""An origin whose certificate is not accepted is never shown to the client; the alert and the record say why."""
import unittest

from harness import Authority, Case
from raw import anybody, handshake_fault, tunnel

CONFIG = """
listeners: [{name: apps, address: "127.0.0.1:0", mode: explicit}]
error_page: off
upstream: {trust: [origin-ca.pem]}
"""


class Unverified(Case):
    def refused(self, leaf, alert, word, *details):
        origin = self.origin(leaf=leaf)
        daemon = self.start(CONFIG)
        client = tunnel(daemon.port("apps"), f"localhost:{origin.port}")
        self.assertEqual(handshake_fault(client, anybody(), "localhost"), f"alert {alert}")
        record = daemon.record()
        end = record["end"]
        self.assertEqual((end["by"], end["how"], end["step"]), ("proxy", "unverified", "upstream-handshake"))
        for detail in details:
            self.assertIn(detail, end["detail"])
        self.assertEqual(record["certificate"]["verify"], word)
        self.assertIn("fingerprint", record["certificate"])
        self.assertNotIn("client_tls", record)

    def test_an_expired_certificate(self):
        self.refused(self.authority.leaf("localhost", start="20230101000000Z", end="20240201000000Z"), "certificate_expired",
                     "certificate has expired", "expired 2024-02-01", "(now 20", "CN=localhost", "CN=Test Origin CA")

    def test_a_certificate_for_another_name(self):
        self.refused(self.authority.leaf("other.test"), "bad_certificate", "hostname mismatch", "localhost", "other.test")

    def test_a_certificate_of_an_unknown_ca(self):
        self.authority
        import os
        os.mkdir(f"{self.folder}/rogue")
        rogue = Authority(f"{self.folder}/rogue", "Rogue CA")
        self.refused(rogue.leaf("localhost"), "unknown_ca", "self-signed certificate in certificate chain", "Rogue CA")


if __name__ == "__main__":
    unittest.main()
