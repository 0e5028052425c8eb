"""Programs that a benchmark starts, and what they cost: CPU time and memory of all their processes."""
import os
import resource
import signal
import socket
import subprocess
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
started = []


def raise_descriptor_limit():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class Process:
    """A program of this run; it is ended with the run."""

    def __init__(self, argv, log, **options):
        self.log = log
        self.child = subprocess.Popen([str(part) for part in argv], stderr=open(log, "a"),
                                      stdin=subprocess.DEVNULL, preexec_fn=raise_descriptor_limit, **options)
        started.append(self)

    def pids(self):
        """Itself and what it started."""
        found = [self.child.pid]
        for pid in found:
            try:
                for task in Path(f"/proc/{pid}/task").iterdir():
                    found += map(int, (task / "children").read_text().split())
            except OSError:
                pass
        return found

    def cpu(self):
        """Seconds, of all its threads and processes, the ended ones included."""
        total = 0
        for pid in self.pids():
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            total += sum(int(field) for field in fields[11:15])
        return total / TICKS

    def memory(self):
        """Octets: the proportional share of what is resident."""
        total = 0
        for pid in self.pids():
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
        return total

    def await_listening(self):
        """Its first listening port."""
        for _ in range(400):
            if self.child.poll() is not None:
                break
            port = listening_port(self.pids())
            if port:
                return port
            time.sleep(0.025)
        raise RuntimeError(f"{self.child.args[0]} does not listen; {self.log} says: {Path(self.log).read_text()[-800:]}")

    def stop(self):
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(2)
            except subprocess.TimeoutExpired:
                self.child.kill()
        self.child.wait()
        started.remove(self)


def listening_port(pids):
    inodes = set()
    for pid in pids:
        for link in Path(f"/proc/{pid}/fd").iterdir():
            try:
                target = os.readlink(link)
            except OSError:
                continue
            if target.startswith("socket:["):
                inodes.add(target[8:-1])
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == "0A" and fields[9] in inodes:
            return int(fields[1].split(":")[1], 16)
    return None


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def stop_all():
    for process in reversed(list(started)):
        process.stop()
