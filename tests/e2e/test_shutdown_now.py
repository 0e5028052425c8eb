"""With cancellation.shutdown: now the first SIGTERM ends what runs at once, each connection with its record."""
import unittest

from harness import Case
from raw import dial, read_to_end, tunnel

CONFIG = """
listeners: [{name: apps, address: "127.0.0.1:0", mode: explicit}]
timeouts: {drain: 60s}
cancellation: {shutdown: now}
"""


class ShutdownNow(Case):
    def test_a_connection_that_is_busy_does_not_hold_it_up(self):
        def chatter(connection):
            while True:
                connection.sendall(b"x" * 65536)

        origin = self.origin(chatter, tls=False)
        daemon = self.start(CONFIG)
        busy = tunnel(daemon.port("apps"), f"127.0.0.1:{origin.port}")
        self.assertTrue(busy.recv(1))
        begun = dial(daemon.port("apps"))
        begun.sendall(b"CONNECT some")
        self.assertEqual(daemon.stop(5), 0)
        self.assertIn(read_to_end(busy)[1], ("reset", "fin"))
        daemon.finish()
        self.assertEqual([record["end"]["how"] for record in daemon.records(1)], ["drain"])


if __name__ == "__main__":
    unittest.main()
