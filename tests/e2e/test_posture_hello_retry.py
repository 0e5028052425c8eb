"""HelloRetryRequest works on each leg by itself and on both at once (RFC 8446 section 4.1.4, acceptance B7)."""
import unittest

from harness import Case, run
from hellos import Parts, vector
from programs import openssl_server
from raw import dial
from stage import NAME, client_context
from wire import handshake_octets

KEY_SHARE = 51
RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")  # the random that means it


class HelloRetry(Case):
    def begin(self, *arguments):
        _, port = openssl_server(self, self.authority.leaf(NAME), "-rev", *arguments)
        return self.start(f"""
listeners: [{{name: fixed, address: "127.0.0.1:0", mode: forward, target: "{NAME}:{port}"}}]
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {self.hosts(**{NAME: "127.0.0.1"})}}}
""")

    def talk(self, daemon, *arguments):
        """(how many ServerHellos an `openssl s_client` gets, the record)."""
        done = run("openssl", "s_client", "-connect", f"127.0.0.1:{daemon.port('fixed')}", "-servername", NAME, "-CAfile",
                   daemon.ca, "-verify_return_error", "-msg", "-ign_eof", *arguments, input="there\nCLOSE\n")
        self.assertIn("ereht", done.stdout)
        return done.stdout.count("ServerHello"), daemon.record()

    def test_on_the_clients_leg(self):
        daemon = self.begin("-groups", "X25519:P-384")
        hellos, record = self.talk(daemon, "-groups", "P-521:P-384")
        self.assertEqual((hellos, record["client_tls"]["group"]), (2, "secp384r1"))

    def test_on_both_legs(self):
        daemon = self.begin("-groups", "P-384")
        hellos, record = self.talk(daemon, "-groups", "X25519:P-384")
        self.assertEqual((hellos, record["client_tls"]["group"], record["upstream_tls"]["group"]), (2, "secp384r1", "secp384r1"))

    def test_on_the_origins_leg(self):
        daemon = self.begin("-groups", "P-521")
        _, record = self.talk(daemon)
        self.assertEqual(record["upstream_tls"]["group"], "secp521r1")

    def test_for_a_client_that_shows_no_key(self):
        daemon = self.begin()
        with dial(daemon.port("fixed")) as client:
            client.sendall(Parts(NAME, client_context("1.3")).with_extension(KEY_SHARE, vector(b"", 2)).records())
            self.assertEqual(handshake_octets(client.recv(65536))[6:38], RETRY)
        self.assertEqual(daemon.record()["end"]["step"], "client-handshake")


if __name__ == "__main__":
    unittest.main()
