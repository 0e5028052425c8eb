"""Servers of OpenSSL and GnuTLS are intercepted, in TLS 1.2 and 1.3."""
import unittest

from harness import Case, run
from programs import gnutls_server, openssl_server

NAME = "origin.test"


class Servers(Case):
    def fetch(self, port, expected, version):
        daemon = self.start(f"""
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}]
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {self.hosts(**{NAME: "127.0.0.1"})}}}
""")
        done = run("curl", "-sS", "--http1.1", "--proxy", f"http://127.0.0.1:{daemon.port('apps')}", "--cacert", daemon.ca,
                   f"https://{NAME}:{port}/")
        self.assertIn(expected, done.stdout, done.stderr)
        record = daemon.record()
        self.assertEqual(record["upstream_tls"]["version"], version)
        self.assertEqual(record["client_tls"]["version"], version)
        self.assertEqual(record["certificate"]["verify"], "ok")

    def test_openssl_s_server(self):
        leaf = self.authority.leaf(NAME, rsa=True)
        for option, version in (("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")):
            _, port = openssl_server(self, leaf, "-www", option)
            self.fetch(port, "s_server", version)

    def test_gnutls_serv(self):
        leaf = self.authority.leaf(NAME)
        for priority, version in (("NORMAL:-VERS-ALL:+VERS-TLS1.2", "TLSv1.2"), ("NORMAL", "TLSv1.3")):
            _, port = gnutls_server(self, leaf, "--http", "--disable-client-cert", "--priority", priority)
            self.fetch(port, "GnuTLS", version)


if __name__ == "__main__":
    unittest.main()
