"""A client that leaves while we resolve, connect or shake hands for it takes the work for it with it."""
import unittest

from harness import Case, until
from peers import NameServer, SilentPort
from raw import client_hello, read_to_end, request_tunnel, reset, tunnel

CONFIG = """
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}]
resolver: {{servers: 127.0.0.1:{dns}, timeout: 60s}}
timeouts: {{connect: 60s, handshake: {handshake}}}
cancellation: {{client_gone: {gone}}}
"""
LEAVE = (reset, lambda connection: connection.close())


class ClientGone(Case):
    def begin(self, gone="cancel", handshake="60s"):
        self.names = NameServer(silent=True)
        self.addCleanup(self.names.close)
        self.daemon = self.start(CONFIG.format(dns=self.names.port, gone=gone, handshake=handshake))
        return self.daemon.port("apps")

    def check(self, step):
        record = self.daemon.record()
        end = record["end"]
        self.assertEqual((end["by"], end["how"], end["step"]), ("client", "client_gone", step))
        self.assertLess(record["timings_ms"]["total"], 10_000)

    def test_while_the_name_is_looked_up(self):
        port = self.begin()
        for number, leave in enumerate(LEAVE):
            client = request_tunnel(port, f"slow{number}.test:443")
            self.names.wait_for_question()
            leave(client)
            self.check("resolve")

    def test_while_the_origin_is_connected(self):
        port, silent = self.begin(), SilentPort()
        self.addCleanup(silent.close)
        for leave in LEAVE:
            client = request_tunnel(port, f"127.0.0.1:{silent.port}")
            until(lambda: silent.attempts() > silent.waiting, "a SYN is on its way")
            leave(client)
            self.check("connect")
            self.assertEqual(silent.attempts(), silent.waiting)

    def handshaking(self, gone, handshake="60s"):
        """A client in the middle of the handshake upstream, with an origin that says nothing and notes its end."""
        seen, came = [], []
        origin = self.origin(lambda connection: (came.append(connection.recv(1)), seen.append(read_to_end(connection)[1])),
                             tls=False)
        client = tunnel(self.begin(gone, handshake), f"127.0.0.1:{origin.port}")
        client.sendall(client_hello())
        until(lambda: came, "our hello has come to the origin")
        return client, seen

    def test_while_the_origin_shakes_hands(self):
        for leave in LEAVE:
            client, seen = self.handshaking("cancel")
            leave(client)
            self.check("upstream-handshake")
            until(lambda: seen, "the origin sees its connection closed")

    def test_nothing_is_cancelled_when_told_to_finish(self):
        client, seen = self.handshaking("finish", "500ms")
        reset(client)
        record = self.daemon.record()
        self.assertEqual((record["end"]["how"], record["end"]["step"]), ("timeout", "upstream-handshake"))
        self.assertGreaterEqual(record["timings_ms"]["upstream_handshake"], 400)  # the loop's clock is that of its turn
        until(lambda: seen, "the origin sees its connection closed")


if __name__ == "__main__":
    unittest.main()
