"""Certificates are compressed (RFC 8879) as the client offers it, where OpenSSL can: our leaf for the client, the origin's
for us. Where the client does not offer it, and with an OpenSSL that cannot, they are sent as they are."""
import re
import unittest

from harness import Case, run
from libraries import COMPRESSED_CERTIFICATES
from programs import openssl_server

NAME = "origin.test"
PLAIN, SMALL = "Certificate", "CompressedCertificate" if COMPRESSED_CERTIFICATES else "Certificate"
NOT_OFFERED = ["-no_rx_cert_comp"] if COMPRESSED_CERTIFICATES else []
# Enough that is the same again and again for any form of it to be smaller.
NAMES = [NAME, *(f"another-name-{number}.{NAME}" for number in range(40))]


class Compressed(Case):
    def setUp(self):
        super().setUp()
        self.served, port = openssl_server(self, self.authority.leaf(*NAMES), "-www", "-msg", *(["-cert_comp"] if COMPRESSED_CERTIFICATES else []))
        self.daemon = self.start(f"""
listeners: [{{name: fixed, address: "127.0.0.1:0", mode: forward, target: "127.0.0.1:{port}"}}]
upstream: {{trust: [origin-ca.pem], resumption: "off"}}
""")

    def visit(self, *options):
        """The message with our certificate that the client got, and the one that the origin sent meanwhile."""
        before = len(self.served.output)
        done = run("openssl", "s_client", "-connect", f"127.0.0.1:{self.daemon.port('fixed')}", "-servername", NAME, "-verify_hostname",
                   NAME, "-verify_return_error", "-CAfile", self.daemon.ca, "-msg", *options, input="GET / HTTP/1.0\r\n\r\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.daemon.record()["certificate"]["verify"], "ok")
        got = re.search(r"<<< TLS 1\.\d, Handshake \[length (\w+)\], (\w*Certificate)\n", done.stdout)
        sent = re.search(r">>> TLS 1\.\d, Handshake \[length \w+\], (\w*Certificate)\n", self.served.output[before:])
        self.octets = int(got[1], 16)
        return got[2], sent[1]

    def test_where_the_client_offers_it(self):
        self.assertEqual(self.visit(), (SMALL, SMALL))
        small = self.octets
        self.assertEqual(self.visit(), (SMALL, SMALL))  # the same leaf
        self.assertEqual(self.octets, small)

        self.assertEqual(self.visit(*NOT_OFFERED), (PLAIN, PLAIN))
        if COMPRESSED_CERTIFICATES:
            self.assertLess(small, self.octets)

    def test_not_before_tls_1_3(self):
        self.assertEqual(self.visit("-tls1_2"), (PLAIN, PLAIN))


if __name__ == "__main__":
    unittest.main()
