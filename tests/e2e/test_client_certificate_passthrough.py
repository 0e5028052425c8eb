"""With `client_certificate: passthrough` an origin that refuses us without a client certificate is refused once; that client's
next connection to the name is let through undecrypted, with the client's own certificate. An origin that is content without
one stays intercepted, and without the policy nothing is learned (A24)."""
import contextlib
import ssl
import unittest

from entries import connect, get, secure
from harness import server_context, until
from learning import NAME, VERSIONS, Learning

POLICY = "  client_certificate: passthrough"


class ClientCertificate(Learning):
    def begin_asking(self, version, asks, policy=POLICY, **options):
        self.begin("off", **options)
        self.assertEqual(self.daemon.stop(), 0)
        context = server_context(self.authority.leaf(NAME), maximum=version)
        context.verify_mode = asks
        context.load_verify_locations(self.authority.certificate)
        self.server.tls = context
        self.config = self.config.replace("upstream: {trust: [origin-ca.pem]}", f"upstream:\n  trust: [origin-ca.pem]\n{policy}")
        self.again()

    def ask(self, trust, source="127.0.0.1"):
        """A client with a certificate of its own asks; what it hears, or nothing."""
        context = ssl.create_default_context(cafile=trust)
        context.load_cert_chain(self.authority.certificate, self.authority.key)
        with contextlib.closing(self.dial(source=source)) as connection, contextlib.suppress(OSError):
            return get(secure(connection, context, NAME), NAME)
        return ""

    def is_refused_by_origin(self, **way):
        self.assertNotIn("hello", self.ask(self.daemon.ca, **way))
        record = self.daemon.record()
        self.assertEqual((record["action"], record["end"]["by"], record["end"]["how"]), ("intercept", "upstream", "alert"))
        self.assertIn("client certificate", record["end"]["detail"])
        return record

    def is_passed_with_certificate(self, **way):
        self.assertIn("hello", self.ask(self.authority.certificate, **way))
        record = self.daemon.record()
        self.assertEqual(record["action"], "passthrough")
        self.assertRegex(record["reason"], r"^learned: the origin refused us without a client certificate \(alert \w+\), until ")

    def test_refused_once_then_let_through(self):
        for version, alert in zip(VERSIONS, ("handshake_failure", "certificate_required")):
            with self.subTest(version=version.name):
                self.begin_asking(version, ssl.CERT_REQUIRED)
                self.assertIn("from now on this client is let through", self.is_refused_by_origin()["end"]["detail"])
                self.assertEqual(self.daemon.event("learned")["alert"], alert)
                self.is_passed_with_certificate()
                self.is_refused_by_origin(source="127.0.0.2")  # each client by itself
                self.is_passed_with_certificate(source="127.0.0.2")
                until(lambda: "certificate-wanted" in self.learned("list", "--json")[1], "it is in the file")
                self.assertEqual(self.daemon.stop(), 0)
                self.again()
                self.is_passed_with_certificate()

    def test_an_optional_request_stays_intercepted(self):
        for version in VERSIONS:
            with self.subTest(version=version.name):
                self.begin_asking(version, ssl.CERT_OPTIONAL)
                for _ in range(3):
                    self.assertIn("hello", self.ask(self.daemon.ca))
                    self.assertEqual(self.daemon.record()["action"], "intercept")

    def test_none_learns_nothing(self):
        for version in VERSIONS:
            with self.subTest(version=version.name):
                self.begin_asking(version, ssl.CERT_REQUIRED, policy="  client_certificate: none")
                for _ in range(3):
                    self.is_refused_by_origin()

    def test_never_fails_closed(self):
        self.begin_asking(VERSIONS[1], ssl.CERT_REQUIRED, further="rules: [{name: closed, learn: never}]")
        for _ in range(3):
            self.is_refused_by_origin()

    def test_an_origin_that_did_not_ask_teaches_nothing(self):
        """handshake_failure says many things."""
        self.begin_asking(VERSIONS[0], ssl.CERT_NONE)
        self.server.tls.set_ciphers("DHE-RSA-AES128-GCM-SHA256")  # its key is not RSA
        for _ in range(2):
            self.ask(self.daemon.ca)
            record = self.daemon.record()
            self.assertEqual((record["action"], record["end"]["how"]), ("intercept", "alert"))


if __name__ == "__main__":
    unittest.main()
