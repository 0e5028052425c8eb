"""`aia: true`: a chain that lacks its intermediates is completed from the http URLs in the certificates, and nothing that
came this way is trusted for it."""
import os
import ssl
import threading
import unittest

from harness import Case, Server, read_head
from pki import Certificate, openssl
from raw import secure, tunnel

CONFIG = """
listeners: [{name: apps, address: "127.0.0.1:0", mode: explicit}]
error_page: off
upstream: {trust: [root.pem], aia: true}
"""


class Library:
    """A web server of issuers: .holds maps paths to octets, .asked has every path that was asked for."""

    def __init__(self, case, host="127.0.0.1"):
        self.host, self.holds, self.asked, self.silent = host, {}, [], threading.Event()
        self.server = Server(self._answer, host=host)
        case.addCleanup(self.server.close)
        case.addCleanup(self.silent.set)

    def _answer(self, connection):
        path = read_head(connection).split(" ")[1]
        self.asked.append(path)
        if path == "/silent":
            self.silent.wait()
            return
        body = self.holds.get(path)
        status = b"200 OK" if body else b"404 Not Found"
        connection.sendall(b"HTTP/1.1 %s\r\nContent-Type: application/pkix-cert\r\n\r\n%s" % (status, body or b""))

    def url(self, path):
        return f"authorityInfoAccess=caIssuers;URI:http://{self.host}:{self.server.port}{path}"


def der(certificate):
    path = f"{certificate.base}.der"
    openssl("x509", "-in", certificate.file, "-outform", "DER", "-out", path)
    with open(path, "rb") as file:
        return file.read()


class Fetched(Case):
    def setUp(self):
        super().setUp()
        self.library = Library(self)
        self.root = Certificate.authority(self.folder, "Root")
        os.link(self.root.file, f"{self.folder}/root.pem")
        self.upper = Certificate.authority(self.folder, "Upper", self.root)
        self.lower = Certificate.authority(self.folder, "Lower", self.upper, [self.library.url("/upper.crt")])
        self.daemon = self.start(CONFIG)

    def record_of(self, leaf, *sent, **options):
        served = self.origin(leaf=leaf.shown_with(*sent), **options)
        with tunnel(self.daemon.port("apps"), f"localhost:{served.port}") as client:
            try:
                secure(client, self.client_context(self.daemon), "localhost")
            except OSError:
                pass
        return self.daemon.record()

    def assert_accepted(self, record):
        self.assertEqual(record.get("certificate", {}).get("verify"), "ok", record["end"])

    def assert_refused(self, record):
        self.assertEqual((record["end"]["how"], record["certificate"]["verify"]),
                         ("unverified", "unable to get local issuer certificate"), record["end"])

    def test_two_missing_issuers_in_the_forms_that_there_are(self):
        with open(self.upper.file, "rb") as file:
            self.library.holds["/upper.crt"] = file.read()  # PEM
        leaf = self.lower.leaf("localhost", [self.library.url("/lower.cer")])
        self.library.holds["/lower.cer"] = der(self.lower)
        self.assert_accepted(self.record_of(leaf))
        self.assertEqual(self.library.asked, ["/lower.cer", "/upper.crt"])
        self.assert_accepted(self.record_of(leaf))
        self.assertEqual(self.library.asked, ["/lower.cer", "/upper.crt"], "what was fetched serves the next connection")

    def test_a_bag_of_certificates(self):
        bag = f"{self.folder}/bag.p7c"
        openssl("crl2pkcs7", "-nocrl", "-certfile", self.lower.file, "-certfile", self.upper.file, "-outform", "DER", "-out", bag)
        with open(bag, "rb") as file:
            self.library.holds["/bag.p7c"] = file.read()
        self.assert_accepted(self.record_of(self.lower.leaf("localhost", [self.library.url("/bag.p7c")])))
        self.assertEqual(self.library.asked, ["/bag.p7c"])

    def test_over_tls_1_2(self):
        self.library.holds["/upper.cer"] = der(self.upper)
        leaf = self.upper.leaf("localhost", [self.library.url("/upper.cer")])
        self.assert_accepted(self.record_of(leaf, maximum=ssl.TLSVersion.TLSv1_2))

    def test_a_root_that_is_not_trusted_is_not_trusted_for_being_fetched(self):
        stranger = Certificate.authority(self.folder, "Stranger")
        self.library.holds["/stranger.cer"] = der(stranger)
        record = self.record_of(stranger.leaf("localhost", [self.library.url("/stranger.cer")]))
        self.assertEqual((record["end"]["how"], record["certificate"]["verify"]),
                         ("unverified", "self-signed certificate in certificate chain"))
        self.assertEqual(self.library.asked, ["/stranger.cer"])

    def test_what_is_not_there_is_refused_and_not_asked_for_again_at_once(self):
        leaf = self.lower.leaf("localhost", [self.library.url("/nothing.cer")])
        self.assert_refused(self.record_of(leaf))
        self.assert_refused(self.record_of(leaf))
        self.assertEqual(self.library.asked, ["/nothing.cer"])

    def test_too_much_is_not_taken(self):
        self.library.holds["/large.cer"] = der(self.lower) + b"\0" * 70_000
        self.assert_refused(self.record_of(self.lower.leaf("localhost", [self.library.url("/large.cer")])))

    def test_a_server_that_never_answers_is_left(self):
        self.assert_refused(self.record_of(self.lower.leaf("localhost", [self.library.url("/silent")])))
        self.assertEqual(self.library.asked, ["/silent"])

    def test_a_chain_without_end_is_left(self):
        above = Certificate.authority(self.folder, "Endless")
        for number in range(6):
            path = f"/endless{number}.cer"
            self.library.holds[path] = der(above)
            above = Certificate.authority(self.folder, f"Endless {number}", above, [self.library.url(path)])
        self.library.holds["/last.cer"] = der(above)
        self.assert_refused(self.record_of(above.leaf("localhost", [self.library.url("/last.cer")])))
        self.assertEqual(self.library.asked, ["/last.cer", "/endless5.cer", "/endless4.cer"])


class Forbidden(Case):
    def asked_by(self, config, scheme="http", host="127.0.0.1"):
        library = Library(self, host)
        root = Certificate.authority(self.folder, "Root")
        os.link(root.file, f"{self.folder}/root.pem")
        middle = Certificate.authority(self.folder, "Middle", root)
        library.holds["/x.cer"] = der(middle)
        served = self.origin(leaf=middle.leaf("localhost", [library.url("/x.cer").replace("http", scheme)]).shown_with())
        daemon = self.start(config)
        with tunnel(daemon.port("apps"), f"localhost:{served.port}") as client:
            self.assertRaises(OSError, secure, client, self.client_context(daemon), "localhost")
        self.assertEqual(daemon.record()["end"]["how"], "unverified")
        return library.asked

    def test_nothing_is_fetched_unless_it_is_asked_for(self):
        self.assertEqual(self.asked_by(CONFIG.replace(", aia: true", "")), [])

    def test_denied_destinations_are_denied_here_too(self):
        self.assertEqual(self.asked_by(CONFIG + "destinations: {deny: [127.0.0.9/32]}\n", host="127.0.0.9"), [])

    def test_https_is_not_spoken(self):
        self.assertEqual(self.asked_by(CONFIG, scheme="https"), [])


if __name__ == "__main__":
    unittest.main()
