"""A service manager is told when the daemon is ready, reloads, lives and stops, by sd_notify(3)."""
import signal
import socket
import unittest

from harness import WAIT, Case, until
from raw import read_to_end, tunnel

CONFIG = """
listeners: [{name: apps, address: "127.0.0.1:0", mode: explicit}]
workers: 2
"""


class ServiceManager(Case):
    def begin(self, address, **environment):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.socket.close)
        self.socket.bind(address)
        self.socket.settimeout(WAIT)
        self.daemon = self.start(CONFIG, environment={"NOTIFY_SOCKET": address.replace("\0", "@"), **environment}, ready=False)

    def told(self):
        """The next datagram, as a dictionary."""
        return dict(line.split("=", 1) for line in self.socket.recv(4096).decode().splitlines())

    def test_from_ready_to_stopping(self):
        self.begin(f"{self.folder}/notify")
        ready = self.told()
        self.assertEqual(ready["READY"], "1")
        self.assertRegex(ready["STATUS"], r"1 listener.*0 rules.*CA expires 20\d\d-\d\d")
        self.daemon.ready()

        self.daemon.signal(signal.SIGHUP)
        reloading = self.told()
        self.assertEqual(reloading["RELOADING"], "1")
        self.assertGreater(int(reloading["MONOTONIC_USEC"]), 0)
        self.assertEqual(self.told()["READY"], "1")

        self.daemon.write_config("rules: nothing\n")
        self.daemon.signal(signal.SIGHUP)
        self.told()
        failed = self.told()
        self.assertEqual(failed["READY"], "1")
        self.assertRegex(failed["STATUS"], r"^reload failed: .*bascule\.yaml:1:")

        self.daemon.signal(signal.SIGTERM)
        self.assertEqual(self.told()["STOPPING"], "1")
        self.assertEqual(self.daemon.process.wait(WAIT), 0)

    def test_an_abstract_socket(self):
        self.begin("\0bascule-test-" + self.folder.rsplit("-", 1)[1])
        self.assertEqual(self.told()["READY"], "1")

    def test_the_watchdog_hears_from_it_until_it_stops(self):
        self.begin(f"{self.folder}/notify", WATCHDOG_USEC="200000")
        self.assertEqual(self.told()["READY"], "1")
        for _ in range(3):
            self.assertEqual(self.told(), {"WATCHDOG": "1"})

    def test_the_watchdog_is_for_the_process_that_it_names(self):
        self.begin(f"{self.folder}/notify", WATCHDOG_USEC="20000", WATCHDOG_PID="1")
        self.assertEqual(self.told()["READY"], "1")
        self.socket.settimeout(0.3)
        self.assertRaises(TimeoutError, self.told)

    def test_the_watchdog_hears_from_it_while_it_drains(self):
        self.begin(f"{self.folder}/notify", WATCHDOG_USEC="200000")
        self.daemon.ready()
        origin = self.origin(read_to_end, tls=False)
        client = tunnel(self.daemon.port("apps"), f"127.0.0.1:{origin.port}")
        client.sendall(b"\0 not idle yet")
        self.daemon.signal(signal.SIGTERM)
        until(lambda: "STOPPING" in self.told(), "it stops")
        self.assertIn("WATCHDOG", self.told())
        self.assertEqual(self.daemon.process.wait(WAIT), 0)

    def test_a_manager_that_does_not_listen_does_not_stop_it(self):
        self.begin(f"{self.folder}/notify", WATCHDOG_USEC="2000")
        self.daemon.ready()
        until(self.is_full, "our queue is full of what we did not read")
        self.assertEqual(self.daemon.stop(), 0)

    def is_full(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as another:
            another.setblocking(False)
            try:
                another.sendto(b"", f"{self.folder}/notify")
            except BlockingIOError:
                return True
        return False


if __name__ == "__main__":
    unittest.main()
