"""For every key a rule can match by, the first matching rule decides, the record names it, and `explain` says the same."""
import json
import socket
import unittest

from entries import connect, secure, trusting_nobody
from harness import BASCULE, WAIT, Case, run

CONFIG = """
listeners:
  - {{name: apps, address: "127.0.0.1:0", mode: explicit}}
  - {{name: second, address: "127.0.0.1:0", mode: explicit}}
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {hosts}}}
rules:
  - {{name: exact, match: {{server_name: exact.test}}, action: passthrough}}
  - {{name: both-keys, match: {{server_name: "*.suffix.test", port: 1}}, action: block}}
  - {{name: suffix, match: {{server_name: "*.suffix.test"}}, action: passthrough}}
  - {{name: regex, match: {{server_name: "/^re[0-9]+\\\\.test$/"}}, action: passthrough}}
  - {{name: list, match: {{server_name: "file:names.txt"}}, action: passthrough}}
  - {{name: source, match: {{source: [10.0.0.0/8, 127.0.0.2]}}, action: passthrough}}
  - {{name: network, match: {{destination: 127.0.0.3/32}}, action: passthrough}}
  - {{name: socket, match: {{destination: "127.0.0.4:{other}"}}, action: passthrough}}
  - {{name: port, match: {{port: {other}}}, action: passthrough}}
  - {{name: alpn, match: {{alpn: [acme, imap]}}, action: passthrough}}
  - {{name: listener, match: {{listener: second}}, action: passthrough}}
  - {{name: protocol, match: {{protocol: other}}, action: block}}
  - {{name: after-all, match: {{server_name: exact.test}}, action: block}}
"""


class Rules(Case):
    def setUp(self):
        super().setUp()
        answer = lambda connection: connection.recv(1)
        # What a rule passes through by name must show a certificate for it.
        leaf = self.authority.leaf(*(f"{name}.test" for name in "plain suffix re fourth exact re7 listed x.deep patched a.suffix "
                                     "b.c.suffix".split()))
        self.server = self.origin(answer, leaf=leaf, host="0.0.0.0")
        self.other = self.origin(answer, leaf=leaf, host="0.0.0.0")
        with open(f"{self.folder}/names.txt", "w") as file:
            file.write("# a list\nexact.test\nlisted.test\n*.deep.test\n/^pat/\n")
        names = "exact re7 re listed x.deep patched plain suffix a.suffix b.c.suffix fourth".split()
        addresses = {f"{name}.test": "127.0.0.1" for name in names} | {"third.test": "127.0.0.3", "fourth.test": "127.0.0.4"}
        self.daemon = self.start(CONFIG.format(hosts=self.hosts(**addresses), other=self.other.port))

    def dial(self, name, port, listener="apps", source="127.0.0.1"):
        """CONNECT from a source address of choice."""
        return connect(self.daemon.port(listener), name, port, source)

    def decides(self, rule, name, other=False, alpn=(), action="passthrough", **way):
        client = self.dial(name, (self.other if other else self.server).port, **way)
        secure(client, trusting_nobody(), name, alpn).close()
        record = self.daemon.record()
        self.assertEqual((record["rule"], record["action"]), (rule, action), (name, record))
        at = record.get("rule_at", self.daemon.config)
        if rule != "default":
            line = int(at.removeprefix(self.daemon.config + ":"))
            with open(self.daemon.config) as file:
                self.assertIn(f"name: {rule},", file.read().split("\n")[line - 1])
        question = ["explain", "--config", self.daemon.config, "--listener", record["listener"], "--source",
                    record["source"].rsplit(":", 1)[0], "--server-name", record["server_name"], "--destination",
                    record["destination"], "--alpn", ",".join(alpn)]
        told = run(BASCULE, *question)
        self.assertEqual(told.stdout.split("\n")[0], f"{action} {rule} {at}", told.stderr)
        told = json.loads(run(BASCULE, *question, "--json").stdout)
        self.assertEqual((told["action"], told["rule"], told["rule_at"]), (action, rule, at))
        self.assertTrue(told["why"])

    def test_names(self):
        self.decides("exact", "exact.test")
        self.decides("suffix", "a.suffix.test")
        self.decides("suffix", "b.c.suffix.test")
        self.decides("default", "suffix.test", action="intercept")
        self.decides("regex", "re7.test")
        self.decides("default", "re.test", action="intercept")
        self.decides("list", "listed.test")
        self.decides("list", "x.deep.test")
        self.decides("list", "patched.test")

    def test_addresses_ports_and_listeners(self):
        self.decides("source", "plain.test", source="127.0.0.2")
        self.decides("network", "third.test")
        self.decides("socket", "fourth.test", other=True)
        self.decides("default", "fourth.test", action="intercept")
        self.decides("port", "plain.test", other=True)
        self.decides("listener", "plain.test", listener="second")
        self.decides("default", "plain.test", action="intercept")

    def test_what_the_client_says(self):
        self.decides("alpn", "plain.test", alpn=["h2", "imap"])
        self.decides("default", "plain.test", alpn=["h2"], action="intercept")
        client = self.dial("plain.test", self.server.port)
        client.sendall(b"\0\1\2")
        with self.assertRaises(ConnectionResetError):
            client.settimeout(WAIT)
            client.recv(1)
        record = self.daemon.record()
        self.assertEqual((record["rule"], record["action"], record["protocol"]), ("protocol", "block", "other"))


if __name__ == "__main__":
    unittest.main()
