"""Every preface is understood when it comes octet by octet, with the client's own bytes right behind it."""
import unittest

from entries import dial, proxy_v1, proxy_v2, receive, receive_all
from harness import Case

NAME = b"origin.test"


class OctetByOctet(Case):
    def test_what_follows_arrives_whole(self):
        payload = b"\0then its own bytes"
        origin = self.origin(lambda connection: connection.sendall(receive(connection, len(payload))[::-1]), tls=False)
        daemon = self.start(f"""
listeners:
  - {{name: apps, address: "127.0.0.1:0", mode: explicit}}
  - {{name: fixed, address: "127.0.0.1:0", mode: forward, target: "127.0.0.1:{origin.port}", proxy_protocol: true}}
resolver: {{hosts: {self.hosts(**{NAME.decode(): "127.0.0.1"})}}}
""")
        port = origin.port.to_bytes(2, "big")
        target = NAME + b":%d" % origin.port
        prefaces = [
            ("apps", b"CONNECT " + target + b" HTTP/1.1\r\nHost: " + target + b"\r\nUser-Agent: slow\r\n\r\n"),
            ("apps", b"\x04\x01" + port + b"\x7f\0\0\x01me\0"),
            ("apps", b"\x04\x01" + port + b"\0\0\0\x01me\0" + NAME + b"\0"),
            ("apps", b"\x05\x02\x02\x00" + b"\x05\x01\0\x03\x0b" + NAME + port),
            ("fixed", proxy_v1("192.0.2.1", 1, "127.0.0.1", 2)),
            ("fixed", proxy_v2("2001:db8::1", 1, "::1", 2)),
        ]
        for listener, preface in prefaces:
            client = dial(daemon.port(listener))
            for octet in preface + payload:
                client.send(bytes([octet]))
            self.assertTrue(receive_all(client).endswith(payload[::-1]), preface)
            client.close()
            record = daemon.record()
            self.assertEqual((record["bytes_up"], record["end"]["how"]), (len(payload), "fin"))


if __name__ == "__main__":
    unittest.main()
