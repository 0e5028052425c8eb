"""A forward listener leads to its target and an sni listener to the server that the hello names."""
import socket
import unittest

from entries import dial, get, receive_all, secure
from harness import Case

NAME = "origin.test"


class ForwardAndSni(Case):
    def setUp(self):
        super().setUp()
        leaf = self.authority.leaf(NAME, "other.test", "127.0.0.1", "::1")
        self.server = self.origin(leaf=leaf)
        self.v6 = self.origin(leaf=leaf, host="::1", family=socket.AF_INET6)
        self.daemon = self.start(f"""
listeners:
  - {{name: by-name, address: "127.0.0.1:0", mode: sni, port: {self.server.port}}}
  - {{name: to-name, address: "127.0.0.1:0", mode: forward, target: "{NAME}:{self.server.port}"}}
  - {{name: to-v4, address: "127.0.0.1:0", mode: forward, target: "127.0.0.1:{self.server.port}"}}
  - {{name: to-v6, address: "[::1]:0", mode: forward, target: "[::1]:{self.v6.port}"}}
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {self.hosts(**{NAME: "127.0.0.1", "other.test": "127.0.0.1"})}}}
""")

    def fetch(self, listener, server_name, target, host="127.0.0.1"):
        connection = dial(self.daemon.port(listener), host)
        answer = get(secure(connection, self.client_context(self.daemon), server_name), server_name)
        self.assertTrue(answer.endswith("hello from the origin\n"), answer)
        record = self.daemon.record()
        self.assertEqual((record["listener"], record["action"]), (listener, "intercept"))
        self.assertEqual((record["target"], record["server_name"]), (target, server_name))

    def test_sni(self):
        for name in (NAME, "other.test"):
            self.fetch("by-name", name, f"{name}:{self.server.port}")

    def test_forward(self):
        self.fetch("to-name", NAME, f"{NAME}:{self.server.port}")
        self.fetch("to-name", "other.test", f"{NAME}:{self.server.port}")
        self.fetch("to-v4", "127.0.0.1", f"127.0.0.1:{self.server.port}")
        self.fetch("to-v6", NAME, f"[::1]:{self.v6.port}", "::1")

    def test_a_hello_without_a_name_leads_an_sni_listener_nowhere(self):
        with self.assertRaises(OSError):
            secure(dial(self.daemon.port("by-name")), self.client_context(self.daemon), "127.0.0.1")
        record = self.daemon.record()
        self.assertEqual((record["end"]["by"], record["end"]["how"]), ("client", "error"))
        self.assertIn("names no server", record["end"]["detail"])

    def test_what_is_neither_tls_nor_http_is_refused_by_an_sni_listener(self):
        connection = dial(self.daemon.port("by-name"))
        connection.sendall(b"HELO origin.test\r\n")
        with self.assertRaises(ConnectionResetError):
            receive_all(connection)
        self.assertIn("not TLS", self.daemon.record()["end"]["detail"])


if __name__ == "__main__":
    unittest.main()
