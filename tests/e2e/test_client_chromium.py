"""Chromium with the CA in its store shows the origin's page, and says nothing of a bad certificate."""
import os
import unittest

from chromium import FLAGS, trust
from harness import Case, answer_http, run

PAGE = b"<html><body><p id='claim'>shown through the bridge</p></body></html>"


class Chromium(Case):
    def test_it_shows_the_page(self):
        server = self.origin(answer_http(PAGE))
        daemon = self.start(f"""
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}]
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {self.hosts(**{"origin.test": "127.0.0.1"})}}}
""")
        trust(self, daemon.ca)
        done = run("chromium", *FLAGS, f"--user-data-dir={self.folder}/profile", f"--proxy-server=127.0.0.1:{daemon.port('apps')}",
                   "--dump-dom", f"https://origin.test:{server.port}/", timeout=90, env={**os.environ, "HOME": self.folder})
        self.assertIn("shown through the bridge", done.stdout, done.stderr + "".join(daemon.lines))
        record = next(r for r in iter(daemon.record, None) if r["target"] == f"origin.test:{server.port}" and "client_tls" in r)
        self.assertEqual(record["action"], "intercept")
        self.assertEqual(record["client_tls"]["version"], "TLSv1.3")


if __name__ == "__main__":
    unittest.main()
