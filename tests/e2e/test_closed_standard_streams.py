"""A daemon that is started with its standard streams closed puts no socket in their place: nobody gets its log."""
import os
import subprocess
import unittest

from harness import BASCULE, Case, run, until

CONFIG = """
ca: {certificate: ca.crt, key: ca.key}
listeners: [{name: apps, address: "127.0.0.1:0", mode: explicit}]
log: {output: bascule.log}
"""


class ClosedStreams(Case):
    def test_they_lead_to_nothing(self):
        run(BASCULE, "ca", "create", "--directory", self.folder)
        with open(f"{self.folder}/bascule.yaml", "w") as file:
            file.write(CONFIG)
        shell = 'exec "$0" run --config "$1" <&- >&- 2>&-'
        daemon = subprocess.Popen(["sh", "-c", shell, BASCULE, f"{self.folder}/bascule.yaml"])
        self.addCleanup(daemon.wait)
        self.addCleanup(daemon.kill)
        until(lambda: "ready" in self.log(), "the daemon is ready")
        for stream in range(3):
            self.assertEqual(os.readlink(f"/proc/{daemon.pid}/fd/{stream}"), "/dev/null")

    def log(self):
        path = f"{self.folder}/bascule.log"
        if not os.path.exists(path):
            return ""
        with open(path) as file:
            return file.read()


if __name__ == "__main__":
    unittest.main()
