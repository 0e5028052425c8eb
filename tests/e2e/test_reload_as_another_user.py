"""D7: having become `user`, the daemon reloads although the CA's key is root's alone: its signer still may read it, so that
even a new CA is taken over without a restart."""
import os
import signal
import unittest

from harness import BASCULE, Case, run, until
from raw import read_status, request_tunnel

CONFIG = """
user: nobody
listeners: [{name: apps, address: "127.0.0.1:0", mode: explicit}]
upstream: {trust: [origin-ca.pem]}
"""


@unittest.skipUnless(os.geteuid() == 0, "only root can become another user")
class ReloadAsAnotherUser(Case):
    def setUp(self):
        super().setUp()
        os.chmod(self.folder, 0o755)
        self.origin_ = self.origin()
        os.chmod(self.authority.certificate, 0o644)
        self.daemon = self.start(CONFIG)
        self.assertEqual(os.stat(f"{self.folder}/ca.key").st_uid, 0)

    def reload(self):
        self.daemon.signal(signal.SIGHUP)
        told = lambda: [e for e in self.daemon.events if e["event"] in ("reloaded", "reload_failed")]
        return until(told, "the reload is told")[-1]

    def shown(self):
        """The issuer of the leaf that a client is shown now."""
        tunnel = request_tunnel(self.daemon.port("apps"), f"127.0.0.1:{self.origin_.port}")
        self.assertEqual(read_status(tunnel)[0], 200)
        with self.client_context(self.daemon).wrap_socket(tunnel, server_hostname="127.0.0.1") as client:
            return dict(field for part in client.getpeercert()["issuer"] for field in part)["commonName"]

    def test_the_daemon_itself_cannot_read_the_key(self):
        with open(f"/proc/{self.daemon.process.pid}/status") as file:
            facts = file.read()
        self.assertNotIn("Uid:\t0", facts)
        self.assertIn("CapEff:\t0000000000000000", facts)

    def test_the_rules_are_read_again_with_the_same_ca(self):
        self.assertEqual(self.reload()["event"], "reloaded")
        self.assertEqual(self.shown(), "Bascule CA")

    def test_a_new_ca_is_taken_over(self):
        self.assertEqual(self.shown(), "Bascule CA")
        run(BASCULE, "ca", "create", "--directory", f"{self.folder}/new", "--name", "Next CA")
        for file in ("ca.crt", "ca.key"):
            os.replace(f"{self.folder}/new/{file}", f"{self.folder}/{file}")
        self.assertEqual(self.reload()["event"], "reloaded")
        self.assertEqual(self.shown(), "Next CA")


if __name__ == "__main__":
    unittest.main()
