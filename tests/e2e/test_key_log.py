"""`log: {keys: FILE}` writes the secrets of both legs, in TLS 1.2 and 1.3, as each peer has them; mode 0600, no symbolic link,
off unless asked for, and a warning when on (D8)."""
import os
import signal
import ssl
import unittest

from harness import Case, Server, server_context, until
from raw import tunnel

CONFIG = """
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}]
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {hosts}}}
rules: [{{name: logged, match: {{server_name: origin.test}}, log: {{keys: keys.log}}}}]
"""


class KeyLog(Case):
    def setUp(self):
        super().setUp()
        context = server_context(self.authority.leaf("origin.test", "other.test"))
        context.keylog_filename = f"{self.folder}/origin.keys"
        self.server = Server(self.answer, context)
        self.addCleanup(self.server.close)
        self.ours = f"{self.folder}/keys.log"

    @staticmethod
    def answer(connection):
        connection.recv(100)
        connection.sendall(b"pong")
        connection.unwrap()

    def start_daemon(self):
        self.daemon = self.start(CONFIG.format(hosts=self.hosts(**{"origin.test": "127.0.0.1", "other.test": "127.0.0.1"})))

    def connect(self, version=ssl.TLSVersion.TLSv1_3, name="origin.test"):
        context = self.client_context(self.daemon)
        context.minimum_version = context.maximum_version = version
        context.keylog_filename = f"{self.folder}/client.keys"
        with context.wrap_socket(tunnel(self.daemon.port("apps"), f"{name}:{self.server.port}"), server_hostname=name) as client:
            client.sendall(b"ping")
            self.assertEqual(client.recv(100), b"pong")
            self.assertEqual(client.recv(100), b"")
        return self.daemon.record()

    @staticmethod
    def secrets(path):
        with open(path) as file:
            return {line.strip() for line in file if not line.startswith("#")}

    def test_the_secrets_of_both_legs_are_those_of_the_peers(self):
        self.start_daemon()
        for version in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2):
            record = self.connect(version)
            theirs = lambda: self.secrets(f"{self.folder}/client.keys") | self.secrets(f"{self.folder}/origin.keys")
            until(lambda: os.path.exists(self.ours) and self.secrets(self.ours) == theirs(), "all secrets in the log")
            with open(self.ours) as file:
                text = file.read()
            self.assertIn(f"# {record['id']} client\n", text)
            self.assertIn(f"# {record['id']} upstream\n", text)
        self.assertTrue(any(line.startswith("CLIENT_RANDOM ") for line in self.secrets(self.ours)))
        self.assertTrue(any(line.startswith("SERVER_TRAFFIC_SECRET_0 ") for line in self.secrets(self.ours)))
        self.assertEqual(os.stat(self.ours).st_mode & 0o777, 0o600)

    def test_only_where_a_rule_asks_for_it_and_with_a_warning(self):
        self.start_daemon()
        self.assertIn("keys.log", self.daemon.event("key_log_on")["message"])
        self.connect(name="other.test")
        self.connect()
        until(lambda: os.path.exists(self.ours), "the file")
        others = len(self.secrets(f"{self.folder}/origin.keys")) // 2
        until(lambda: len(self.secrets(self.ours)) == 2 * others, "the secrets of one of the two connections")

    def test_a_symbolic_link_is_not_followed(self):
        os.symlink(f"{self.folder}/elsewhere", self.ours)
        self.start_daemon()
        self.connect()
        self.assertIn("symbolic link", self.daemon.event("key_log")["message"])
        self.assertFalse(os.path.exists(f"{self.folder}/elsewhere"))

    def test_a_file_that_was_moved_is_made_anew_on_sigusr1(self):
        self.start_daemon()
        self.connect()
        until(lambda: os.path.exists(self.ours), "the file")
        os.rename(self.ours, f"{self.ours}.1")
        self.daemon.signal(signal.SIGUSR1)
        self.daemon.event("logs_reopened")
        self.connect()
        until(lambda: os.path.exists(self.ours), "the new file")


if __name__ == "__main__":
    unittest.main()
