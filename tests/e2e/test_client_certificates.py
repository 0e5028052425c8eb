"""A listener with client_ca serves those who show a certificate of that CA, and nobody else, and says who they were."""
import hashlib
import signal
import ssl
import unittest

from certificates import Maker
from harness import BASCULE, Case, answer_http, run
from raw import Secured, anybody, dial, handshake_fault, read_status, read_to_end, request_tunnel, tunnel

NAME = "origin.test"
CLIENT = {"extendedKeyUsage": "clientAuth", "keyUsage": "critical,digitalSignature"}


class ClientCertificates(Case):
    def setUp(self):
        super().setUp()
        self.maker = Maker(self.folder)
        self.root = self.maker.authority("Staff CA")
        self.server = self.origin(answer_http(), names=(NAME, "let.test"))
        self.daemon = self.start(f"""
listeners:
  - {{name: staff, address: "127.0.0.1:0", mode: explicit, client_ca: {self.root.file_with()}}}
  - {{name: all, address: "127.0.0.1:0", mode: explicit}}
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {self.hosts(**{NAME: "127.0.0.1", "let.test": "127.0.0.1"})}}}
rules:
  - {{match: {{server_name: let.test}}, action: passthrough}}
""")

    def tunnel(self, listener="staff", name=NAME):
        return tunnel(self.daemon.port(listener), f"{name}:{self.server.port}")

    def client(self, shown=None, version=ssl.TLSVersion.TLSv1_3):
        context = ssl.create_default_context(cafile=self.daemon.ca)
        context.minimum_version = context.maximum_version = version
        if shown:
            context.set_ciphers("DEFAULT:@SECLEVEL=0")
            context.load_cert_chain(*shown.chain())
        return context

    def issue(self, issuer=None, **options):
        return self.maker.leaf(issuer or self.root, "client.test", subject="/O=Staff/CN=Ann", **{**CLIENT, **options})

    def check_served(self, shown, version):
        client = Secured(self.tunnel(), self.client(shown, version), NAME)
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        self.assertIn(b"hello from the origin", read_to_end(client)[0])
        client.close_notify()
        client.close()
        return self.daemon.record()

    def test_a_good_certificate_is_served_and_recorded(self):
        ann = self.issue(end="20300102030405Z")
        digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(ann.pem())).hexdigest()
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            record = self.check_served(ann, version)
            self.assertEqual(record["client_certificate"], {"fingerprint": digest, "subject": "CN=Ann,O=Staff", "issuer": "CN=Staff CA",
                                                            "not_after": "2030-01-02T03:04:05Z"})
            self.assertEqual(record["listener"], "staff")

    def test_one_by_an_intermediate_that_is_sent_along(self):
        record = self.check_served(self.issue(self.maker.authority("Staff Office", self.root)), ssl.TLSVersion.TLSv1_3)
        self.assertEqual(record["client_certificate"]["issuer"], "CN=Staff Office")

    def check_refused(self, shown, fault, detail, version=ssl.TLSVersion.TLSv1_3):
        with self.tunnel() as connection:
            self.assertEqual(handshake_fault(connection, self.client(shown, version), NAME), fault)
        record = self.daemon.record()
        end = record["end"]
        self.assertEqual((end["by"], end["how"], end["step"]), ("proxy", "unverified", "client-handshake"))
        self.assertRegex(end["detail"], detail)
        self.assertNotIn("client_certificate", record)
        self.assertEqual((record["bytes_up"], record["bytes_down"]), (0, 0))

    def test_none(self):
        none = "the client showed no certificate, and listener staff asks for one .client_ca."
        self.check_refused(None, "alert certificate_required", none)
        self.check_refused(None, "alert handshake_failure", none, ssl.TLSVersion.TLSv1_2)

    def test_bad_ones(self):
        refused = r"^the client's certificate is not accepted by listener staff \(client_ca\): "
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            for shown, alert, word in (
                    (self.issue(self.maker.authority("Rogue CA")), "unknown_ca", "unable to get local issuer certificate; subject CN=Ann,O=Staff, issuer CN=Rogue CA, until 2045-01-01"),
                    (self.issue(end="20240201000000Z"), "certificate_expired", "certificate has expired; subject .*, until 2024-02-01"),
                    (self.issue(extendedKeyUsage="serverAuth"), "unsupported_certificate", "unsuitable certificate purpose"),
                    (self.issue(key="RSA-1024"), "bad_certificate", "EE certificate key too weak")):
                with self.subTest(version=version, word=word):
                    self.check_refused(shown, f"alert {alert}", refused + word, version)

    def test_only_that_listener_asks(self):
        with self.tunnel("all") as connection:
            Secured(connection, self.client(), NAME).close_notify()
        self.assertNotIn("client_certificate", self.daemon.record())

    def test_what_cannot_be_asked_does_not_pass(self):
        with self.tunnel(name="let.test") as connection:
            self.assertEqual(handshake_fault(connection, anybody(), "let.test"), "alert access_denied")
        end = self.daemon.record()["end"]
        self.assertEqual(end["how"], "denied")
        self.assertIn("listener staff asks clients for a certificate (client_ca), which a connection that is let through cannot", end["detail"])

        with self.tunnel() as connection:
            connection.sendall(b"plain words\r\n")
            self.assertEqual(read_to_end(connection), (b"", "reset"))
        self.assertIn("which one without TLS cannot show", self.daemon.record()["end"]["detail"])

        with dial(self.daemon.port("staff")) as connection:
            connection.sendall(f"GET http://{NAME}:{self.server.port}/ HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
            self.assertEqual(read_status(connection)[0], 403)
        self.assertEqual(self.daemon.record()["end"]["how"], "denied")

    def test_a_reload_takes_another_ca_from_the_file(self):
        ann = self.issue()
        other = self.maker.authority("New Staff CA")
        with open(self.root.file_with(), "w") as file:
            file.write(other.pem())
        self.daemon.signal(signal.SIGHUP)
        self.daemon.event("reloaded")
        self.check_refused(ann, "alert unknown_ca", "issuer CN=Staff CA")
        self.check_served(self.issue(other), ssl.TLSVersion.TLSv1_3)

    def test_a_listener_that_asked_goes_on_asking_until_a_restart(self):
        with open(self.daemon.config) as file:
            text = file.read()
        self.daemon.write_config(text.replace(f", client_ca: {self.root.file_with()}", ""))
        self.daemon.signal(signal.SIGHUP)
        self.daemon.event("reloaded")
        self.assertIn("takes a restart", self.daemon.event("restart_needed")["message"])
        self.check_refused(None, "alert certificate_required", "showed no certificate")

    def test_mistakes_are_told_with_their_place(self):
        with open(self.daemon.config) as file:
            text = file.read()
        for path, message in ((f"{self.folder}/none.pem", "No such file"),
                              (self.issue().certificate, "CN=Ann,O=Staff is not a CA certificate; name the CA that issued it")):
            with open(f"{self.folder}/check.yaml", "w") as file:
                file.write(text.replace(self.root.file_with(), path))
            done = run(BASCULE, "check", "--config", f"{self.folder}/check.yaml")
            self.assertEqual(done.returncode, 2)
            self.assertRegex(done.stderr, rf"check\.yaml:4:\d+: listeners\[0\]\.client_ca: {path}: {message}\n$")


if __name__ == "__main__":
    unittest.main()
