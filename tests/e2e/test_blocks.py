"""A blocked connection is refused in the language that its client speaks at that moment."""
import unittest

from harness import Case
from raw import anybody, dial, handshake_fault, read_status, read_to_end, request_tunnel, socks4a, socks5, tunnel

CONFIG = """
listeners:
  - {name: apps, address: "127.0.0.1:0", mode: explicit}
  - {name: fixed, address: "127.0.0.1:0", mode: forward, target: "127.0.0.1:9"}
rules:
  - {name: ads, match: {server_name: "*.ads.test"}, action: block}
  - {name: plain, match: {listener: fixed}, action: block}
"""


class Blocks(Case):
    def setUp(self):
        super().setUp()
        self.daemon = self.start(CONFIG)

    def check(self, rule, line):
        record = self.daemon.record()
        self.assertEqual((record["action"], record["rule"]), ("block", rule))
        self.assertTrue(record["rule_at"].endswith(f"bascule.yaml:{line}"), record["rule_at"])
        self.assertEqual((record["end"]["by"], record["end"]["how"]), ("proxy", "blocked"))

    def test_connect_is_answered_with_403_that_names_the_rule(self):
        status, text = read_status(request_tunnel(self.daemon.port("apps"), "x.ads.test:443"))
        self.assertEqual(status, 403)
        self.assertIn("blocked by rule ads", text)
        self.assertNotIn("bascule.yaml", text)
        self.check("ads", 7)

    def test_a_plain_request_is_answered_with_403(self):
        client = dial(self.daemon.port("apps"))
        client.sendall(b"GET http://x.ads.test/ HTTP/1.1\r\nHost: x.ads.test\r\n\r\n")
        self.assertEqual(read_status(client)[0], 403)
        client.close()
        self.check("ads", 7)

    def test_socks5_is_answered_with_2_and_socks4_with_91(self):
        for ask, code in ((socks5, 2), (socks4a, 91)):
            client, reply = ask(self.daemon.port("apps"), "x.ads.test", 443)
            self.assertEqual(reply, code)
            client.close()
            self.check("ads", 7)

    def test_tls_is_answered_with_access_denied(self):
        client = dial(self.daemon.port("fixed"))
        self.assertEqual(handshake_fault(client, anybody(), "x.ads.test"), "alert access_denied")
        self.check("ads", 7)

    def test_a_name_in_the_hello_is_blocked_behind_a_tunnel_to_another(self):
        origin = self.origin(tls=False)
        client = tunnel(self.daemon.port("apps"), f"127.0.0.1:{origin.port}")
        self.assertEqual(handshake_fault(client, anybody(), "x.ads.test"), "alert access_denied")
        self.check("ads", 7)

    def test_anything_else_is_reset(self):
        client = dial(self.daemon.port("fixed"))
        client.sendall(b"\0\1\2 neither TLS nor HTTP")
        self.assertEqual(read_to_end(client), (b"", "reset"))
        self.check("plain", 8)


if __name__ == "__main__":
    unittest.main()
