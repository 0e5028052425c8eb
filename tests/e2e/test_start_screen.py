"""On start one screen tells what runs: the file, each listener's real address, the CA and how to trust it, a line to try."""
import re
import unittest

from harness import Case, run, until

CONFIG = """
listeners:
  - {name: apps, address: "127.0.0.1:0", mode: explicit}
  - {name: by-name, address: "127.0.0.1:0", mode: sni}
  - {name: fixed, address: "127.0.0.1:0", mode: forward, target: "origin.test:443"}
upstream: {trust: [origin-ca.pem]}
resolver: {hosts: %s}
rules: [{name: r1, action: intercept}]
"""


class StartScreen(Case):
    def setUp(self):
        super().setUp()
        self.origin_ = self.origin()
        self.daemon = self.start(CONFIG % self.hosts(**{"origin.test": "127.0.0.1"}))
        until(lambda: any("curl" in line for line in self.daemon.banner), "the screen")
        self.screen = "".join(self.daemon.banner)

    def test_it_tells_what_runs_on_one_screen(self):
        self.assertIn(f"configuration {self.daemon.config} (1 rule", self.screen)
        for name, mode in (("apps", "explicit"), ("by-name", "sni"), ("fixed", "forward")):
            self.assertRegex(self.screen, rf"127\.0\.0\.1:{self.daemon.port(name)} +{mode} \({name}\)")
        self.assertLessEqual(len(self.daemon.banner), 24)

    def test_it_tells_the_ca_as_openssl_does(self):
        facts = run("openssl", "x509", "-in", self.daemon.ca, "-noout", "-fingerprint", "-sha256", "-subject", "-nameopt",
                    "RFC2253", "-enddate", "-dateopt", "iso_8601").stdout
        fingerprint = re.search("Fingerprint=(.*)", facts)[1].replace(":", "").lower()
        self.assertIn(f"sha256 {fingerprint}", self.screen)
        self.assertIn(re.search("subject=(.*)", facts)[1], self.screen)
        self.assertIn("expires      " + re.search("notAfter=(.*)", facts)[1].replace(" ", "T") + "\n", self.screen)

    def test_it_tells_how_a_client_comes_to_trust_it(self):
        self.assertIn(f"cp {self.daemon.ca} /usr/local/share/ca-certificates/bascule.crt && update-ca-certificates", self.screen)

    def test_the_line_to_try_works(self):
        line = re.search("^ *(curl .*)$", self.screen, re.MULTILINE)[1]
        self.assertTrue(line.endswith("https://example.org/"), line)
        command = line.replace("https://example.org/", f"https://origin.test:{self.origin_.port}/").split()
        self.assertEqual(run(*command, "-sS").stdout, "hello from the origin\n")

    def test_the_log_tells_the_listeners_then_that_it_is_ready(self):
        names = [event["event"] for event in self.daemon.events]
        listening = [event["listener"] for event in self.daemon.events if event["event"] == "listening"]
        self.assertEqual(listening, ["apps", "by-name", "fixed"])
        self.assertGreater(names.index("ready"), max(i for i, name in enumerate(names) if name == "listening"))


if __name__ == "__main__":
    unittest.main()
