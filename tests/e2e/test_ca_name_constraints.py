"""D3: under a CA with name constraints, names inside are intercepted, and others fail clearly; a CA that lives too long is told."""
import unittest

from harness import BASCULE, Case, run

CONFIG = """
listeners: [{name: apps, address: "127.0.0.1:0", mode: explicit}]
upstream: {trust: [origin-ca.pem]}
resolver: {hosts: {folder}/hosts}
"""


class CaNameConstraints(Case):
    def create(self, *options):
        made = run(BASCULE, "ca", "create", "--directory", self.folder, *options)
        self.assertEqual(made.returncode, 0, made.stderr)

    def ask(self, name):
        return run("curl", "-sS", "--proxy", f"http://127.0.0.1:{self.daemon.port('apps')}", "--cacert", self.daemon.ca,
                   f"https://{name}:{self.origin_.port}/")

    def test_only_what_the_ca_may_vouch_for_is_forged(self):
        self.create("--permit", "corp.test", "--exclude", "bank.corp.test")
        self.hosts(**{"app.corp.test": "127.0.0.1", "x.bank.corp.test": "127.0.0.1"})
        self.origin_ = self.origin(names=("app.corp.test",))
        self.daemon = self.start(CONFIG)
        self.assertEqual(self.ask("app.corp.test").stdout, "hello from the origin\n")
        self.assertEqual(self.daemon.record()["end"]["how"], "close_notify")
        self.origin_ = self.origin(names=("x.bank.corp.test",))
        self.assertNotEqual(self.ask("x.bank.corp.test").returncode, 0)
        end = self.daemon.record()["end"]
        self.assertEqual((end["by"], end["how"], end["step"]), ("proxy", "error", "client-handshake"))
        self.assertEqual(end["detail"], "the signer refuses this certificate: the CA's name constraints exclude "
                                        "x.bank.corp.test")

    def test_a_ca_for_more_than_five_years_is_warned_of(self):
        self.create("--lifetime", "6y", "--key", "rsa-3072")
        self.origin_ = self.origin(names=("localhost",))
        self.hosts(localhost="127.0.0.1")
        self.daemon = self.start(CONFIG)
        self.assertIn("valid for more than 5 years", self.daemon.event("ca_long_lived")["message"])
        self.assertEqual(self.ask("localhost").stdout, "hello from the origin\n")

    def test_the_usual_ca_is_not_warned_of(self):
        self.create()
        self.origin_ = self.origin(names=("localhost",))
        self.hosts(localhost="127.0.0.1")
        self.daemon = self.start(CONFIG)
        self.assertNotIn("ca_long_lived", [event["event"] for event in self.daemon.events])


if __name__ == "__main__":
    unittest.main()
