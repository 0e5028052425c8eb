"""TCP that ends without close_notify is shown to the other side as just that: a truncation is never made an end in order."""
import socket
import unittest

from harness import Case, server_context, until
from raw import Secured, anybody, handshake_fault, read_to_end, secure, tunnel

CONFIG = """
listeners: [{name: apps, address: "127.0.0.1:0", mode: explicit}]
upstream: {trust: [origin-ca.pem]}
"""


class Truncations(Case):
    def meet(self, handler):
        context = server_context(self.authority.leaf("localhost"))
        origin = self.origin(lambda raw: handler(Secured(raw, context)), tls=False)
        daemon = self.start(CONFIG)
        client = tunnel(daemon.port("apps"), f"localhost:{origin.port}")
        return daemon, secure(client, self.client_context(daemon), "localhost")

    def check(self, daemon, by):
        end = daemon.record()["end"]
        self.assertEqual((end["by"], end["how"], end["step"]), (by, "truncated", "relay"))
        self.assertIn("without close_notify", end["detail"])

    def test_an_origin_that_closes_without_close_notify(self):
        daemon, client = self.meet(lambda origin: origin.sendall(b"half an ans"))
        self.assertEqual(read_to_end(client), (b"half an ans", "truncated"))
        client.close()
        self.check(daemon, "upstream")

    def test_a_client_that_closes_without_close_notify(self):
        seen = []
        daemon, client = self.meet(lambda origin: seen.append(read_to_end(origin)))
        client.sendall(b"half a quest")
        client.shutdown(socket.SHUT_WR)
        until(lambda: seen, "the origin sees the end")
        self.assertEqual(seen, [(b"half a quest", "truncated")])
        client.close()
        self.check(daemon, "client")

    def test_an_origin_that_closes_in_the_middle_of_its_handshake(self):
        self.authority
        origin = self.origin(lambda connection: connection.recv(65536), tls=False)
        daemon = self.start(CONFIG)
        client = tunnel(daemon.port("apps"), f"localhost:{origin.port}")
        self.assertEqual(handshake_fault(client, anybody(), "localhost"), "truncated")
        client.close()
        end = daemon.record()["end"]
        self.assertEqual((end["by"], end["how"], end["step"]), ("upstream", "truncated", "upstream-handshake"))
        self.assertIn("closed the connection during its TLS handshake", end["detail"])


if __name__ == "__main__":
    unittest.main()
