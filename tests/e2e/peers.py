"""Servers that keep us waiting, or say no: a port that is silent, a name server that knows nothing."""
import socket
import threading

from harness import WAIT


class SilentPort:
    """A port that never answers a SYN: its queue of connections is full. Close it when done."""

    FILLERS = 4  # the queue holds one; the others wait

    def __init__(self):
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(0)
        self.port = self.listener.getsockname()[1]
        self.fillers = []
        for _ in range(self.FILLERS):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", self.port))
            self.fillers.append(filler)
        self.waiting = self.attempts()  # our own

    def attempts(self):
        """How many sockets of this machine are in SYN-SENT to this port (proc(5), /proc/net/tcp)."""
        with open("/proc/net/tcp") as table:
            states = [line.split()[2:4] for line in table]
        return sum(state == "02" and remote.endswith(f":{self.port:04X}") for remote, state in states)

    def close(self):
        for filler in self.fillers:
            filler.close()
        self.listener.close()


class NameServer:
    """Takes DNS questions; silent, or says NXDOMAIN to every one."""

    def __init__(self, silent=False):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(WAIT)
        self.port = self.socket.getsockname()[1]
        if not silent:
            threading.Thread(target=self._refuse, daemon=True).start()

    def _refuse(self):
        try:
            while True:
                question, client = self.wait_for_question()
                # RFC 1035 section 4.1.1: the question comes back with QR, RD, RA and RCODE 3, and no other section.
                end = question.index(b"\0", 12) + 5
                self.socket.sendto(question[:2] + b"\x81\x83\0\1\0\0\0\0\0\0" + question[12:end], client)
        except OSError:
            pass  # closed

    def wait_for_question(self):
        return self.socket.recvfrom(4096)

    def close(self):
        self.socket.close()
