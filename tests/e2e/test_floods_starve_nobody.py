"""A queue of new connections, however long, does not keep those that are there from their turn."""
import signal
import unittest

from harness import Case, until
from raw import dial, reset, tunnel

FLOOD = 300
CONFIG = """
workers: 1
listeners: [{name: apps, address: "127.0.0.1:0", mode: explicit}]
"""


class Flood(Case):
    def test_what_happens_on_a_connection_is_noticed_before_the_whole_queue_is_accepted(self):
        origin = self.origin(lambda connection: connection.recv(1), tls=False)
        daemon = self.start(CONFIG, log_level="debug")
        port = daemon.port("apps")
        living = tunnel(port, f"127.0.0.1:{origin.port}")
        living.sendall(b"\0")
        until(lambda: origin.accepted, "the origin is connected")
        daemon.signal(signal.SIGSTOP)
        until(lambda: self.stopped(daemon), "the daemon stands still")
        for _ in range(FLOOD):
            reset(dial(port))
        reset(living)
        daemon.signal(signal.SIGCONT)
        order = [record.get("target") for record in daemon.records(FLOOD + 1)]
        self.assertLess(order.index(f"127.0.0.1:{origin.port}"), FLOOD / 2)

    @staticmethod
    def stopped(daemon):
        with open(f"/proc/{daemon.process.pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "T"


if __name__ == "__main__":
    unittest.main()
