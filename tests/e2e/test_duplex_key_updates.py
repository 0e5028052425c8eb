"""TLS 1.3 keys are updated 100 times by each side while both directions are full: every octet arrives, in order."""
import unittest

from duplex import MIB, DuplexCase


class KeyUpdates(DuplexCase):
    def assert_updated(self, library, times):
        results = self.converse("1.3", 24 * MIB, 24 * MIB, client={"renew": times, "library": library},
                                origin={"renew": times, "library": library}, limits="key_updates_per_minute: 100")
        self.assert_all_passed(results, 24 * MIB, 24 * MIB)
        for end in results[:2]:
            self.assertEqual(end["renewed"], times, end)
            self.assertGreater(end["key_updates_seen"], 0, end)  # the answers to those that it asked for

    def test_openssl_on_both_ends(self):
        self.assert_updated("openssl", 100)

    def test_gnutls_on_both_ends(self):
        self.assert_updated("gnutls", 5)  # GnuTLS takes 8 a second from its peer

    def test_the_limit_is_for_those_that_the_client_starts(self):
        results = self.converse("1.3", 16 * MIB, 16 * MIB, origin={"renew": 100}, limits="key_updates_per_minute: 1")
        self.assert_all_passed(results, 16 * MIB, 16 * MIB)

    def test_also_while_the_other_side_does_not_read(self):
        results = self.converse("1.3", 24 * MIB, 24 * MIB, client={"renew": 20}, origin={"renew": 20, "stall": 800})
        self.assert_all_passed(results, 24 * MIB, 24 * MIB)
        self.assertEqual((results[0]["renewed"], results[1]["renewed"]), (20, 20))


if __name__ == "__main__":
    unittest.main()
