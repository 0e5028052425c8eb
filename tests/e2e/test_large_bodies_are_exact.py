"""64 MiB up and then 64 MiB down arrive octet for octet, intercepted and passed through."""
import hashlib
import random
import unittest

from entries import connect, secure
from harness import WAIT, Case

NAME = "origin.test"
SIZE = 64 << 20
BLOCK = random.Random(7).randbytes((1 << 20) + 7)  # not a multiple of any buffer


def send(connection):
    left = SIZE
    while left:
        piece = BLOCK[:min(left, len(BLOCK))]
        connection.sendall(piece)
        left -= len(piece)


def digest_of_received(connection):
    digest, left = hashlib.sha256(), SIZE
    while left:
        piece = connection.recv(min(left, 1 << 18))
        if not piece:
            break
        digest.update(piece)
        left -= len(piece)
    return digest.hexdigest()


def expected():
    whole, rest = divmod(SIZE, len(BLOCK))
    digest = hashlib.sha256()
    for _ in range(whole):
        digest.update(BLOCK)
    digest.update(BLOCK[:rest])
    return digest.hexdigest()


class LargeBodies(Case):
    def exchange(self, tls):
        seen = []

        def take_and_give(connection):
            seen.append(digest_of_received(connection))
            send(connection)

        origin = self.origin(take_and_give, tls=tls, names=(NAME,))
        daemon = self.start(f"""
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}]
upstream: {{trust: [{"origin-ca.pem" if tls else "system"}]}}
resolver: {{hosts: {self.hosts(**{NAME: "127.0.0.1"})}}}
""")
        client = connect(daemon.port("apps"), NAME, origin.port)
        client.settimeout(3 * WAIT)
        if tls:
            client = secure(client, self.client_context(daemon), NAME)
        send(client)
        seen.append(digest_of_received(client))
        client.close()
        record = daemon.record(3 * WAIT)
        self.assertEqual(seen, [expected()] * 2)
        self.assertEqual((record["bytes_up"], record["bytes_down"]), (SIZE, SIZE))
        self.assertEqual(record["action"], "intercept" if tls else "passthrough")

    def test_over_tls(self):
        self.exchange(True)

    def test_over_tcp(self):
        self.exchange(False)


if __name__ == "__main__":
    unittest.main()
