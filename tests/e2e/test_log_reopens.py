"""SIGUSR1 opens the log file again, and nothing else: after a rename new lines go to a new file, none is lost, and a
configuration that is being edited is not read. SIGHUP leaves a file open whose name has not changed."""
import json
import os
import signal
import subprocess
import unittest

from harness import BASCULE, Case, until
from raw import dial

CONFIG = """
listeners: [{name: apps, address: "127.0.0.1:0", mode: explicit}]
log: {format: json, output: "{folder}/bascule.log"}
"""


class LogReopens(Case):
    def events(self, path):
        if not os.path.exists(path):
            return []
        with open(path) as file:
            return [json.loads(line) for line in file if line.endswith("\n")]

    def named(self, path, name):
        return [event for event in self.events(path) if event["event"] == name]

    @staticmethod
    def knock(port):
        """A connection that says something, and so has a record."""
        with dial(port) as client:
            client.sendall(b"GET / HTTP/1.1\r\n")

    def test_after_a_rename(self):
        daemon = self.start(CONFIG, ready=False)
        path, old = f"{self.folder}/bascule.log", f"{self.folder}/bascule.log.1"
        until(lambda: self.named(path, "ready"), "the daemon is ready")
        self.assertEqual(os.stat(path).st_mode & 0o777 & ~0o640, 0)
        port = int(self.named(path, "listening")[0]["address"].rsplit(":", 1)[1])
        self.knock(port)
        until(lambda: self.named(path, "connection"), "the first record")
        os.rename(path, old)
        daemon.signal(signal.SIGUSR1)
        until(lambda: self.named(path, "logs_reopened"), "the new file")
        self.knock(port)
        until(lambda: self.named(path, "connection"), "the second record")
        self.assertEqual(len(self.named(old, "connection")), 1)
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(self.named(path, "stopped")[0]["event"], "stopped")

    def started(self):
        daemon = self.start(CONFIG, ready=False)
        path = f"{self.folder}/bascule.log"
        until(lambda: self.named(path, "ready"), "the daemon is ready")
        return daemon, path

    def test_a_half_edited_file_is_not_put_in_force(self):
        daemon, path = self.started()
        daemon.write_config("listeners: [\n")
        daemon.signal(signal.SIGUSR1)
        until(lambda: self.named(path, "logs_reopened"), "the log is reopened")
        self.assertEqual(self.named(path, "reload_failed"), [])
        self.assertEqual(self.named(path, "reloaded"), [])

    def test_a_reload_does_not_open_it_again(self):
        daemon, path = self.started()
        os.rename(path, f"{path}.1")
        daemon.signal(signal.SIGHUP)
        until(lambda: self.named(f"{path}.1", "reloaded"), "the reload, in the file that was open")
        self.assertFalse(os.path.exists(path))

    def test_a_signal_while_it_starts_does_not_end_it(self):
        daemon = self.start(CONFIG, ready=False)
        path = f"{self.folder}/bascule.log"
        until(lambda: self.named(path, "ready"), "the first one is ready")
        self.assertEqual(daemon.stop(), 0)
        with open(daemon.config) as file:
            text = file.read()
        os.unlink(daemon.config)
        os.unlink(path)
        os.mkfifo(daemon.config)  # it waits there, halfway through its start
        process = subprocess.Popen([BASCULE, "run", "--config", daemon.config], stdout=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        until(lambda: self.holds_back(process.pid, signal.SIGUSR1), "it holds signals back")
        process.send_signal(signal.SIGUSR1)
        with open(daemon.config, "w") as file:
            file.write(text)
        until(lambda: self.named(path, "logs_reopened"), "the signal is taken")

    @staticmethod
    def holds_back(pid, number):
        with open(f"/proc/{pid}/status") as file:
            blocked = next(line.split()[1] for line in file if line.startswith("SigBlk"))
        return int(blocked, 16) >> (number - 1) & 1


if __name__ == "__main__":
    unittest.main()
