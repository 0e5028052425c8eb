"""verify: mirror shows a client what is wrong with the origin, so that it decides as it would have without us."""
import os
import ssl
import unittest

from certificates import Maker
from harness import Authority, Case, answer_http, run
from raw import anybody, secure, tunnel

NAME = "origin.test"
EXPIRED = {"start": "20230101000000Z", "end": "20240201000000Z"}


def fault_of(connection, authority, name=NAME):
    """Why a client that trusts `authority` refuses the peer; None where it accepts."""
    with connection:
        try:
            secure(connection, ssl.create_default_context(cafile=authority), name)
        except ssl.SSLCertVerificationError as error:
            return error.verify_message
    return None


class MirroredFaults(Case):
    def setUp(self):
        super().setUp()
        self.authority
        os.mkdir(f"{self.folder}/rogue")
        self.rogue = Authority(f"{self.folder}/rogue", "Rogue CA")

    def serve(self, leaf, trust="origin-ca.pem", more="", **options):
        self.server = self.origin(answer_http(b"seen"), leaf=leaf, **options)
        self.daemon = self.start(f"""
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}]
upstream: {{trust: [{trust}], verify: mirror{more}}}
resolver: {{hosts: {self.hosts(**{NAME: "127.0.0.1"})}}}
""")

    def tunnel(self):
        return tunnel(self.daemon.port("apps"), f"{NAME}:{self.server.port}")

    def check_fault(self, leaf, fault, verify):
        """The client refuses for `fault`, which the record has as `verify`; one that accepts anything gets the page."""
        self.serve(leaf)
        self.assertRegex(fault_of(self.tunnel(), self.daemon.ca) or "accepted", fault)
        record = self.daemon.record()
        self.assertEqual((record["action"], record["certificate"]["verify"]), ("intercept", verify))
        self.assertEqual((record["end"]["by"], record["end"]["how"], record["end"]["step"]), ("client", "alert", "client-handshake"))
        self.assertIn("the client refused the origin's fault, which verify: mirror shows it (alert ", record["end"]["detail"])
        self.assertIn("verify: mirror: upstream c", record["reason"])

        client = secure(self.tunnel(), anybody(), NAME)
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        self.assertIn(b"200 OK", client.recv(65536))
        self.seen = ssl.DER_cert_to_PEM_cert(client.tls.getpeercert(True))
        client.close_notify()
        client.close()
        self.assertEqual(self.daemon.record()["certificate"]["verify"], verify)

    def seen_text(self, *wanted):
        return run("openssl", "x509", "-noout", *wanted, input=self.seen).stdout

    def test_a_good_origin_is_as_with_enforce(self):
        self.serve(self.authority.leaf(NAME))
        self.assertIsNone(fault_of(self.tunnel(), self.daemon.ca))
        record = self.daemon.record()
        self.assertEqual(record["certificate"]["verify"], "ok")
        self.assertNotIn("reason", record)

    def test_expired(self):
        self.check_fault(self.authority.leaf(NAME, **EXPIRED), "^certificate has expired$", "certificate has expired")
        self.assertIn("notAfter=Feb  1 00:00:00 2024 GMT", self.seen_text("-enddate"))

    def test_not_yet_valid(self):
        self.check_fault(self.authority.leaf(NAME, start="20390101000000Z"), "not yet valid", "certificate is not yet valid")
        self.assertIn("notBefore=Jan  1 00:00:00 2039 GMT", self.seen_text("-startdate"))

    def test_another_name(self):
        self.check_fault(self.authority.leaf("other.test"), "Hostname mismatch", "hostname mismatch")
        self.assertIn("DNS:other.test\n", self.seen_text("-ext", "subjectAltName"))

    def test_an_unknown_issuer(self):
        self.check_fault(self.rogue.leaf(NAME), "unable to get local issuer", "self-signed certificate in certificate chain")
        self.assertIn("O=self-signed certificate in certificate chain, CN=Bascule: the origin's certificate is not trusted",
                      self.seen_text("-issuer").replace(" = ", "="))

    def test_several_faults_are_all_there(self):
        self.check_fault(self.rogue.leaf("other.test", **EXPIRED), "unable to get local issuer",
                         "self-signed certificate in certificate chain")
        self.assertIn("Feb  1 00:00:00 2024", self.seen_text("-enddate"))
        self.assertIn("DNS:other.test\n", self.seen_text("-ext", "subjectAltName"))

    def test_a_fault_is_shown_each_time_though_sessions_could_be_resumed(self):
        """No staple comes with a session that is resumed: what was wrong with it must not be forgotten."""
        maker = Maker(self.folder)
        root = maker.authority("Root")
        for extensions in ({}, {"extendedKeyUsage": "clientAuth"}):
            for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                with self.subTest(extensions, version=version):
                    self.serve(maker.leaf(root, NAME, **extensions).chain(), f"origin-ca.pem, {root.certificate}", ", ocsp: require", maximum=version)
                    for _ in range(3):
                        client = secure(self.tunnel(), anybody(), NAME)
                        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                        while client.recv(65536):  # with the session tickets before it
                            pass
                        client.close()
                        self.assertNotEqual(self.daemon.record()["certificate"]["verify"], "ok")
                        self.assertIn("unable to get local issuer", fault_of(self.tunnel(), self.daemon.ca) or "accepted")
                        self.assertNotEqual(self.daemon.record()["certificate"]["verify"], "ok")
                    self.daemon.stop()

    def test_what_was_shown_for_a_fault_is_not_shown_for_a_good_origin(self):
        self.check_fault(self.rogue.leaf(NAME), "unable to get local issuer", "self-signed certificate in certificate chain")
        good = self.origin(answer_http(), leaf=self.authority.leaf(NAME))
        self.assertIsNone(fault_of(tunnel(self.daemon.port("apps"), f"{NAME}:{good.port}"), self.daemon.ca))
        self.assertEqual(self.daemon.record()["certificate"]["verify"], "ok")


if __name__ == "__main__":
    unittest.main()
