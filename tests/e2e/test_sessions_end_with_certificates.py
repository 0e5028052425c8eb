"""An origin renews its certificate and keeps its tickets: when the old certificate has ended, no session is resumed on it, and
the origin is reached, in both versions of TLS, whether its faults are refused or shown."""
import datetime
import ssl
import unittest

from entries import connect, get, secure
from harness import Case, answer_http, server_context, until

CONFIG = """
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}]
upstream: {{trust: [origin-ca.pem], verify: {verify}}}
resolver: {{hosts: {hosts}}}
"""


class SessionsEndWithCertificates(Case):
    def visit(self, daemon, port):
        client = secure(connect(daemon.port("apps"), "origin.test", port), self.client_context(daemon), "origin.test")
        self.assertIn("hello from the origin", get(client, "origin.test"))
        return daemon.record()

    def test_renewed(self):
        hosts = self.hosts(**{"origin.test": "127.0.0.1"})
        self.authority.leaf("origin.test")  # makes the CA
        for verify in ("enforce", "mirror"):
            daemon = self.start(CONFIG.format(verify=verify, hosts=hosts))
            for version in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2):
                with self.subTest(f"{verify} {version.name}"):
                    self.renewed(daemon, version)

    def renewed(self, daemon, version):
        now = datetime.datetime.utcnow()
        end = now + datetime.timedelta(seconds=4)
        old = self.authority.leaf("origin.test", start=(now - datetime.timedelta(days=1)).strftime("%Y%m%d%H%M%SZ"),
                                  end=end.strftime("%Y%m%d%H%M%SZ"))
        context = server_context(old, maximum=version)
        server = self.origin(answer_http(), tls=False)
        server.tls = context
        self.visit(daemon, server.port)
        self.assertTrue(self.visit(daemon, server.port)["upstream_tls"]["resumed"])
        context.load_cert_chain(*self.authority.leaf("origin.test"))
        until(lambda: datetime.datetime.utcnow() > end + datetime.timedelta(seconds=1), "the old certificate has ended")
        for _ in range(3):
            self.assertEqual(self.visit(daemon, server.port)["certificate"]["verify"], "ok")
        self.assertTrue(self.visit(daemon, server.port)["upstream_tls"]["resumed"])  # on the new one


if __name__ == "__main__":
    unittest.main()
