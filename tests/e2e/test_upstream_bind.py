"""Origins are connected from upstream.bind; those of the other family cannot be, and the record says why."""
import unittest

from harness import Case
from raw import read_status, request_tunnel, tunnel

CONFIG = """
listeners: [{name: apps, address: "127.0.0.1:0", mode: explicit}]
upstream: {bind: 127.0.0.9}
"""


class Bind(Case):
    def test_the_origin_sees_that_address(self):
        seen = []
        origin = self.origin(lambda connection: seen.append(connection.getpeername()[0]) or connection.sendall(b"."),
                             tls=False)
        client = tunnel(self.start(CONFIG).port("apps"), f"127.0.0.1:{origin.port}")
        self.assertEqual(client.recv(1), b".")
        client.close()
        self.assertEqual(seen, ["127.0.0.9"])

    def test_an_origin_of_the_other_family_is_unreachable(self):
        daemon = self.start(CONFIG)
        client = request_tunnel(daemon.port("apps"), "[::1]:9")
        self.assertEqual(read_status(client)[0], 502)
        client.close()
        end = daemon.record()["end"]
        self.assertEqual(end["how"], "unreachable")
        self.assertIn("127.0.0.9", end["detail"])


if __name__ == "__main__":
    unittest.main()
