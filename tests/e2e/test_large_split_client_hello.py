"""A ClientHello of 17 KiB over two TLS records, sent octet by octet, is understood."""
import ssl
import unittest

from entries import connect, dial, receive_all
from harness import Case

NAME = "origin.test"
# ALPN is the one extension that Python lets grow: names that nobody speaks before one that the origin does.
FILLING = [f"{i:03d}" + "x" * 200 for i in range(84)]


class LargeHello(Case):
    def setUp(self):
        super().setUp()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.context.set_alpn_protocols([*FILLING, "http/1.1"])

    def begin(self, rules=""):
        self.server = self.origin(alpn=["http/1.1"])
        return self.start(f"""
listeners:
  - {{name: apps, address: "127.0.0.1:0", mode: explicit}}
  - {{name: by-name, address: "127.0.0.1:0", mode: sni, port: {self.server.port}}}
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {self.hosts(**{NAME: "127.0.0.1"})}}}
{rules}
""")

    def shake_hands_octet_by_octet(self, connection, trust):
        self.context.load_verify_locations(trust)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self.context.wrap_bio(incoming, outgoing, server_hostname=NAME)
        with self.assertRaises(ssl.SSLWantReadError):
            tls.do_handshake()
        hello = outgoing.read()
        self.assertGreater(len(hello), 17 << 10)
        for octet in hello:
            connection.send(bytes([octet]))
        while True:
            try:
                tls.do_handshake()
                connection.sendall(outgoing.read())
                return tls.selected_alpn_protocol()
            except ssl.SSLWantReadError:
                connection.sendall(outgoing.read())
                data = connection.recv(65536)
                self.assertTrue(data)
                incoming.write(data)

    def test_it_is_intercepted(self):
        daemon = self.begin()
        for connection in (connect(daemon.port("apps"), NAME, self.server.port), dial(daemon.port("by-name"))):
            self.assertEqual(self.shake_hands_octet_by_octet(connection, daemon.ca), "http/1.1")
            connection.close()
            record = daemon.record()
            self.assertEqual((record["server_name"], record["alpn"]), (NAME, "http/1.1"))

    def test_it_passes_through(self):
        daemon = self.begin("rules: [{name: all, match: {alpn: http/1.1}, action: passthrough}]")
        connection = dial(daemon.port("by-name"))
        self.assertEqual(self.shake_hands_octet_by_octet(connection, self.authority.certificate), "http/1.1")
        connection.close()
        self.assertEqual(daemon.record()["action"], "passthrough")

    def test_more_than_64_kib_is_refused_in_time(self):
        daemon = self.begin()
        record = b"\x16\x03\x01\x40\x00" + b"\x01\xff\xff\xff" + bytes((1 << 14) - 4)
        connection = dial(daemon.port("by-name"))
        connection.sendall(record + 4 * (record[:5] + bytes(1 << 14)))
        self.assertEqual(receive_all(connection)[:5], b"\x15\x03\x03\x00\x02")
        self.assertEqual(daemon.record()["end"]["how"], "error")


if __name__ == "__main__":
    unittest.main()
