"""CONNECT whose target says it all needs no Host: lftp and others send none."""
import unittest

from entries import dial, get, receive_until, secure
from harness import Case

CONFIG = """
listeners: [{name: apps, address: "127.0.0.1:0", mode: explicit}]
upstream: {trust: [origin-ca.pem]}
"""


class ConnectWithoutHost(Case):
    def test_in_both_versions(self):
        origin = self.origin(names=("localhost",))
        daemon = self.start(CONFIG)
        for version in (b"1.1", b"1.0"):
            client = dial(daemon.port("apps"))
            client.sendall(b"CONNECT localhost:%d HTTP/%s\r\n\r\n" % (origin.port, version))
            self.assertTrue(receive_until(client, b"\r\n\r\n").startswith(b"HTTP/1.1 200 "))
            self.assertIn("hello from the origin", get(secure(client, self.client_context(daemon), "localhost"), "localhost"))
            self.assertEqual(daemon.record()["target"], f"localhost:{origin.port}")


if __name__ == "__main__":
    unittest.main()
