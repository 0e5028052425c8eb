"""How records are cut is each peer's own affair: max_fragment_length is honoured, padding and small fragments pass, early data
is refused without harm (RFC 6066 section 4, RFC 8446 sections 5.4 and 4.2.10; acceptance B11)."""
import os
import socket
import subprocess
import threading
import unittest

from harness import Case, Server, run, until
from programs import Program, openssl_server
from stage import NAME
from wire import DATA, records_in

BODY = bytes(range(33, 127)) * 700  # nothing that -ign_eof or a terminal would take for a command


class Wiretap(Server):
    """Passes on what it hears, and keeps what came back."""

    def __init__(self, port):
        self.target, self.down = port, b""
        super().__init__(self._pass)

    def _pass(self, connection):
        with socket.create_connection(("127.0.0.1", self.target)) as upstream:
            up = threading.Thread(target=self._copy, args=(connection, upstream))
            up.start()
            while piece := upstream.recv(65536):
                self.down += piece
                connection.sendall(piece)
            connection.shutdown(socket.SHUT_WR)
            up.join()

    @staticmethod
    def _copy(source, sink):
        try:
            while piece := source.recv(65536):
                sink.sendall(piece)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class PostureRecords(Case):
    def begin(self, *arguments):
        """An origin that gives BODY for every request, through the daemon, and a wiretap before it."""
        with open(f"{self.folder}/body", "wb") as file:
            file.write(BODY)
        self.leaf = self.authority.leaf(NAME)
        _, port = openssl_server(self, self.leaf, "-WWW", *arguments, cwd=self.folder)
        self.daemon = self.start(f"""
listeners: [{{name: fixed, address: "127.0.0.1:0", mode: forward, target: "{NAME}:{port}"}}]
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {self.hosts(**{NAME: "127.0.0.1"})}}}
""")
        self.tap = Wiretap(self.daemon.port("fixed"))
        self.addCleanup(self.tap.close)

    def fetch(self, *arguments, port=None):
        done = run("openssl", "s_client", "-connect", f"127.0.0.1:{port or self.tap.port}", "-servername", NAME, "-CAfile",
                   self.daemon.ca, "-ign_eof", *arguments, input="GET /body HTTP/1.0\r\n\r\n")
        self.assertIn(BODY.decode(), done.stdout)
        return done.stdout

    def sizes(self):
        """Of the application data's records, from us to the client."""
        return [len(body) for kind, _, body in records_in(self.tap.down)[0] if kind == DATA]

    def test_max_fragment_length(self):
        self.begin()
        for version in ("-tls1_2", "-tls1_3"):
            with self.subTest(version):
                self.tap.down = b""
                self.fetch("-maxfraglen", "512", version)
                self.assertGreater(len(self.sizes()), len(BODY) // 512)
                self.assertLessEqual(max(self.sizes()), 512 + 25)  # the octets of an AEAD, and the type
                self.assertEqual(self.daemon.record()["end"]["how"], "close_notify")

    def test_padding_and_small_fragments_by_the_client(self):
        self.begin()
        for options in (("-record_padding", "1024"), ("-max_send_frag", "512"), ("-split_send_frag", "512", "-max_pipelines", "1")):
            with self.subTest(options):
                self.fetch(*options)
                self.assertGreater(self.daemon.record()["bytes_down"], len(BODY))

    def test_padding_by_the_origin(self):
        self.begin("-record_padding", "4096")
        self.fetch()
        self.assertGreater(self.daemon.record()["bytes_down"], len(BODY))

    def test_small_fragments_by_the_origin(self):
        self.begin("-max_send_frag", "512")
        self.fetch()
        self.assertGreater(self.daemon.record()["bytes_down"], len(BODY))

    def test_b11_early_data_is_refused_and_the_connection_goes_on(self):
        """The client holds a ticket of the origin itself, which takes early data."""
        self.begin()
        _, direct = openssl_server(self, self.leaf, "-early_data")
        session = f"{self.folder}/session"
        Program(self, ["openssl", "s_client", "-connect", f"127.0.0.1:{direct}", "-servername", NAME, "-sess_out", session],
                stdin=subprocess.PIPE)
        until(lambda: os.path.exists(session) and "END" in open(session).read(), "the client has a ticket")
        with open(f"{self.folder}/early", "w") as file:
            file.write("GET /early HTTP/1.0\r\n\r\n")
        said = self.fetch("-sess_in", session, "-early_data", f"{self.folder}/early")
        self.assertIn("Early data was rejected", said)
        self.assertEqual(self.daemon.record()["end"]["how"], "close_notify")

    def test_b11_our_own_tickets_promise_none(self):
        self.begin()
        self.fetch("-tls1_3", "-sess_out", f"{self.folder}/session")
        text = run("openssl", "sess_id", "-in", f"{self.folder}/session", "-noout", "-text")
        self.assertIn("Max Early Data: 0", text.stdout, text)


if __name__ == "__main__":
    unittest.main()
