"""The first connections to an origin with an RSA-4096 key do not wait for one of ours: a smaller key stands in, which the
record says, until ours is made."""
import unittest

from cryptography import x509

from entries import certificate_of, connect, secure
from harness import Authority, Case, answer_http, until


class LargeKeysAreMadeAside(Case):
    def large_leaf(self):
        base = f"{self.folder}/large"
        self.authority  # the CA that signs
        Authority._openssl("req", "-newkey", "rsa:4096", "-nodes", "-keyout", f"{base}.key", "-out", f"{base}.csr", "-subj",
                           "/CN=large.test")
        with open(f"{base}.ext", "w") as file:
            file.write("subjectAltName=DNS:large.test\n")
        Authority._openssl("x509", "-req", "-in", f"{base}.csr", "-CA", self.authority.certificate, "-CAkey",
                           self.authority.key, "-CAcreateserial", "-days", "10", "-extfile", f"{base}.ext", "-out", f"{base}.pem")
        return f"{base}.pem", f"{base}.key"

    def test_a_smaller_one_stands_in(self):
        large = self.origin(answer_http(b"large"), leaf=self.large_leaf())
        daemon = self.start(f"""
workers: 1
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}]
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {self.hosts(**{"large.test": "127.0.0.1"})}}}
""")

        def visit():
            """The size of the key that is shown, and the record."""
            client = secure(connect(daemon.port("apps"), "large.test", large.port), self.client_context(daemon), "large.test")
            size = x509.load_pem_x509_certificate(certificate_of(client).encode()).public_key().key_size
            client.close()
            return size, daemon.record()

        size, record = visit()
        self.assertEqual((size, record["reason"]), (2048, "the leaf's key is RSA-2048 for RSA-4096 until one of that size is made"))
        until(lambda: visit()[0] == 4096, "a key of 4096 bits is made")
        size, record = visit()
        self.assertEqual(size, 4096)
        self.assertNotIn("reason", record)
        self.assertEqual(daemon.stop(), 0)


if __name__ == "__main__":
    unittest.main()
