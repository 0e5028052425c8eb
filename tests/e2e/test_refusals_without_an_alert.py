"""Programs that do not trust our CA and just leave, as wget and node do, are told as refusals, at the first time too; one
that heard what the origin said first and had nothing to say itself has refused nothing."""
import ssl
import unittest

from entries import connect, secure, trusting_nobody
from harness import Case, run
from raw import reset
from wire import ALERT, Wire

CONFIG = """
listeners: [{name: apps, address: "127.0.0.1:0", mode: explicit}]
upstream: {trust: [origin-ca.pem]}
"""


class Refusals(Case):
    def begin(self, *handler):
        self.server = self.origin(*handler)
        self.daemon = self.start(CONFIG)

    def detail(self):
        end = self.daemon.record()["end"]
        self.assertEqual(end["by"], "client", end)
        return end["detail"]

    def assert_told_as_refusal(self):
        detail = self.detail()
        self.assertIn("it may not trust this CA", detail)
        self.assertIn("ca.crt", detail)

    def test_wget(self):
        self.begin()
        for option in ("--secure-protocol=TLSv1_2", "--secure-protocol=TLSv1_3"):
            with self.subTest(option):
                done = run("wget", "-q", "-O", "-", "-t1", option, "-e", f"https_proxy=http://127.0.0.1:{self.daemon.port('apps')}",
                           f"https://localhost:{self.server.port}/")
                self.assertEqual(done.returncode, 5, done.stderr)  # wget(1): SSL verification failure
                detail = self.detail()
                self.assertRegex(detail, "does not trust this CA|it may not trust this CA")
                self.assertIn("ca.crt", detail)

    def left_after_the_handshake(self, leave, version):
        context = trusting_nobody()
        context.minimum_version = context.maximum_version = version
        leave(secure(connect(self.daemon.port("apps"), "localhost", self.server.port), context, "localhost"))

    def test_a_program_that_looks_at_the_certificate_after_the_handshake(self):
        """As node does: the handshake is over, and then it leaves, by FIN or by a reset."""
        self.begin()
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            for leave in (lambda client: client.close(), reset):
                with self.subTest(version):
                    self.left_after_the_handshake(leave, version)
                    self.assert_told_as_refusal()

    def test_a_client_that_was_greeted_has_refused_nothing(self):
        self.begin(lambda connection: (connection.sendall(b"* OK ready\r\n"), connection.recv(1)))
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.subTest(version):
                self.left_after_the_handshake(lambda client: (client.recv(12), client.close()), version)
                self.assertNotIn("CA", self.detail())

    def test_one_that_was_greeted_and_says_an_alert_has_refused(self):
        self.server = self.origin(lambda connection: (connection.sendall(b"* OK ready\r\n"), connection.recv(1)))
        self.daemon = self.start(CONFIG + "learn: {after: 1}\n", environment={"STATE_DIRECTORY": f"{self.folder}/state"})
        client = Wire(connect(self.daemon.port("apps"), "localhost", self.server.port), trusting_nobody(), "localhost")
        self.assertEqual(client.receive_data(12), b"* OK ready\r\n")
        client.send(ALERT, b"\2\x30")  # fatal, unknown_ca
        self.assertIn("(alert unknown_ca)", self.detail())
        self.assertEqual(self.daemon.event("learned")["alert"], "unknown_ca")


if __name__ == "__main__":
    unittest.main()
