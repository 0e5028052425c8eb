"""A17, A18: what an origin staples is honoured in both versions of TLS: revoked is refused, a certificate that promises a
staple needs one, and `ocsp: require` asks it of everybody."""
import unittest

from harness import run
from libraries import COMPRESSED_CERTIFICATES
from pki import Certificate
from programs import openssl_server
from raw import anybody, handshake_fault, secure, tunnel
from statuses import StatusCase

CONFIG = """
listeners: [{name: apps, address: "127.0.0.1:0", mode: explicit}]
error_page: off
upstream: {trust: [root.pem], ocsp: POLICY}
"""
MUST_STAPLE = ("tlsfeature=status_request",)
VERSIONS = ("-tls1_2", "-tls1_3")
COMPRESSES = ("-cert_comp",) if COMPRESSED_CERTIFICATES else ()


class Staples(StatusCase):
    def setUp(self):
        super().setUp()
        self.leaf = self.root.leaf("localhost")
        self.daemons = {}

    def record_of(self, answer, policy="require", leaf=None, version="-tls1_3", options=()):
        """(how the client was refused or None, the record) for an origin that staples this."""
        staple = ("-status_file", answer) if answer else ()
        _, port = openssl_server(self, (leaf or self.leaf).shown_with(), version, *staple, *options)
        if policy not in self.daemons:
            self.daemons[policy] = self.start(CONFIG.replace("POLICY", policy))
        daemon = self.daemons[policy]
        with tunnel(daemon.port("apps"), f"localhost:{port}") as client:
            try:
                secure(client, self.client_context(daemon), "localhost")
                fault = None
            except OSError as error:
                fault = error
        record = daemon.record()
        self.assertEqual(fault is None, record["end"]["how"] != "unverified", (fault, record))
        return record

    def test_good(self):
        for version in VERSIONS:
            with self.subTest(version):
                self.assert_accepted(self.record_of(self.root.ocsp_answer(self.leaf), version=version), "good")

    def test_revoked(self):
        answer = self.root.ocsp_answer(self.leaf, revoked=True)
        for version in VERSIONS:
            with self.subTest(version):
                record = self.record_of(answer, version=version)
                self.assert_refused(record, "certificate revoked", "revoked", "the stapled OCSP answer says revoked")

    def test_revoked_is_told_to_the_client_as_such(self):
        _, port = openssl_server(self, self.leaf.shown_with(), "-status_file", self.root.ocsp_answer(self.leaf, revoked=True))
        daemon = self.start(CONFIG.replace("POLICY", "require"))
        with tunnel(daemon.port("apps"), f"localhost:{port}") as client:
            self.assertEqual(handshake_fault(client, anybody(), "localhost"), "alert certificate_revoked")

    def test_a_responder_that_the_issuer_has_certified(self):
        responder = Certificate(self.folder, "Responder", self.root, ["extendedKeyUsage=OCSPSigning"])
        self.assert_accepted(self.record_of(self.root.ocsp_answer(self.leaf, signer=responder)), "good")

    def test_answers_that_do_not_hold(self):
        stranger = Certificate(self.folder, "Stranger", self.root, ["extendedKeyUsage=serverAuth"])
        cases = {
            "may not answer for the issuer": (self.root.ocsp_answer(self.leaf, signer=stranger), "invalid"),
            "another certificate": (self.root.ocsp_answer(self.root.leaf("localhost")), "invalid"),
            "says unknown": (self.root.ocsp_answer(self.leaf, known=False), "unknown"),
        }
        for detail, (answer, says) in cases.items():
            with self.subTest(detail):
                self.assert_refused(self.record_of(answer), "OCSP staple not acceptable", says, detail)

    def test_a_responder_that_could_not_answer_says_nothing(self):
        try_later = f"{self.folder}/try-later"
        with open(try_later, "wb") as file:
            file.write(b"\x30\x03\x0a\x01\x03")  # RFC 6960 section 4.2.1
        self.assert_accepted(self.record_of(try_later, "staple"), None)
        self.assert_refused(self.record_of(try_later), "OCSP staple missing", None, "none was stapled")

    def test_what_was_stapled_is_known_of_a_resumed_session(self):
        _, port = openssl_server(self, self.leaf.shown_with(), "-tls1_2", "-status_file", self.root.ocsp_answer(self.leaf))
        daemon = self.start(CONFIG.replace("POLICY", "require"))
        for resumed in (False, True):
            with tunnel(daemon.port("apps"), f"localhost:{port}") as client:
                secure(client, self.client_context(daemon), "localhost")
            record = daemon.record()
            self.assertEqual(record["upstream_tls"]["resumed"], resumed)
            self.assert_accepted(record, "good")

    def test_none(self):
        for version in VERSIONS:
            with self.subTest(version):
                self.assert_accepted(self.record_of(None, "staple", version=version), None)
                self.assert_refused(self.record_of(None, "require", version=version), "OCSP staple missing", None, "none was stapled")

    def test_a_promise_is_kept_although_the_client_does_not_ask(self):
        leaf = self.root.leaf("localhost", MUST_STAPLE)
        answer = self.root.ocsp_answer(leaf)
        for version in VERSIONS:
            with self.subTest(version):
                self.assert_accepted(self.record_of(answer, "staple", leaf, version), "good")

    def test_a_compressed_certificate_that_comes_without_its_staple_is_asked_for_again(self):
        """As OpenSSL's servers send it."""
        leaf = self.root.leaf("localhost", MUST_STAPLE)
        answer = self.root.ocsp_answer(leaf)
        self.assert_accepted(self.record_of(answer, "staple", leaf, options=COMPRESSES), "good")
        self.assert_accepted(self.record_of(answer, "require", leaf, options=COMPRESSES), "good")

        _, port = openssl_server(self, leaf.shown_with(), "-status_file", answer, *COMPRESSES)
        daemon = self.start(CONFIG.replace("POLICY", "staple"))
        done = run("openssl", "s_client", "-proxy", f"127.0.0.1:{daemon.port('apps')}", "-connect", f"localhost:{port}", "-status",
                   "-CAfile", daemon.ca, "-verify_return_error", input="")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_accepted(daemon.record(), "good")

    def test_a_promise_that_is_broken(self):
        leaf = self.root.leaf("localhost", MUST_STAPLE)
        for version in VERSIONS:
            with self.subTest(version):
                record = self.record_of(None, "staple", leaf, version)
                self.assert_refused(record, "OCSP staple missing", None, "none was stapled")
        self.assert_accepted(self.record_of(None, "off", leaf), None)


if __name__ == "__main__":
    unittest.main()
