"""One explicit listener takes CONNECT, SOCKS4, SOCKS4a and SOCKS5, told apart by their first bytes."""
import socket
import unittest

from entries import connect, dial, get, receive_all, receive_until, secure, socks4, socks5
from harness import Case

NAME = "origin.test"


class ExplicitEntries(Case):
    def setUp(self):
        super().setUp()
        leaf = self.authority.leaf(NAME, "127.0.0.1", "::1")
        self.v4 = self.origin(leaf=leaf)
        self.v6 = self.origin(leaf=leaf, host="::1", family=socket.AF_INET6)
        self.daemon = self.start(f"""
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}]
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {self.hosts(**{NAME: "127.0.0.1"})}}}
""")

    def fetch(self, enter, host, origin, server_name, destination):
        connection = enter(self.daemon.port("apps"), host, origin.port)
        answer = get(secure(connection, self.client_context(self.daemon), server_name), server_name)
        self.assertTrue(answer.endswith("hello from the origin\n"), answer)
        record = self.daemon.record()
        self.assertEqual((record["listener"], record["mode"], record["action"]), ("apps", "explicit", "intercept"))
        shown = f"[{host}]" if ":" in host else host
        self.assertEqual(record["target"], f"{shown}:{origin.port}")
        self.assertEqual(record["destination"], f"{destination}:{origin.port}")
        self.assertEqual(record["server_name"], server_name)

    def test_names_are_resolved_here(self):
        for enter in (connect, socks4, socks5):
            self.fetch(enter, NAME, self.v4, NAME, "127.0.0.1")

    def test_addresses_are_taken_as_they_are_and_the_hello_names_the_server(self):
        for enter in (connect, socks4, socks5):
            self.fetch(enter, "127.0.0.1", self.v4, NAME, "127.0.0.1")
        for enter in (connect, socks5):
            self.fetch(enter, "::1", self.v6, NAME, "[::1]")

    def test_without_any_name_the_address_is_verified_and_forged_for(self):
        self.fetch(connect, "127.0.0.1", self.v4, "127.0.0.1", "127.0.0.1")
        self.fetch(socks5, "::1", self.v6, "::1", "[::1]")

    def test_bytes_that_come_with_the_request_are_not_lost(self):
        origin = self.origin(lambda c: c.sendall(c.recv(100).upper()), tls=False)
        client = dial(self.daemon.port("apps"))
        client.sendall(f"CONNECT 127.0.0.1:{origin.port} HTTP/1.1\r\nHost: x\r\n\r\nearly bytes".encode())
        self.assertTrue(receive_until(client, b"\r\n\r\n").startswith(b"HTTP/1.1 200 "))
        self.assertEqual(receive_all(client), b"EARLY BYTES")
        client.close()


if __name__ == "__main__":
    unittest.main()
