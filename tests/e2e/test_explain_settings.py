"""`explain --settings`: for each key that says something about a connection, the value that applies, and the line where it
stands: a rule's before the file's, and the file's before the default."""
import json
import os
import tempfile
import unittest

from harness import BASCULE, run

CONFIG = """\
ca: {certificate: ca.crt, key: ca.key, leaf: {lifetime: 7d}}
listeners:
  - {name: apps, address: "127.0.0.1:0", mode: explicit}
  - {name: mail, address: "127.0.0.1:0", mode: forward, target: "mail.test:25", starttls: smtp}
upstream:
  trust: [system, "own roots.pem"]
  verify: mirror
  client_certificate: {certificate: us.crt, key: us.key}
timeouts: {idle: 1h}
learn: {after: 3}
rules:
  - name: pinned
    match: {server_name: pinned.test}
    upstream: {verify: enforce, ocsp: ask}
    timeouts: {idle: 10s}
    learn: never
    log: {content: {file: "{id}.log", limit: 1KiB}}
  - {name: old, match: {server_name: old.test}, upstream: {legacy: true, client_certificate: none}, ca: {leaf: {key: rsa-2048}}}
"""


class Settings(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.config = os.path.join(folder.name, "b.yaml")
        with open(self.config, "w") as file:
            file.write(CONFIG)

    def explain(self, *question):
        done = run(BASCULE, "explain", "--config", self.config, *question)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def settings(self, *question):
        """{key: (value, number of its line; 0: the default)}"""
        told = json.loads(self.explain("--settings", "--json", *question))["settings"]
        line = lambda at: 0 if at == "default" else int(at.removeprefix(self.config + ":"))
        return {one["key"]: (one["value"], line(one["at"])) for one in told}

    def test_the_file_before_the_default(self):
        told = self.settings("--server-name", "other.test")
        self.assertEqual(told["upstream.verify"], ("mirror", 7))
        self.assertEqual(told["upstream.ocsp"], ("staple", 0))
        self.assertEqual(told["upstream.trust"], ("[system, own roots.pem]", 6))
        self.assertEqual(told["upstream.client_certificate"], ("{certificate: us.crt, key: us.key}", 8))
        self.assertEqual(told["timeouts.idle"], ("1h", 9))
        self.assertEqual(told["timeouts.connect"], ("10s", 0))
        self.assertEqual(told["ca.leaf.lifetime"], ("7d", 1))
        self.assertEqual(told["learn"], ("{after: 3}", 10))
        self.assertEqual(told["check"], ("certificate", 0))
        self.assertEqual((told["log.content"], told["log.keys"], told["starttls"]), (("none", 0),) * 3)

    def test_the_rule_before_the_file(self):
        told = self.settings("--server-name", "pinned.test")
        self.assertEqual((told["upstream.verify"], told["upstream.ocsp"]), (("enforce", 14), ("ask", 14)))
        self.assertEqual((told["timeouts.idle"], told["learn"]), (("10s", 15), ("never", 16)))
        self.assertEqual(told["log.content"], ("{file: {id}.log, limit: 1KiB}", 17))
        self.assertEqual(told["ca.leaf.lifetime"], ("7d", 1))
        told = self.settings("--server-name", "old.test")
        self.assertEqual((told["upstream.legacy"], told["ca.leaf.key"]), (("true", 18), ("rsa-2048", 18)))
        self.assertEqual(told["upstream.client_certificate"], ("none", 18))

    def test_a_listener_s_own(self):
        self.assertEqual(self.settings("--listener", "mail")["starttls"], ("smtp", 4))

    def test_no_key_that_rules_may_set_is_left_out(self):
        rule = json.loads(run(BASCULE, "schema").stdout)["properties"]["rules"]["items"]["properties"]
        sections = {f"{name}.{key}" for name in ("upstream", "timeouts") for key in rule[name]["properties"]}
        told = set(self.settings())
        self.assertEqual(sections - told, set())
        self.assertEqual(set(rule) - told - {"name", "match", "action", "upstream", "timeouts", "ca", "log"}, set())

    def test_for_a_person(self):
        said = self.explain("--settings", "--server-name", "pinned.test").splitlines()
        self.assertEqual(said[0], f"intercept pinned {self.config}:12")
        self.assertIn(f"  upstream.verify: enforce ({self.config}:14)", said)
        self.assertIn("  upstream.aia: false (default)", said)
        self.assertNotIn("upstream.verify", self.explain("--server-name", "pinned.test"))


if __name__ == "__main__":
    unittest.main()
