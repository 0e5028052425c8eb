"""10,000 exchanges that nobody answers, with their uploads on the way, cost little memory each; when the daemon stops, each of
them has its record."""
import queue
import unittest

from h2_frames import DATA, END_HEADERS, HEADERS, OPEN, PREFACE, frame
from harness import MEASURED, WAIT, Server, proportional_set_size, server_context
from inspected import NAME, InspectedCase
from raw import Secured, dial
from stage import client_context

EXCHANGES = 10_000
UPLOAD = bytes(8192)  # of each: more than an exchange may cost
MOST = 6000           # octets; measured: 900 in HTTP/1.1, 1,070 in HTTP/2; under ThreadSanitizer 4,500


class OpenExchanges(InspectedCase):
    environment = MEASURED

    def setUp(self):
        super().setUp()
        self.octets, self.leaf = queue.SimpleQueue(), self.authority.leaf(NAME)
        server = Server(self.swallow)
        self.addCleanup(server.close)
        self.begin(server.port)

    def swallow(self, connection):
        """An origin that hears all and answers nothing, beyond what opens HTTP/2."""
        connection.settimeout(WAIT)
        origin = Secured(connection, server_context(self.leaf, self.alpn))
        if origin.tls.selected_alpn_protocol() == "h2":
            origin.sendall(OPEN)
        while piece := origin.recv(65536):
            self.octets.put(len(piece))

    def hear(self, octets):
        while octets > 0:
            octets -= self.octets.get(timeout=WAIT)
        self.assertEqual(octets, 0)

    def connect(self):
        context = client_context()
        context.set_alpn_protocols(self.alpn)
        client = Secured(dial(self.fixed), context, NAME)
        self.addCleanup(client.close)
        return client

    def ask(self, first, requests):
        """Connections that begin with `first`; then all of them make `requests`, which have one upload each. What they cost."""
        clients = [self.connect() for _ in range(EXCHANGES // len(requests))]
        for client in clients:
            client.sendall(first)
        self.hear(len(clients) * len(first))
        before = proportional_set_size(self.daemon.process)
        for client in clients:
            client.sendall(b"".join(requests))
        self.hear(len(clients) * len(b"".join(requests)))
        return (proportional_set_size(self.daemon.process) - before) / EXCHANGES

    def assert_recorded(self, version):
        self.assertEqual(self.daemon.stop(), 0)
        self.daemon.finish()
        records = self.daemon.exchanges(EXCHANGES)
        for record in records:
            self.assertEqual((record["version"], record["method"], record["end"]["how"]), (version, "POST", "drain"), record)
            self.assertEqual(record["request"]["body_bytes"], len(UPLOAD))
        self.assertEqual(len({(record["id"], record["exchange"]) for record in records}), EXCHANGES)

    def test_streams(self):
        self.alpn = ["h2"]
        head = b"\x83\x87\x84\x41\x0borigin.test"
        cost = self.ask(PREFACE + OPEN, [frame(HEADERS, END_HEADERS, stream, head) + frame(DATA, 0, stream, UPLOAD)
                                                        for stream in range(1, 200, 2)])
        self.assertLess(cost, MOST)
        self.assert_recorded("2")

    def test_pipelined_requests(self):
        self.alpn = ["http/1.1"]
        head = f"POST / HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: {len(UPLOAD)}\r\n\r\n".encode()
        cost = self.ask(b"", [head + UPLOAD] * 1000)
        self.assertLess(cost, MOST)
        self.assert_recorded("1.1")


if __name__ == "__main__":
    unittest.main()
