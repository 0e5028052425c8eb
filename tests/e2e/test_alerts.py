"""A TLS alert is recorded with its name and its likely meaning, and the origin's reaches the client."""
import ssl
import unittest

from harness import Case, run, server_context
from raw import anybody, handshake_fault, secure, tunnel

CONFIG = """
listeners: [{name: apps, address: "127.0.0.1:0", mode: explicit}]
upstream: {trust: [origin-ca.pem]}
"""


class Alerts(Case):
    def end_of(self, daemon):
        record = daemon.record()
        self.assertTrue(daemon.no_more_records())
        return record, (record["end"]["by"], record["end"]["how"], record["end"]["step"])

    def through(self, context):
        """A daemon and a tunnel to an origin with that TLS context."""
        origin = self.origin(tls=False, handler=lambda connection: context.wrap_socket(connection, server_side=True).recv(1))
        daemon = self.start(CONFIG)
        return daemon, tunnel(daemon.port("apps"), f"localhost:{origin.port}")

    def test_a_client_that_does_not_trust_the_ca(self):
        origin = self.origin()
        daemon = self.start(CONFIG)
        done = run("curl", "-sS", "--proxy", f"http://127.0.0.1:{daemon.port('apps')}", f"https://localhost:{origin.port}/")
        self.assertEqual(done.returncode, 60, done.stderr)
        record, end = self.end_of(daemon)
        self.assertEqual(end, ("client", "alert", "client-handshake"))
        self.assertIn("the client refused our certificate for localhost (alert unknown_ca)", record["end"]["detail"])
        self.assertIn("does not trust this CA, or pins its own", record["end"]["detail"])
        self.assertIn("upstream_tls", record)
        self.assertNotIn("client_tls", record)
        self.assertNotIn("certificate_requested", record)

    def test_an_origin_without_a_cipher_for_us(self):
        context = server_context(self.authority.leaf("localhost"), maximum=ssl.TLSVersion.TLSv1_2)
        context.set_ciphers("PSK-AES128-GCM-SHA256")
        daemon, client = self.through(context)
        self.assertEqual(handshake_fault(client, anybody(), "localhost"), "alert handshake_failure")
        record, end = self.end_of(daemon)
        self.assertEqual(end, ("upstream", "alert", "upstream-handshake"))
        self.assertIn("handshake_failure", record["end"]["detail"])

    def test_an_origin_of_tls_1_2_for_a_client_of_tls_1_3_only(self):
        daemon, client = self.through(server_context(self.authority.leaf("localhost"), maximum=ssl.TLSVersion.TLSv1_2))
        modern = anybody()
        modern.minimum_version = ssl.TLSVersion.TLSv1_3
        self.assertEqual(handshake_fault(client, modern, "localhost"), "alert protocol_version")
        record, end = self.end_of(daemon)
        self.assertEqual(end, ("upstream", "alert", "upstream-handshake"))
        self.assertIn("protocol_version", record["end"]["detail"])

    def test_an_origin_of_tls_1_2_that_wants_a_certificate_of_the_client(self):
        context = server_context(self.authority.leaf("localhost"), maximum=ssl.TLSVersion.TLSv1_2)
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(self.authority.certificate)
        daemon, client = self.through(context)
        self.assertEqual(handshake_fault(client, anybody(), "localhost"), "alert handshake_failure")
        record, end = self.end_of(daemon)
        self.assertEqual(end, ("upstream", "alert", "upstream-handshake"))
        self.assertIs(record["certificate_requested"], True)

    def test_an_origin_that_would_like_a_certificate_and_does_without(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.subTest(version):
                context = server_context(self.authority.leaf("localhost"), maximum=version)
                context.verify_mode = ssl.CERT_OPTIONAL
                context.load_verify_locations(self.authority.certificate)
                daemon, client = self.through(context)
                secure(client, anybody(), "localhost").sendall(b"x")
                client.close()
                self.assertIs(self.end_of(daemon)[0]["certificate_requested"], True)

    def test_an_origin_of_tls_1_3_that_wants_a_certificate_of_the_client(self):
        """It says so only after its own handshake is over for us: the alert comes in the relay."""
        context = server_context(self.authority.leaf("localhost"))
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(self.authority.certificate)
        daemon, client = self.through(context)
        self.assertEqual(handshake_fault(client, anybody(), "localhost"), "alert certificate_required")
        record, end = self.end_of(daemon)
        self.assertEqual(end[:2], ("upstream", "alert"), record["end"])
        self.assertIn("certificate_required", record["end"]["detail"])
        self.assertIs(record["certificate_requested"], True)


if __name__ == "__main__":
    unittest.main()
