"""Out of descriptors, the daemon pauses accepting, says so once, does not spin, and takes the rest when there is room."""
import os
import unittest

from harness import Case
from raw import dial, request_tunnel, read_status

CONFIG = """
listeners: [{name: apps, address: "127.0.0.1:0", mode: explicit}]
workers: 1
timeouts: {peek: 60s}
"""
DESCRIPTORS = 64


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class DescriptorsRunOut(Case):
    def test_accepting_pauses_and_goes_on(self):
        daemon = self.start(CONFIG, prefix=("prlimit", f"--nofile={DESCRIPTORS}:{DESCRIPTORS}"), log_level="debug")
        origin = self.origin(lambda connection: connection.recv(1), tls=False)
        port = daemon.port("apps")
        held = [dial(port) for _ in range(DESCRIPTORS + 10)]
        message = daemon.event("accept_paused")["message"]
        self.assertIn('listener "apps": Too many open files', message)
        self.assertIn("LimitNOFILE", message)

        before = cpu_seconds(daemon.process.pid)
        late = request_tunnel(port, f"127.0.0.1:{origin.port}")
        late.settimeout(0.5)
        self.assertRaises(TimeoutError, late.recv, 1)
        self.assertLess(cpu_seconds(daemon.process.pid) - before, 0.25, "it spins")
        self.assertEqual(sum(event["event"] == "accept_paused" for event in daemon.events), 1)

        for connection in held:
            connection.close()
        late.settimeout(10)
        self.assertEqual(read_status(late)[0], 200)
        late.close()
        self.assertEqual(len(daemon.records(len(held) + 1)), len(held) + 1)
        self.assertEqual(daemon.stop(), 0)


if __name__ == "__main__":
    unittest.main()
