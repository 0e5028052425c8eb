"""Behind PROXY protocol v1 and v2, in every mode, the client is who the header says: in the record and for the rules."""
import unittest

from entries import dial, get, proxy_v1, proxy_v2, receive_all, receive_until, secure
from harness import Case

NAME = "origin.test"
HEADERS = [(make, source, destination) for make in (proxy_v1, proxy_v2)
           for source, destination in (("192.0.2.7", "127.0.0.9"), ("2001:db8::7", "::1"))]


class ProxyProtocol(Case):
    def setUp(self):
        super().setUp()
        self.server = self.origin()
        self.daemon = self.start(f"""
listeners:
  - {{name: apps, address: "127.0.0.1:0", mode: explicit, proxy_protocol: true}}
  - {{name: by-name, address: "127.0.0.1:0", mode: sni, port: {self.server.port}, proxy_protocol: true}}
  - {{name: fixed, address: "127.0.0.1:0", mode: forward, target: "{NAME}:{self.server.port}", proxy_protocol: true}}
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {self.hosts(**{NAME: "127.0.0.1"})}}}
rules: [{{name: announced, match: {{source: [192.0.2.0/24, "2001:db8::/32"]}}, action: intercept}}]
""")

    def fetch(self, listener, header, after=lambda connection: None):
        connection = dial(self.daemon.port(listener))
        connection.sendall(header)
        after(connection)
        answer = get(secure(connection, self.client_context(self.daemon), NAME), NAME)
        self.assertTrue(answer.endswith("hello from the origin\n"), answer)
        return self.daemon.record()

    def ask_connect(self, connection):
        connection.sendall(f"CONNECT {NAME}:{self.server.port} HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
        receive_until(connection, b"\r\n\r\n")

    def test_the_source_is_the_announced_one(self):
        steps = {"apps": self.ask_connect, "by-name": lambda c: None, "fixed": lambda c: None}
        for listener, after in steps.items():
            for make, source, destination in HEADERS:
                record = self.fetch(listener, make(source, 4711, destination, 443), after)
                self.assertEqual(record["source"], f"[{source}]:4711" if ":" in source else f"{source}:4711")
                self.assertEqual((record["listener"], record["rule"]), (listener, "announced"))
                self.assertEqual(record["target"], f"{NAME}:{self.server.port}")

    def test_a_health_check_without_an_address_keeps_its_own(self):
        for header in (b"PROXY UNKNOWN\r\n", b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"):
            record = self.fetch("fixed", header)
            self.assertTrue(record["source"].startswith("127.0.0.1:"), record["source"])
            self.assertEqual(record["rule"], "default")

    def test_a_client_without_the_header_is_refused(self):
        connection = dial(self.daemon.port("fixed"))
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        with self.assertRaises(ConnectionResetError):
            receive_all(connection)
        record = self.daemon.record()
        self.assertEqual((record["end"]["how"], record["end"]["step"]), ("error", "preface"))
        self.assertIn("PROXY", record["end"]["detail"])
        self.assertEqual(self.server.accepted, 0)


if __name__ == "__main__":
    unittest.main()
