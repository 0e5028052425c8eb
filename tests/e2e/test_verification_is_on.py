"""Origins are verified unless a rule says otherwise, for its own hosts alone; that is told at the start, and every record of
such a connection says what is wrong (A1). What is refused never sees the request (A25)."""
import os
import unittest

from harness import Authority, Case, answer_http
from raw import anybody, handshake_fault, secure, tunnel

CONFIG = """
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}]
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {hosts}}}
rules: [{{name: lab, match: {{server_name: lab.test}}, upstream: {{verify: off}}}}]
"""


class VerificationIsOn(Case):
    def setUp(self):
        super().setUp()
        self.authority
        os.mkdir(f"{self.folder}/rogue")
        self.heads = []
        leaf = Authority(f"{self.folder}/rogue", "Rogue CA").leaf("lab.test", "other.test")
        self.server = self.origin(answer_http(heads=self.heads), leaf=leaf)
        self.daemon = self.start(CONFIG.format(hosts=self.hosts(**{"lab.test": "127.0.0.1", "other.test": "127.0.0.1"})))

    def tunnel_to(self, name):
        return tunnel(self.daemon.port("apps"), f"{name}:{self.server.port}")

    def test_by_default(self):
        self.assertEqual(handshake_fault(self.tunnel_to("other.test"), anybody(), "other.test"), "alert unknown_ca")
        self.assertEqual(self.daemon.record()["end"]["how"], "unverified")
        self.assertEqual(self.heads, [])

    def test_off_for_the_hosts_of_a_rule(self):
        self.assertRegex(self.daemon.event("verification_off")["message"], r"^rule lab \(.*:\d+\): upstream.verify is off")
        client = secure(self.tunnel_to("lab.test"), self.client_context(self.daemon), "lab.test")
        client.sendall(b"GET / HTTP/1.1\r\nHost: lab.test\r\n\r\n")
        self.assertIn(b"200 OK", client.recv(65536))
        client.close()
        self.assertEqual(self.daemon.record()["certificate"]["verify"], "self-signed certificate in certificate chain")


if __name__ == "__main__":
    unittest.main()
