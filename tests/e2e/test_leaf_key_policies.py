"""ca.leaf.key decides the kind of the leaf's key, whatever the origin's is; ca.leaf.lifetime how long it is valid."""
import ssl
import unittest
from datetime import datetime, timedelta

from harness import Case, run
from raw import secure, tunnel

CONFIG = """
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}]
upstream: {{trust: [origin-ca.pem]}}
rules: [{{name: kind, ca: {{certificate: ca.crt, key: ca.key, leaf: {{key: {key}, lifetime: 2d}}}}}}]
"""


class LeafKeys(Case):
    def shown(self, key, rsa):
        origin = self.origin(leaf=self.authority.leaf("localhost", rsa=rsa))
        daemon = self.start(CONFIG.format(key=key))
        client = secure(tunnel(daemon.port("apps"), f"localhost:{origin.port}"), self.client_context(daemon), "localhost")
        pem = ssl.DER_cert_to_PEM_cert(client.tls.getpeercert(True))
        client.connection.close()
        return run("openssl", "x509", "-noout", "-text", "-dates", input=pem).stdout

    def test_ecdsa_for_an_origin_with_rsa(self):
        text = self.shown("ecdsa-p256", rsa=True)
        self.assertIn("NIST CURVE: P-256", text)
        dates = dict(line.split("=") for line in text.splitlines() if line.startswith("not"))
        begin, end = (datetime.strptime(dates[name], "%b %d %H:%M:%S %Y %Z") for name in ("notBefore", "notAfter"))
        self.assertLessEqual(end - begin, timedelta(days=2))

    def test_rsa_for_an_origin_with_ecdsa(self):
        self.assertIn("Public-Key: (2048 bit)", self.shown("rsa-2048", rsa=False))


if __name__ == "__main__":
    unittest.main()
