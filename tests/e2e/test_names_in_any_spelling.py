"""A name is the same in upper case, with a dot at its end and in Unicode: for rules, for the origin and in the record."""
import unittest

from entries import connect, get, secure, socks5
from harness import Case


class Spelling(Case):
    def test_one_rule_and_one_origin_for_all(self):
        server = self.origin(names=("xn--bcher-kva.test",))
        daemon = self.start(f"""
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}]
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {self.hosts(**{"xn--bcher-kva.test": "127.0.0.1"})}}}
rules: [{{name: books, match: {{server_name: "Bücher.test"}}, action: intercept}}]
""")
        for enter in (connect, socks5):
            for asked in ("xn--bcher-kva.test", "XN--BCHER-KVA.Test", "xn--bcher-kva.test."):
                context = self.client_context(daemon)
                client = secure(enter(daemon.port("apps"), asked, server.port), context, "XN--bcher-KVA.TEST")
                self.assertIn("hello from the origin", get(client, asked))
                record = daemon.record()
                self.assertEqual((record["rule"], record["server_name"]), ("books", "xn--bcher-kva.test"))
                self.assertEqual(record["target"], f"xn--bcher-kva.test:{server.port}")


if __name__ == "__main__":
    unittest.main()
