"""Having become `user`, the daemon reloads its rules although the CA's key is root's alone; not with another CA."""
import os
import signal
import unittest

from harness import BASCULE, Case, run, until

CONFIG = """
user: nobody
listeners: [{name: apps, address: "127.0.0.1:0", mode: explicit}]
"""


@unittest.skipUnless(os.geteuid() == 0, "only root can become another user")
class ReloadAsAnotherUser(Case):
    def setUp(self):
        super().setUp()
        os.chmod(self.folder, 0o755)
        self.daemon = self.start(CONFIG)
        self.assertEqual(os.stat(f"{self.folder}/ca.key").st_uid, 0)

    def reload(self):
        self.daemon.signal(signal.SIGHUP)
        told = lambda: [e for e in self.daemon.events if e["event"] in ("reloaded", "reload_failed")]
        return until(told, "the reload is told")[-1]

    def test_the_key_in_use_is_kept(self):
        self.assertEqual(self.reload()["event"], "reloaded")

    def test_a_new_ca_is_not_taken_for_the_old_one(self):
        run(BASCULE, "ca", "create", "--directory", f"{self.folder}/new")
        for file in ("ca.crt", "ca.key"):
            os.replace(f"{self.folder}/new/{file}", f"{self.folder}/{file}")
        failed = self.reload()
        self.assertEqual(failed["event"], "reload_failed")
        self.assertIn("ca.key: Permission denied", failed["message"])


if __name__ == "__main__":
    unittest.main()
