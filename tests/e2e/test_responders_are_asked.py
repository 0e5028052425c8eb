"""`ocsp: ask`: where nothing was stapled, the responder that the certificate names is asked: what it says against the
certificate is believed, silence is not held against it (but under `require`), and one question serves many connections."""
import http.server
import threading
import unittest

from harness import until
from pki import Certificate
from programs import Program, openssl_server
from raw import anybody, handshake_fault, secure, tunnel
from statuses import StatusCase

CONFIG = """
listeners: [{name: apps, address: "127.0.0.1:0", mode: explicit}]
error_page: off
upstream: {trust: [root.pem], ocsp: POLICY}
"""
VERSIONS = ("-tls1_2", "-tls1_3")


class Responder:
    """A web server that answers each POST with the file in .answer (None: 404); .asked has what it was asked. While .holds
    is clear, answers wait."""

    def __init__(self, case, host="127.0.0.1"):
        self.answer, self.asked, self.holds, self.host = None, [], threading.Event(), host
        self.holds.set()
        responder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                responder.asked.append((self.headers["Content-Type"], self.rfile.read(int(self.headers["Content-Length"]))))
                responder.holds.wait()
                if not responder.answer:
                    self.send_error(404)
                    return
                self.send_response(200)
                self.end_headers()
                with open(responder.answer, "rb") as file:
                    self.wfile.write(file.read())

            def log_message(self, *_):
                pass

            def handle(self):
                try:
                    super().handle()
                except OSError:  # who asked has gone
                    pass

        self.server = http.server.ThreadingHTTPServer((host, 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        case.addCleanup(self.server.server_close)
        case.addCleanup(self.server.shutdown)
        case.addCleanup(self.holds.set)

    def named(self, scheme="http"):
        return f"authorityInfoAccess=OCSP;URI:{scheme}://{self.host}:{self.server.server_port}/ocsp"


class Asked(StatusCase):
    def setUp(self):
        super().setUp()
        self.responder = Responder(self)
        self.leaf = self.root.leaf("localhost", [self.responder.named()])

    def begin(self, policy="ask", more=""):
        self.daemon = self.start(CONFIG.replace("POLICY", policy) + more)

    def origin_shows(self, leaf, *arguments):
        return openssl_server(self, leaf.shown_with(), *arguments)[1]

    def record_from(self, port):
        with tunnel(self.daemon.port("apps"), f"localhost:{port}") as client:
            try:
                secure(client, self.client_context(self.daemon), "localhost")
                fault = None
            except OSError as error:
                fault = error
        record = self.daemon.record()
        self.assertEqual(fault is None, record["end"]["how"] != "unverified", (fault, record))
        return record

    def record_of(self, *arguments, leaf=None):
        return self.record_from(self.origin_shows(leaf or self.leaf, *arguments))

    def test_good(self):
        self.responder.answer = self.root.ocsp_answer(self.leaf)
        self.begin()
        for version in VERSIONS:
            with self.subTest(version):
                self.assert_accepted(self.record_of(version), "good")
        self.assertEqual([kind for kind, _ in self.responder.asked], ["application/ocsp-request"],
                         "the second connection has the first one's answer")

    def test_revoked(self):
        self.responder.answer = self.root.ocsp_answer(self.leaf, revoked=True)
        self.begin()
        for version in VERSIONS:
            with self.subTest(version):
                self.assert_refused(self.record_of(version), "certificate revoked", "revoked", "the OCSP responder says revoked")
        with tunnel(self.daemon.port("apps"), f"localhost:{self.origin_shows(self.leaf)}") as client:
            self.assertEqual(handshake_fault(client, anybody(), "localhost"), "alert certificate_revoked")

    def test_a_real_responder(self):
        index = self.root._database({self.leaf: True})
        served = Program(self, ["openssl", "ocsp", "-port", 0, "-index", index, "-CA", self.root.file, "-rsigner", self.root.file,
                                "-rkey", self.root.key, "-ndays", 1])
        port = int(served.says(r"ACCEPT \S*:(\d+)")[1])
        leaf = self.root.leaf("localhost", [f"authorityInfoAccess=OCSP;URI:http://127.0.0.1:{port}/"])
        self.begin()
        record = self.record_of(leaf=leaf)
        self.assert_refused(record, "OCSP unknown cert", "unknown", "the OCSP responder says unknown")

    def test_silence_is_not_held_against_a_certificate(self):
        self.begin()
        self.assert_accepted(self.record_of(), None)
        self.assert_accepted(self.record_of(), None)
        self.assertEqual(len(self.responder.asked), 1, "nor asked for again at once")

    def test_an_answer_of_somebody_else_says_nothing(self):
        stranger = Certificate(self.folder, "Stranger", self.root, ["extendedKeyUsage=serverAuth"])
        self.responder.answer = self.root.ocsp_answer(self.leaf, revoked=True, signer=stranger)
        self.begin()
        self.assert_accepted(self.record_of(), "invalid")

    def test_a_responder_that_never_answers_is_left(self):
        self.responder.holds.clear()
        self.begin(more="timeouts: {handshake: 1s}\n")  # the question has a limit of its own
        self.assert_accepted(self.record_of(), None)

    def test_what_was_stapled_is_not_asked_for(self):
        self.begin(policy="require")  # has us ask the origin, whatever the client's hello says
        self.assert_accepted(self.record_of("-status_file", self.root.ocsp_answer(self.leaf)), "good")
        self.assertEqual(self.responder.asked, [])

    def test_required(self):
        self.begin(policy="require")
        self.assert_refused(self.record_of(), "OCSP staple missing", None, "the responder gave none that holds")
        other = self.root.leaf("localhost", [self.responder.named()])
        self.responder.answer = self.root.ocsp_answer(other)
        self.assert_accepted(self.record_of(leaf=other), "good")

    def test_a_promise_to_staple_is_the_origins_own(self):
        leaf = self.root.leaf("localhost", ["tlsfeature=status_request", self.responder.named()])
        self.responder.answer = self.root.ocsp_answer(leaf)
        self.begin()
        self.assert_refused(self.record_of(leaf=leaf), "OCSP staple missing", None, "none was stapled")

    def test_one_question_serves_all_who_wait(self):
        self.responder.answer = self.root.ocsp_answer(self.leaf)
        self.responder.holds.clear()
        self.begin(more="workers: 1\n")
        port = self.origin(leaf=self.leaf.shown_with()).port
        with tunnel(self.daemon.port("apps"), f"localhost:{port}") as one, tunnel(self.daemon.port("apps"), f"localhost:{port}") as two:
            secured = []
            threads = [threading.Thread(target=lambda c=c: secured.append(secure(c, self.client_context(self.daemon), "localhost")))
                       for c in (one, two)]
            for thread in threads:
                thread.start()
            until(lambda: self.responder.asked, "the question")
            self.responder.holds.set()
            for thread in threads:
                thread.join()
            self.assertEqual((len(secured), len(self.responder.asked)), (2, 1))

    def test_a_resumed_session_is_asked_about_too(self):
        self.responder.answer = self.root.ocsp_answer(self.leaf)
        self.begin()
        port = self.origin_shows(self.leaf, "-tls1_2")
        for resumed in (False, True):
            record = self.record_from(port)
            self.assertEqual(record["upstream_tls"]["resumed"], resumed)
            self.assert_accepted(record, "good")

    def test_mirrored(self):
        self.responder.answer = self.root.ocsp_answer(self.leaf, revoked=True)
        self.daemon = self.start(CONFIG.replace("POLICY", "ask, verify: mirror"))
        for version in VERSIONS:
            with self.subTest(version):
                with tunnel(self.daemon.port("apps"), f"localhost:{self.origin_shows(self.leaf, version)}") as client:
                    fault = handshake_fault(client, self.client_context(self.daemon), "localhost")
                self.assertIn("CERTIFICATE_VERIFY_FAILED", fault)
                self.assertEqual(self.daemon.record()["certificate"]["verify"], "certificate revoked")

    def test_a_name_is_not_believed_of_a_revoked_certificate(self):
        self.responder.answer = self.root.ocsp_answer(self.leaf, revoked=True)
        self.begin(more="rules: [{match: {server_name: localhost}, action: passthrough}]\n")
        record = self.record_from(self.origin(leaf=self.leaf.shown_with()).port)
        self.assertEqual(record["action"], "intercept")
        self.assertIn("has been revoked", record["reason"])


class NotAsked(StatusCase):
    def asked_by(self, config, scheme="http", host="127.0.0.1"):
        responder = Responder(self, host)
        served = self.origin(leaf=self.root.leaf("localhost", [responder.named(scheme)]).shown_with())
        daemon = self.start(config)
        with tunnel(daemon.port("apps"), f"localhost:{served.port}") as client:
            secure(client, self.client_context(daemon), "localhost")
        self.assertEqual(daemon.record()["certificate"]["verify"], "ok")
        return responder.asked

    def test_unless_it_is_configured(self):
        self.assertEqual(self.asked_by(CONFIG.replace("POLICY", "staple")), [])

    def test_where_nothing_is_verified(self):
        self.assertEqual(self.asked_by(CONFIG.replace("POLICY", "ask, verify: off")), [])

    def test_denied_destinations(self):
        self.assertEqual(self.asked_by(CONFIG.replace("POLICY", "ask") + "destinations: {deny: [127.0.0.9/32]}\n", host="127.0.0.9"), [])

    def test_over_https(self):
        self.assertEqual(self.asked_by(CONFIG.replace("POLICY", "ask"), scheme="https"), [])


if __name__ == "__main__":
    unittest.main()
