"""openssl s_client, behind the proxy, names the origin's fault from the alert that it gets."""
import os
import unittest

from harness import Authority, Case, run

NAME = "origin.test"


class Told(Case):
    def told(self, leaf, alert, *details):
        server = self.origin(leaf=leaf)
        daemon = self.start(f"""
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}]
error_page: off
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {self.hosts(**{NAME: "127.0.0.1"})}}}
""")
        done = run("openssl", "s_client", "-proxy", f"127.0.0.1:{daemon.port('apps')}", "-connect", f"{NAME}:{server.port}",
                   "-servername", NAME, "-CAfile", daemon.ca, input="")
        self.assertIn(f"alert {alert}", done.stderr)
        self.assertIn("no peer certificate available", done.stdout)
        record = daemon.record()
        self.assertEqual((record["end"]["how"], record["end"]["step"]), ("unverified", "upstream-handshake"))
        for detail in details:
            self.assertIn(detail, record["end"]["detail"])
        self.assertEqual((record["bytes_up"], record["bytes_down"]), (0, 0))

    def test_expired(self):
        self.told(self.authority.leaf(NAME, end="20240201000000Z"), "certificate expired", "expired 2024-02-01")

    def test_wrong_name(self):
        self.told(self.authority.leaf("other.test"), "bad certificate", "is not for origin.test", "other.test")

    def test_self_signed(self):
        self.authority
        own = f"{self.folder}/own"
        done = run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
                   f"{own}.key", "-out", f"{own}.pem", "-days", "9", "-subj", f"/CN={NAME}", "-addext",
                   f"subjectAltName=DNS:{NAME}", "-addext", "basicConstraints=critical,CA:FALSE")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.told((f"{own}.pem", f"{own}.key"), "unknown ca", "self-signed")

    def test_unknown_issuer(self):
        self.authority
        os.mkdir(f"{self.folder}/rogue")
        chain, key = Authority(f"{self.folder}/rogue", "Rogue CA").leaf(NAME)
        self.told((chain, key), "unknown ca", "Rogue CA")
        self.told((chain.replace(".pem", ".crt"), key), "unknown ca", "issuer that is neither trusted nor sent along")


if __name__ == "__main__":
    unittest.main()
