"""SIGHUP reads the rules again, whole or not at all: new connections have the new ones, living ones keep theirs."""
import os
import signal
import unittest

from harness import Case, until
from raw import read_status, request_tunnel, tunnel

CONFIG = """ca: {{certificate: ca.crt, key: ca.key}}
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}]
log: {{format: json}}
rules:
  - {{name: {name}, match: {{source: 127.0.0.1}}, action: {action}}}
"""


class Reload(Case):
    def setUp(self):
        super().setUp()
        self.origin_ = self.origin(lambda connection: connection.sendall(connection.recv(4)), tls=False)
        self.daemon = self.start(CONFIG.format(name="first", action="intercept").split("\n", 1)[1])

    def rewrite(self, text):
        with open(self.daemon.config + ".new", "w") as file:
            file.write(text)
        os.replace(file.name, self.daemon.config)  # never half a file
        self.daemon.signal(signal.SIGHUP)

    def ask(self):
        return request_tunnel(self.daemon.port("apps"), f"127.0.0.1:{self.origin_.port}")

    def test_new_connections_have_the_new_rules_and_living_ones_keep_theirs(self):
        living = tunnel(self.daemon.port("apps"), f"127.0.0.1:{self.origin_.port}")
        self.rewrite(CONFIG.format(name="second", action="block"))
        self.daemon.event("reloaded")
        self.assertEqual(read_status(self.ask())[0], 403)
        self.assertEqual(self.daemon.record()["rule"], "second")
        living.sendall(b"\0abc")
        self.assertEqual(living.recv(4), b"\0abc")
        living.close()
        record = self.daemon.record()
        self.assertEqual((record["rule"], record["action"]), ("first", "passthrough"))

    def test_a_bad_file_changes_nothing_and_says_so(self):
        bad = CONFIG.format(name="second", action="blok") + "timeouts: {idel: 5s}\n"
        self.rewrite(bad)
        until(lambda: len(self.failures()) == 2, "both mistakes are told")
        self.assertIn(f"{self.daemon.config}:5:", self.failures()[0])
        self.assertIn("block", self.failures()[0])
        self.assertIn(f"{self.daemon.config}:6:", self.failures()[1])
        self.assertIn('did you mean "idle"', self.failures()[1])
        self.assertIn("the rules stay as they were", self.failures()[0])
        self.ask().close()
        self.assertEqual(self.daemon.record()["rule"], "first")
        os.unlink(self.daemon.config)
        self.daemon.signal(signal.SIGHUP)
        until(lambda: len(self.failures()) == 3, "the missing file is told")
        self.ask().close()
        self.assertEqual(self.daemon.record()["rule"], "first")

    def failures(self):
        return [event["message"] for event in self.daemon.events if event["event"] == "reload_failed"]

    def test_a_key_that_is_gone_changes_nothing_either(self):
        os.rename(self.daemon.ca, self.daemon.ca + ".away")
        self.daemon.signal(signal.SIGHUP)
        self.assertIn("ca.certificate", self.daemon.event("reload_failed")["message"])

    def test_what_takes_a_restart_is_told(self):
        self.rewrite(CONFIG.format(name="second", action="block").replace("name: apps", "name: others"))
        self.assertIn("listener \"apps\"", self.daemon.event("restart_needed")["message"])

    def test_reloads_under_traffic_lose_nothing(self):
        for number in range(20):
            self.rewrite(CONFIG.format(name=f"rule{number}", action="block" if number % 2 else "intercept"))
            for _ in range(3):
                client = self.ask()
                self.assertIn(read_status(client)[0], (200, 403))
                client.close()
        for record in self.daemon.records(60):
            blocked = record["rule"] != "first" and int(record["rule"][4:]) % 2
            self.assertEqual(record["action"] == "block", bool(blocked), record)
        self.assertEqual(self.failures(), [])
        self.assertEqual(self.daemon.stop(), 0)


if __name__ == "__main__":
    unittest.main()
