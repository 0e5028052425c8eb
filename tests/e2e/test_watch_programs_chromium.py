"""`bascule watch` shows what headless Chromium asks for, once the CA is in the store that browsers have of their own (the
manual page says how); before that it says that the browser refused our certificate."""
import unittest

from chromium import FLAGS, trust
from harness import BASCULE, answer_http, run
from watch_case import WatchCase, exchanges

PAGE = b"<html><body><p>shown</p><script src='/more.js'></script></body></html>"


class Chromium(WatchCase):
    """By a configuration of our own: what else Chromium wants to reach is blocked, and it uses no proxy for localhost."""

    def setUp(self):
        super().setUp()
        self.need("chromium")
        self.need("certutil")
        self.url = f"https://origin.test:{self.origin(answer_http(PAGE)).port}"
        hosts = self.hosts(**{"origin.test": "127.0.0.1"})
        made = run(BASCULE, "ca", "create", "--directory", self.folder)
        self.assertEqual(made.returncode, 0, made.stderr)
        with open(f"{self.folder}/own.yaml", "w") as file:
            file.write(f"""ca: {{certificate: ca.crt, key: ca.key}}
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}]
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {hosts}}}
rules: [{{name: ours, match: {{server_name: origin.test}}, action: intercept}}, {{name: rest, action: block}}]
""")

    def browse(self):
        done = self.watch("--config", f"{self.folder}/own.yaml", "--", "chromium", *FLAGS,
                          f"--user-data-dir={self.folder}/profile", "--dump-dom", f"{self.url}/", timeout=90)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done

    def test_with_the_ca_in_its_store(self):
        trust(self, f"{self.folder}/ca.crt")
        done = self.browse()
        self.assertIn("<p>shown</p>", done.stdout)
        for path in ("/", "/more.js"):
            self.assertIn(("GET", self.url + path, "200"), exchanges(done), done.stdout)

    def test_before_that(self):
        self.assertRegex(self.browse().stdout, r"FAILED origin.test:\d+: .*certificate")


if __name__ == "__main__":
    unittest.main()
