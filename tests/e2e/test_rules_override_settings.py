"""A rule overrides upstream, timeouts and ca for what it matches, and for nothing else."""
import ssl
import unittest

from entries import connect, get, secure
from harness import BASCULE, Case, run

CONFIG = """
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}]
error_page: off
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {hosts}}}
rules:
  - {{name: lab, match: {{server_name: lab.test}}, upstream: {{verify: off}}}}
  - {{name: hasty, match: {{server_name: hasty.test}}, timeouts: {{idle: 100ms}}}}
  - {{name: brief, match: {{server_name: brief.test}}, timeouts: {{lifetime: 300ms}}}}
  - {{name: own-ca, match: {{server_name: own.test}}, ca: {{certificate: other/ca.crt, key: other/ca.key}}}}
"""


class Overrides(Case):
    def begin(self, **origin):
        self.server = self.origin(**origin)
        made = run(BASCULE, "ca", "create", "--directory", f"{self.folder}/other", "--name", "Other CA")
        self.assertEqual(made.returncode, 0, made.stderr)
        names = {f"{name}.test": "127.0.0.1" for name in ("lab", "hasty", "brief", "own", "plain")}
        self.daemon = self.start(CONFIG.format(hosts=self.hosts(**names)))

    def client(self, name, trust=None):
        context = ssl.create_default_context(cafile=trust or self.daemon.ca)
        return secure(connect(self.daemon.port("apps"), name, self.server.port), context, name)

    def test_verification(self):
        self.begin(leaf=self.authority.leaf("someone.else.test", end="20200201000000Z"))
        self.assertIn("hello from the origin", get(self.client("lab.test"), "lab.test"))
        record = self.daemon.record()
        self.assertEqual((record["rule"], record["action"]), ("lab", "intercept"))
        self.assertNotEqual(record["certificate"]["verify"], "ok")
        with self.assertRaises(ssl.SSLError):
            self.client("plain.test")
        self.assertEqual(self.daemon.record()["end"]["how"], "unverified")

    def test_timeouts(self):
        self.begin(handler=lambda connection: connection.recv(1), names=("hasty.test", "plain.test"))
        hasty, plain = self.client("hasty.test"), self.client("plain.test")
        record = self.daemon.record()
        self.assertEqual((record["rule"], record["end"]["how"], record["end"]["step"]), ("hasty", "timeout", "relay"))
        self.assertGreaterEqual(record["timings_ms"]["total"], 100)
        plain.settimeout(0.2)
        with self.assertRaises(TimeoutError):
            plain.recv(1)
        self.assertTrue(self.daemon.no_more_records())
        hasty.close(), plain.close()

    def test_the_lifetime_although_the_hello_brings_the_name_only_later(self):
        self.begin(handler=lambda connection: connection.recv(1), names=("brief.test",))
        raw = connect(self.daemon.port("apps"), "127.0.0.1", self.server.port)
        brief = secure(raw, ssl.create_default_context(cafile=self.daemon.ca), "brief.test")
        self.addCleanup(brief.close)
        record = self.daemon.record()
        self.assertEqual((record["rule"], record["end"]["how"]), ("brief", "timeout"))
        self.assertIn("lived for 300ms", record["end"]["detail"])

    def test_the_ca(self):
        self.begin(names=("own.test", "plain.test"))
        self.assertIn("hello", get(self.client("own.test", f"{self.folder}/other/ca.crt"), "own.test"))
        self.assertIn("hello", get(self.client("plain.test"), "plain.test"))
        with self.assertRaises(ssl.SSLCertVerificationError):
            self.client("own.test")


if __name__ == "__main__":
    unittest.main()
