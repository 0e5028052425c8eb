"""A side that resets is shown to the other as a reset, and recorded as the one that did it."""
import unittest

from harness import Case, server_context, until
from raw import Secured, anybody, client_hello, handshake_fault, read_to_end, reset, secure, tunnel

CONFIG = """
listeners: [{name: apps, address: "127.0.0.1:0", mode: explicit}]
upstream: {trust: [origin-ca.pem]}
"""
WORD = b"\0word"  # neither TLS nor HTTP


class Resets(Case):
    def meet(self, handler, tls):
        """A daemon, and a client with the origin's handler behind it, after one word of the client."""
        context = server_context(self.authority.leaf("localhost"))
        origin = self.origin(lambda raw: handler(Secured(raw, context) if tls else raw), tls=False)
        daemon = self.start(CONFIG)
        client = tunnel(daemon.port("apps"), f"localhost:{origin.port}")
        if tls:
            client = secure(client, self.client_context(daemon), "localhost")
        client.sendall(WORD)
        return daemon, client

    def check(self, daemon, by):
        record = daemon.record()
        end = record["end"]
        self.assertEqual((end["by"], end["how"], end["step"]), (by, "reset", "relay"))
        self.assertIn(f"the {by} reset", end["detail"])
        self.assertEqual(record["bytes_up"], len(WORD))
        self.assertTrue(daemon.no_more_records())

    def origin_resets(self, tls):
        daemon, client = self.meet(lambda origin: (origin.recv(100), reset(origin)), tls)
        self.assertEqual(read_to_end(client), (b"", "reset"))
        self.check(daemon, "upstream")

    def client_resets(self, tls):
        seen = []
        daemon, client = self.meet(lambda origin: (origin.recv(100), origin.sendall(b"go"),
                                                   seen.append(read_to_end(origin)[1])), tls)
        self.assertEqual(client.recv(2), b"go")
        reset(client)
        self.check(daemon, "client")
        until(lambda: seen, "the origin sees the end")
        self.assertEqual(seen, ["reset"])

    def test_an_origin_resets_under_tls(self):
        self.origin_resets(True)

    def test_an_origin_resets_a_passed_through_connection(self):
        self.origin_resets(False)

    def test_a_client_resets_under_tls(self):
        self.client_resets(True)

    def test_a_client_resets_a_passed_through_connection(self):
        self.client_resets(False)

    def test_an_origin_resets_in_the_middle_of_its_handshake(self):
        self.authority
        origin = self.origin(lambda connection: (connection.recv(100), reset(connection)), tls=False)
        daemon = self.start(CONFIG)
        client = tunnel(daemon.port("apps"), f"localhost:{origin.port}")
        self.assertEqual(handshake_fault(client, anybody(), "localhost"), "reset")
        end = daemon.record()["end"]
        self.assertEqual((end["by"], end["how"], end["step"]), ("upstream", "reset", "upstream-handshake"))

    def test_a_client_resets_in_the_middle_of_its_hello(self):
        origin = self.origin()
        daemon = self.start(CONFIG)
        client = tunnel(daemon.port("apps"), f"localhost:{origin.port}")
        client.sendall(client_hello()[:99])
        reset(client)
        end = daemon.record()["end"]
        self.assertEqual((end["by"], end["how"], end["step"]), ("client", "client_gone", "peek"))

    def test_a_client_resets_in_the_middle_of_its_handshake(self):
        origin = self.origin()
        daemon = self.start(CONFIG)
        client = tunnel(daemon.port("apps"), f"localhost:{origin.port}")
        client.sendall(client_hello("localhost"))
        self.assertEqual(client.recv(1), b"\x16")
        reset(client)
        end = daemon.record()["end"]
        self.assertEqual((end["by"], end["how"], end["step"]), ("client", "client_gone", "client-handshake"))
        self.assertIn("may not trust this CA", end["detail"])


if __name__ == "__main__":
    unittest.main()
