"""SIGHUP opens the log file again: after a rename new lines go to a new file, and none is lost."""
import json
import os
import signal
import unittest

from harness import Case, until
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

    def test_after_a_rename(self):
        daemon = self.start(CONFIG, ready=False)
        path, old = f"{self.folder}/bascule.log", f"{self.folder}/bascule.log.1"
        until(lambda: self.named(path, "ready"), "the daemon is ready")
        self.assertEqual(os.stat(path).st_mode & 0o777 & ~0o640, 0)
        port = int(self.named(path, "listening")[0]["address"].rsplit(":", 1)[1])
        dial(port).close()
        until(lambda: self.named(path, "connection"), "the first record")
        os.rename(path, old)
        daemon.signal(signal.SIGHUP)
        until(lambda: self.named(path, "reloaded"), "the new file")
        dial(port).close()
        until(lambda: self.named(path, "connection"), "the second record")
        self.assertEqual(len(self.named(old, "connection")), 1)
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(self.named(path, "stopped")[0]["event"], "stopped")


if __name__ == "__main__":
    unittest.main()
