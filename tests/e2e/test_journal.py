"""With format: journal a record arrives in the journal as native fields: the keys of the JSON record, in capitals."""
import re
import socket
import unittest

from harness import Case, WAIT, run, until

# The daemon sees this test's socket where the journal's is; nothing else on the machine does.
PRIVATE_RUN = """mount -t tmpfs none /run && mkdir -p /run/systemd/journal && touch /run/systemd/journal/socket &&
mount --bind "$1" /run/systemd/journal/socket && shift && exec "$@" """


def fields(datagram):
    """The native protocol: KEY=value lines, or KEY, a length and the value where it holds a line end."""
    found = {}
    while datagram:
        name, rest = datagram.split(b"\n", 1)
        if b"=" in name:
            key, value = name.split(b"=", 1)
        else:
            key, size = name, int.from_bytes(rest[:8], "little")
            value, rest = rest[8:8 + size], rest[8 + size + 1:]
        found[key.decode()], datagram = value.decode(), rest
    return found


class Journal(Case):
    def setUp(self):
        super().setUp()
        self.journal = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.journal.close)
        self.journal.bind(f"{self.folder}/journal.socket")
        self.journal.settimeout(WAIT)

    def entry(self, event):
        while True:
            found = fields(self.journal.recv(1 << 20))
            if found.get("BASCULE_EVENT") == event:
                return found

    def test_native_fields(self):
        origin = self.origin()
        daemon = self.start(f"""
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}]
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {self.hosts(**{"origin.test": "127.0.0.1"})}}}
rules: [{{name: all}}]
log: {{format: journal}}
""", ready=False, prefix=("unshare", "--mount", "sh", "-c", PRIVATE_RUN, "sh", f"{self.folder}/journal.socket"))
        listening = self.entry("listening")
        self.assertEqual(listening["BASCULE_LISTENER"], "apps")
        self.assertEqual(self.entry("ready")["PRIORITY"], "6")
        done = run("curl", "-sS", "--proxy", f"http://{listening['BASCULE_ADDRESS']}", "--cacert", daemon.ca,
                   f"https://origin.test:{origin.port}/")
        self.assertEqual(done.stdout, "hello from the origin\n", done.stderr)
        record = self.entry("connection")
        self.assertEqual(record["SYSLOG_IDENTIFIER"], "bascule")
        self.assertRegex(record["MESSAGE_ID"], "^[0-9a-f]{32}$")
        self.assertEqual(record["BASCULE_RULE"], "all")
        self.assertTrue(re.search(r"bascule\.yaml:\d+$", record["BASCULE_RULE_AT"]), record)
        self.assertEqual(record["BASCULE_TARGET"], f"origin.test:{origin.port}")
        self.assertEqual(record["BASCULE_CLIENT_TLS_VERSION"], "TLSv1.3")
        self.assertEqual(record["BASCULE_CERTIFICATE_VERIFY"], "ok")
        self.assertIn(record["BASCULE_END_HOW"], ("close_notify", "truncated"))
        self.assertIn(record["BASCULE_ID"][:7], record["MESSAGE"])
        self.assertEqual(record["PRIORITY"], "5" if record["BASCULE_END_HOW"] == "truncated" else "6")
        self.assertNotIn("BASCULE_CONTENT_DROPPED", record)  # a fact that is not known is no field
        self.assertEqual(daemon.stop(), 0)

    def test_no_journal_is_told_at_the_start(self):
        daemon = self.start('listeners: [{name: apps, address: "127.0.0.1:0"}]\nlog: {format: journal}\n', ready=False,
                            prefix=("unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /run && exec "$@"', "sh"))
        self.assertEqual(daemon.process.wait(WAIT), 2)
        until(lambda: any("log.output" in line and "journal" in line for line in daemon.lines), "the problem")


if __name__ == "__main__":
    unittest.main()
