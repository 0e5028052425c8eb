"""Sockets that a service manager opened are taken by name: LISTEN_FDS and LISTEN_FDNAMES of sd_listen_fds(3)."""
import os
import socket
import sys
import unittest

from harness import Case
from raw import read_status, request_tunnel

# Becomes the command after having moved the descriptors to where they belong; LISTEN_PID is its own pid.
LAUNCHER = """
import fcntl, os, sys
count = int(sys.argv[1])
safe = [fcntl.fcntl(int(fd), fcntl.F_DUPFD, 100) for fd in sys.argv[2:2 + count]]
for number, fd in enumerate(safe):
    os.dup2(fd, 3 + number)
os.closerange(3 + count, 200)
os.environ.update(LISTEN_PID=os.environ.get("LISTEN_PID") or str(os.getpid()), LISTEN_FDS=str(count))
os.execvp(sys.argv[2 + count], sys.argv[2 + count:])
"""
CONFIG = """
listeners:
  - {name: apps, address: "127.0.0.1:0", mode: explicit}
  - {name: own, address: "127.0.0.1:0", mode: explicit}
workers: 2
"""


class SocketActivation(Case):
    def pass_on(self, *names, **environment):
        """The daemon with sockets of ours under these names; the sockets."""
        sockets = []
        for _ in names:
            listener = socket.create_server(("127.0.0.1", 0))
            os.set_inheritable(listener.fileno(), True)
            self.addCleanup(listener.close)
            sockets.append(listener)
        fds = [str(listener.fileno()) for listener in sockets]
        prefix = (sys.executable, "-c", LAUNCHER, str(len(fds)), *fds)
        daemon = self.start(CONFIG, ready=False, prefix=prefix, pass_fds=[int(fd) for fd in fds],
                            environment={"LISTEN_FDNAMES": ":".join(names), **environment})
        return daemon, sockets

    def test_a_listener_takes_the_socket_of_its_name(self):
        daemon, (listener,) = self.pass_on("apps")
        daemon.ready()
        self.assertEqual(daemon.port("apps"), listener.getsockname()[1])
        self.assertNotEqual(daemon.port("own"), listener.getsockname()[1])
        listener.close()
        for _ in range(8):  # whichever worker wakes first
            self.assertEqual(read_status(request_tunnel(daemon.port("apps"), "127.0.0.1:1"))[0], 502)
            self.assertEqual(daemon.record()["listener"], "apps")
        self.assertEqual(daemon.stop(), 0)

    def test_a_socket_that_no_listener_is_named_after_is_told(self):
        daemon, _ = self.pass_on("apps", "strangers")
        daemon.ready()
        message = daemon.event("socket_unused")["message"]
        self.assertIn('"strangers"', message)
        self.assertEqual(daemon.stop(), 0)

    def test_sockets_for_another_process_are_not_taken(self):
        daemon, (listener,) = self.pass_on("apps", LISTEN_PID="1")
        self.assertNotEqual(daemon.ready().port("apps"), listener.getsockname()[1])


if __name__ == "__main__":
    unittest.main()
