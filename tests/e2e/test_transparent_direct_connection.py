"""A client that connects to a transparent listener itself, without a redirect, is refused as a loop."""
import socket
import unittest

from netns import FAMILIES, GATEWAY, NetworkCase


class TransparentDirectConnection(NetworkCase):
    def test_refused_and_recorded_in_both_families(self):
        self.authority.leaf("origin.test")
        daemon = self.start_gateway()
        for family, index in FAMILIES.items():
            with self.subTest(family):
                with self.client.entered(), self.assertRaises(ConnectionResetError):
                    # The reset may come as early as connect() looks for its outcome.
                    with socket.create_connection((GATEWAY[index], daemon.port("gateway")), timeout=10) as client:
                        client.recv(1)
                record = daemon.record()
                self.assertEqual((record["end"]["by"], record["end"]["how"]), ("proxy", "loop"), record)
                self.assertNotIn("destination", record)

    def test_also_when_it_asks_for_a_name(self):
        self.authority.leaf("origin.test")
        daemon = self.start_gateway()
        done = self.client.run("curl", "-sS", "--cacert", daemon.ca, "--connect-to",
                               f"::{GATEWAY[0]}:{daemon.port('gateway')}", "https://origin.test/")
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(daemon.record()["end"]["how"], "loop")


if __name__ == "__main__":
    unittest.main()
