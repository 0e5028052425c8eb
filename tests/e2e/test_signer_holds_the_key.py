"""D4, D5: the CA's key is in the memory of the signer alone, a process without network, which ends the daemon if it dies."""
import os
import re
import signal
import unittest

from harness import Case, run, until
from raw import dial

CONFIG = """
listeners: [{name: apps, address: "127.0.0.1:0", mode: explicit}]
upstream: {trust: [origin-ca.pem]}
"""


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(child) for child in file.read().split()]


def status(pid):
    with open(f"/proc/{pid}/status") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def holds(pid, needle):
    """Whether the octets are anywhere in the memory that the process may write."""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in maps:
            span, rights = line.split()[:2]
            if not rights.startswith("rw"):
                continue
            begin, end = (int(part, 16) for part in span.split("-"))
            if end - begin > 1 << 30:
                continue  # the shadow of a sanitizer, which holds no data; nothing else is that large
            memory.seek(begin)
            try:
                if needle in memory.read(end - begin):
                    return True
            except OSError:
                continue
    return False


class SignerHoldsTheKey(Case):
    def setUp(self):
        super().setUp()
        self.origin_ = self.origin(names=("localhost",))
        self.daemon = self.start(CONFIG)
        self.signer = until(lambda: children(self.daemon.process.pid), "the signer")[0]

    def ask(self):
        return run("curl", "-sS", "--proxy", f"http://127.0.0.1:{self.daemon.port('apps')}", "--cacert", self.daemon.ca,
                   f"https://localhost:{self.origin_.port}/")

    @unittest.skipUnless(os.geteuid() == 0, "reading another process's memory takes root")
    def test_the_process_that_talks_to_peers_does_not_map_the_key(self):
        self.assertEqual(self.ask().stdout, "hello from the origin\n")
        text = run("openssl", "pkey", "-in", f"{self.folder}/ca.key", "-noout", "-text").stdout
        digits = re.search(r"priv:\n((?:    .*\n)+)", text)[1]
        scalar = bytes.fromhex(re.sub(r"[\s:]", "", digits))[-32:]
        with open(f"{self.folder}/ca.key") as file:
            pem = file.read().splitlines()[1].encode()
        in_memory = scalar[::-1]  # a BIGNUM has its lowest word first
        for what, octets in (("number", in_memory), ("scalar", scalar), ("PEM", pem)):
            self.assertFalse(holds(self.daemon.process.pid, octets), f"{what} of the key in the daemon")
        self.assertTrue(holds(self.signer, in_memory), "the search finds the key where it is")

    def test_the_signer_has_no_network_and_no_rights_that_it_does_not_need(self):
        facts = status(self.signer)
        self.assertEqual(facts["Name"], "bascule: signer")
        self.assertEqual((facts["NoNewPrivs"], facts["Seccomp"]), ("1", "2"))
        reading_and_locking = 1 << 2 | 1 << 14
        self.assertEqual(int(facts["CapEff"], 16) & ~reading_and_locking, 0)
        with open(f"/proc/{self.signer}/cmdline") as file:
            self.assertEqual(file.read(), "bascule: signer\0")
        with open(f"/proc/{self.signer}/limits") as file:
            self.assertRegex(file.read(), r"Max core file size +0 +0 ")
        if os.geteuid() == 0:
            targets = {os.readlink(f"/proc/{self.signer}/fd/{fd}") for fd in os.listdir(f"/proc/{self.signer}/fd")}
            sockets = {target for target in targets if target.startswith("socket:")}
            with open(f"/proc/{self.daemon.process.pid}/net/tcp") as file:
                inodes = set(re.findall(r" (\d+) \d+ [0-9a-f]{16} ", file.read()))
            self.assertTrue(sockets)
            self.assertFalse({f"socket:[{inode}]" for inode in inodes} & sockets, "an inherited TCP socket")

    @unittest.skipUnless(os.geteuid() == 0, "only root sees whom a process lets look into it")
    def test_nobody_of_the_same_user_may_look_into_it(self):
        self.assertEqual(os.stat(f"/proc/{self.signer}/environ").st_uid, 0)
        self.assertGreater(int(status(self.signer)["VmLck"].split()[0]), 0)

    def test_when_it_dies_the_daemon_ends_and_says_why(self):
        client = dial(self.daemon.port("apps"))
        os.kill(self.signer, signal.SIGKILL)
        self.assertEqual(self.daemon.process.wait(20), 1)
        gone = self.daemon.event("signer_gone")
        self.assertIn("killed by signal 9", gone["message"])
        client.close()

    def test_signals_for_the_group_leave_it_to_the_daemon(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1):
            os.kill(self.signer, number)
        self.assertEqual(self.ask().stdout, "hello from the origin\n")
        self.assertEqual(self.daemon.stop(), 0)
        until(lambda: not os.path.exists(f"/proc/{self.signer}"), "the signer has ended")

    def test_it_does_not_outlive_a_daemon_that_is_killed(self):
        self.daemon.process.kill()
        self.daemon.process.wait()
        until(lambda: not os.path.exists(f"/proc/{self.signer}") or status(self.signer)["State"].startswith("Z"),
              "the signer has ended")


if __name__ == "__main__":
    unittest.main()
