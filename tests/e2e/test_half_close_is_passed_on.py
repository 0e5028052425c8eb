"""A side that has ended goes on being answered: the end is passed on by itself, in each direction, with and without TLS."""
import unittest

from entries import connect
from harness import Case, server_context, until
from halves import Half

NAME = "origin.test"
LATE = b"said after the other side had ended\n" * 5000


class HalfClose(Case):
    def tunnel(self, handler, tls):
        leaf = self.authority.leaf(NAME)
        serve = lambda connection: handler(Half(connection, server_context(leaf) if tls else None, server_side=True))
        self.server = self.origin(serve, tls=False)
        self.daemon = self.start(f"""
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}]
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {self.hosts(**{NAME: "127.0.0.1"})}}}
timeouts: {{first_bytes: 50ms}}
""")
        connection = connect(self.daemon.port("apps"), NAME, self.server.port)
        return Half(connection, self.client_context(self.daemon) if tls else None, NAME)

    def check(self, by, tls, up, down):
        record = self.daemon.record()
        self.assertEqual((record["end"]["by"], record["end"]["how"]), (by, "close_notify" if tls else "fin"))
        self.assertEqual((record["bytes_up"], record["bytes_down"]), (up, down))

    def client_ends_first(self, tls):
        def answer(half):
            question = half.read_all()
            half.send(question[::-1] + LATE)
            half.end()
            half.connection.recv(1)

        client = self.tunnel(answer, tls)
        client.send(b"question")
        client.end()
        self.assertTrue(client.read_all() == b"noitseuq" + LATE)
        client.connection.close()
        self.check("client", tls, 8, 8 + len(LATE))

    def origin_ends_first(self, tls):
        seen = []

        def answer(half):
            half.send(b"greeting")
            half.end()
            seen.append(half.read_all())

        client = self.tunnel(answer, tls)
        self.assertEqual(client.read_all(), b"greeting")
        client.send(LATE)
        client.end()
        client.connection.recv(1)
        client.connection.close()
        self.check("upstream", tls, len(LATE), 8)
        until(lambda: seen or self.server.failures, "the origin has read it all")
        self.assertTrue(seen == [LATE], self.server.failures)

    def test_by_the_client_over_tls(self):
        self.client_ends_first(True)

    def test_by_the_origin_over_tls(self):
        self.origin_ends_first(True)

    def test_by_the_client_over_tcp(self):
        self.client_ends_first(False)

    def test_by_the_origin_over_tcp(self):
        self.origin_ends_first(False)


if __name__ == "__main__":
    unittest.main()
