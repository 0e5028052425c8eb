"""A renegotiation while the other side does not read loses nothing, and goes on when that side does."""
import unittest

from duplex import MIB, DuplexCase

STALL = 1000  # ms


class RenegotiationWhileStalled(DuplexCase):
    def test_the_origin_renegotiates_while_the_client_does_not_read(self):
        results = self.converse("1.2", 24 * MIB, 24 * MIB, client={"stall": STALL}, origin={"renew": 3})
        self.assert_all_passed(results, 24 * MIB, 24 * MIB)
        self.assertEqual(results[1]["renewed"], 3)

    def test_the_client_renegotiates_while_the_origin_does_not_read(self):
        results = self.converse("1.2", 24 * MIB, 24 * MIB, client={"renew": 3}, origin={"stall": STALL})
        self.assert_all_passed(results, 24 * MIB, 24 * MIB)
        self.assertEqual(results[0]["renewed"], 3)

    def test_both_renegotiate_and_both_stall(self):
        results = self.converse("1.2", 24 * MIB, 24 * MIB, client={"renew": 3, "stall": STALL},
                                origin={"renew": 3, "stall": STALL // 2})
        self.assert_all_passed(results, 24 * MIB, 24 * MIB)
        self.assertEqual((results[0]["renewed"], results[1]["renewed"]), (3, 3))


if __name__ == "__main__":
    unittest.main()
