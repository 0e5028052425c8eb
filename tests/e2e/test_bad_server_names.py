"""A server name that is none is answered by an alert, leads nowhere, and leaves a clean line in the log (B9)."""
import unittest

from entries import dial, get, receive_all, secure
from hello import client_hello, rename
from harness import Case

NAME = "origin.test"
BAD = [b"", b"\0", b"origin.test\0.evil.test", b"a\r\nb", b"a b", b"../../etc/passwd", b"$(id)", b"*.test", b"a..b", b".",
       b"\xff\xfe", b"x" * 64 + b".test", b"x." * 200, b"[::1]", b"\x1b[31m"]


class BadNames(Case):
    def test_every_one_of_them(self):
        server = self.origin()
        daemon = self.start(f"""
listeners:
  - {{name: by-name, address: "127.0.0.1:0", mode: sni, port: {server.port}}}
  - {{name: fixed, address: "127.0.0.1:0", mode: forward, target: "{NAME}:{server.port}"}}
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {self.hosts(**{NAME: "127.0.0.1"})}}}
""")
        hello = client_hello(NAME)
        for listener in ("by-name", "fixed"):
            for name in BAD:
                client = dial(daemon.port(listener))
                client.sendall(rename(hello, NAME.encode(), name))
                self.assertEqual(receive_all(client)[:6], b"\x15\x03\x03\x00\x02\x02", name)
                client.close()
                record = daemon.record()
                self.assertEqual((record["end"]["by"], record["end"]["how"], record["end"]["step"]), ("client", "error", "peek"))
                self.assertTrue(daemon.lines[-1].rstrip("\n").isprintable(), name)
        self.assertEqual(server.accepted, 0)
        client = secure(dial(daemon.port("fixed")), self.client_context(daemon), NAME)
        self.assertIn("hello from the origin", get(client, NAME))


if __name__ == "__main__":
    unittest.main()
