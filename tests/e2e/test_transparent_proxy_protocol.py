"""Behind a balancer that speaks PROXY, a transparent listener believes the header: source and destination."""
import socket
import ssl
import struct
import unittest

from harness import read_head
from netns import GATEWAY, ORIGIN, NetworkCase


def v1(family, source, destination, port):
    return f"PROXY {family} {source} {destination} 40000 {port}\r\n".encode()


def v2(source, destination, port):
    addresses = socket.inet_pton(socket.AF_INET6, source) + socket.inet_pton(socket.AF_INET6, destination)
    return b"\r\n\r\n\0\r\nQUIT\n" + struct.pack("!BBH", 0x21, 0x21, 36) + addresses + struct.pack("!HH", 40000, port)


class TransparentProxyProtocol(NetworkCase):
    def ask(self, daemon, header):
        with self.client.entered():
            raw = socket.create_connection((GATEWAY[0], daemon.port("gateway")), timeout=10)
        raw.sendall(header)
        with self.client_context(daemon).wrap_socket(raw, server_hostname="origin.test") as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: origin.test\r\n\r\n")
            return read_head(client)

    def test_the_headers_addresses_are_the_connections(self):
        origin = self.far_origin()
        daemon = self.start_gateway(listener=", proxy_protocol: true")
        headers = {f"{ORIGIN[0]}:{origin.port}": ("192.0.2.7:40000", v1("TCP4", "192.0.2.7", ORIGIN[0], origin.port)),
                   f"[{ORIGIN[1]}]:{origin.port}": ("[2001:db8::7]:40000", v2("2001:db8::7", ORIGIN[1], origin.port))}
        for meant, (source, header) in headers.items():
            with self.subTest(meant):
                self.assertIn("200 OK", self.ask(daemon, header))
                record = daemon.record()
                self.assertEqual((record["source"], record["target"], record["destination"]), (source, meant, meant))

    def test_a_header_that_names_the_listener_itself_is_a_loop(self):
        self.authority.leaf("origin.test")
        daemon = self.start_gateway(listener=", proxy_protocol: true")
        with self.assertRaises((ssl.SSLError, OSError)):
            self.ask(daemon, v1("TCP4", "192.0.2.7", GATEWAY[0], daemon.port("gateway")))
        self.assertEqual(daemon.record()["end"]["how"], "loop")


if __name__ == "__main__":
    unittest.main()
