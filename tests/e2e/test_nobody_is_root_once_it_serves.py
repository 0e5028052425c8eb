"""D7: started as root with `user`, no process of the daemon is root once it serves: the workers are `user`, and the signer
is somebody else, who keeps nothing of root's but reading files and locking memory."""
import os
import pwd
import signal
import subprocess
import unittest

from harness import Case, run, until

CONFIG = """
user: %s
listeners: [{name: apps, address: "127.0.0.1:0", mode: explicit}]
upstream: {trust: [origin-ca.pem]}
"""
READING_AND_LOCKING = 1 << 2 | 1 << 14


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(child) for child in file.read().split()]


def status(pid):
    with open(f"/proc/{pid}/status") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


@unittest.skipUnless(os.geteuid() == 0, "only root can become another user")
class NobodyIsRootOnceItServes(Case):
    def serve(self, user):
        os.chmod(self.folder, 0o755)
        self.origin_ = self.origin()
        os.chmod(self.authority.certificate, 0o644)
        self.daemon = self.start(CONFIG % user)
        self.signer = children(self.daemon.process.pid)[0]
        key = os.stat(f"{self.folder}/ca.key")
        self.assertEqual((key.st_uid, key.st_mode & 0o777), (0, 0o600))

    def identities(self, pid):
        facts = status(pid)
        return {number for field in ("Uid", "Gid", "Groups") for number in facts.get(field, "").split()}

    def test_neither_process_is_root_in_any_way(self):
        self.serve("daemon")
        for pid in (self.daemon.process.pid, self.signer):
            self.assertNotIn("0", self.identities(pid), status(pid)["Name"])

    def test_the_signer_keeps_only_reading_and_locking(self):
        self.serve("daemon")
        facts = status(self.signer)
        self.assertEqual((facts["NoNewPrivs"], facts["Seccomp"]), ("1", "2"))
        for name in ("CapPrm", "CapEff"):
            self.assertEqual(int(facts[name], 16) & ~READING_AND_LOCKING, 0, name)
        for name in ("CapInh", "CapAmb"):
            self.assertEqual(int(facts[name], 16), 0, name)

    def test_the_workers_user_can_send_it_no_signal(self):
        for user in ("daemon", "nobody"):
            self.serve(user)
            me = pwd.getpwnam(user)
            self.assertNotEqual(status(self.signer)["Uid"].split()[0], str(me.pw_uid))
            tried = subprocess.run(["/bin/kill", "-0", str(self.signer)], user=me.pw_uid, group=me.pw_gid,
                                   extra_groups=[], capture_output=True, text=True)
            self.assertIn("not permitted", tried.stderr)
            self.assertEqual(self.daemon.stop(), 0)

    def test_it_reads_the_key_again_and_signs(self):
        self.serve("daemon")
        self.daemon.signal(signal.SIGHUP)
        self.daemon.event("reloaded")
        answer = run("curl", "-sS", "--proxy", f"http://127.0.0.1:{self.daemon.port('apps')}", "--cacert", self.daemon.ca,
                     f"https://127.0.0.1:{self.origin_.port}/")
        self.assertEqual(answer.stdout, "hello from the origin\n", answer.stderr)

    def test_as_in_a_container_whose_root_may_read_only_as_it_writes(self):
        os.chmod(self.folder, 0o755)
        os.chmod(self.authority.certificate, 0o644)
        daemon = self.start(CONFIG % "daemon", prefix=("setpriv", "--bounding-set=-dac_read_search"))
        signer = children(daemon.process.pid)[0]
        self.assertNotIn("0", self.identities(signer))
        self.assertEqual(int(status(signer)["CapEff"], 16) & ~(1 << 1 | 1 << 14), 0)
        daemon.signal(signal.SIGHUP)
        daemon.event("reloaded")


if __name__ == "__main__":
    unittest.main()
