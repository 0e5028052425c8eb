"""A client that asks by CONNECT gets the origin's answer through two TLS sessions, and the record tells it all."""
import unittest

from harness import Case, answer_http, run


class ExplicitConnect(Case):
    def test_curl_is_intercepted_and_recorded(self):
        heads = []
        origin = self.origin(answer_http(heads=heads))
        daemon = self.start(f"""
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}]
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {self.hosts(**{"origin.test": "127.0.0.1"})}}}
""")
        done = run("curl", "-sS", "--proxy", f"http://127.0.0.1:{daemon.port('apps')}", "--cacert", daemon.ca,
                   f"https://origin.test:{origin.port}/path")
        self.assertEqual(done.stdout, "hello from the origin\n", done.stderr)
        self.assertTrue(heads[0].startswith("GET /path HTTP/1.1\r\n"), heads)
        record = daemon.record()
        self.assertEqual(record["action"], "intercept")
        self.assertEqual(record["target"], f"origin.test:{origin.port}")
        self.assertEqual(record["destination"], f"127.0.0.1:{origin.port}")
        self.assertEqual(record["server_name"], "origin.test")
        self.assertEqual(record["certificate"]["verify"], "ok")
        self.assertEqual(record["client_tls"]["version"], "TLSv1.3")
        self.assertGreater(record["bytes_up"], 0)
        self.assertGreater(record["bytes_down"], 0)
        self.assertEqual(daemon.stop(), 0)


if __name__ == "__main__":
    unittest.main()
