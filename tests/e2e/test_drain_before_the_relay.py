"""Connections that have not come to their relay do not hold a stopping daemon up: each ends, is told, and is recorded."""
import signal
import time
import unittest

from harness import Case, until
from peers import NameServer
from raw import client_hello, dial, read_status, read_to_end, request_tunnel, tunnel

CONFIG = """
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}]
resolver: {{servers: 127.0.0.1:{names}, timeout: 60s}}
timeouts: {{peek: 60s, handshake: 60s, drain: 20s}}
"""


class DrainBeforeTheRelay(Case):
    def test_every_step_ends(self):
        names = NameServer(silent=True)
        self.addCleanup(names.close)
        came = []
        origin = self.origin(lambda connection: (came.append(connection.recv(1)), read_to_end(connection)), tls=False)
        daemon = self.start(CONFIG.format(names=names.port))
        port, target = daemon.port("apps"), f"127.0.0.1:{origin.port}"

        silent = dial(port)
        asking = request_tunnel(port, "slow.test:443")
        names.wait_for_question()
        peeked = tunnel(port, target)
        peeked.sendall(client_hello()[:50])
        handshaking = tunnel(port, target)
        handshaking.sendall(client_hello())
        until(lambda: came, "our hello has come to the origin")

        began = time.monotonic()
        daemon.signal(signal.SIGTERM)
        self.assertEqual(daemon.process.wait(15), 0)
        self.assertLess(time.monotonic() - began, 10)
        records = daemon.records(4)
        self.assertEqual({record["end"]["how"] for record in records}, {"drain"}, records)
        self.assertEqual({record["end"]["step"] for record in records}, {"preface", "resolve", "peek", "upstream-handshake"})
        self.assertTrue(daemon.no_more_records())
        self.assertEqual(read_status(asking)[0], 503)
        self.assertTrue(read_to_end(handshaking)[0].startswith(b"\x15\x03\x03\0\x02\x02"), "a fatal alert")
        for client in (silent, peeked):
            self.assertIn(read_to_end(client)[1], ("reset", "fin"))


if __name__ == "__main__":
    unittest.main()
