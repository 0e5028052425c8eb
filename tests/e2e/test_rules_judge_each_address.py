"""A rule that tests an address judges each one that a name resolves to, and only those that it admits are connected."""
import unittest

from entries import dial, receive_all, secure, connect, trusting_nobody
from harness import Case

CONFIG = """
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}]
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {hosts}}}
rules:
  - {{name: closed, match: {{destination: 127.0.0.3/32}}, action: block}}
  - {{name: open, match: {{destination: 127.0.0.0/8}}, action: passthrough}}
"""


class EachAddress(Case):
    def setUp(self):
        super().setUp()
        self.server = self.origin(lambda connection: connection.recv(1), names=("both.test",), host="0.0.0.0")
        hosts = self.hosts()
        with open(hosts, "w") as file:
            file.write("127.0.0.3 both.test closed.test\n127.0.0.5 both.test\n")
        self.daemon = self.start(CONFIG.format(hosts=hosts))

    def test_the_blocked_one_of_two_is_left_out(self):
        secure(connect(self.daemon.port("apps"), "both.test", self.server.port), trusting_nobody(), "both.test").close()
        record = self.daemon.record()
        self.assertEqual((record["rule"], record["destination"]), ("open", f"127.0.0.5:{self.server.port}"))

    def test_with_none_left_the_client_is_refused(self):
        client = dial(self.daemon.port("apps"))
        client.sendall(f"CONNECT closed.test:{self.server.port} HTTP/1.1\r\nHost: closed.test\r\n\r\n".encode())
        self.assertTrue(receive_all(client).startswith(b"HTTP/1.1 403 "))
        client.close()
        record = self.daemon.record()
        self.assertEqual((record["rule"], record["end"]["how"]), ("closed", "blocked"))
        self.assertNotIn("destination", record)
        self.assertEqual(self.server.accepted, 0)


if __name__ == "__main__":
    unittest.main()
