"""Redirected plain bytes where the server speaks first: neither side waits for the other."""
import socket
import unittest

from netns import FAMILIES, ORIGIN, NetworkCase, redirect, tproxy, tproxy_routes


def greet(connection):
    connection.sendall(b"220 origin.test ready\r\n")
    word = connection.recv(64)
    connection.sendall(b"you said " + word)


class TransparentServerSpeaksFirst(NetworkCase):
    def assert_spoken(self, daemon):
        origin = self.far_origin(greet, tls=False)
        for family, index in FAMILIES.items():
            with self.subTest(family):
                with self.client.entered():
                    client = socket.create_connection((ORIGIN[index], origin.port), timeout=10)
                with client, client.makefile("rb") as lines:
                    self.assertEqual(lines.readline(), b"220 origin.test ready\r\n")
                    client.sendall(b"HELO\r\n")
                    self.assertEqual(lines.read(), b"you said HELO\r\n")
                record = daemon.record()
                self.assert_meant(record, family, origin.port)
                self.assertEqual((record["action"], record["protocol"]), ("passthrough", "other"))
                self.assertEqual((record["bytes_up"], record["bytes_down"]), (6, 38))

    def test_by_redirect(self):
        self.authority.leaf("origin.test")
        daemon = self.start_gateway()
        self.gateway.nft(redirect(daemon.port("gateway")))
        self.assert_spoken(daemon)

    def test_by_tproxy(self):
        self.authority.leaf("origin.test")
        daemon = self.start_gateway()
        tproxy_routes(self.gateway)
        self.gateway.nft(tproxy(daemon.port("gateway")))
        self.assert_spoken(daemon)


if __name__ == "__main__":
    unittest.main()
