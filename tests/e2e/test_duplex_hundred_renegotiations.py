"""With the limit raised, one connection goes through 100 renegotiations while both directions are full."""
import unittest

from duplex import MIB, DuplexCase


class HundredRenegotiations(DuplexCase):
    def test_a_hundred_by_the_client(self):
        results = self.converse("1.2", 32 * MIB, 32 * MIB, client={"renew": 100}, limits="renegotiations_per_minute: 100")
        self.assert_all_passed(results, 32 * MIB, 32 * MIB)
        self.assertEqual(results[0]["renewed"], 100)

    def test_a_hundred_by_the_origin_need_no_limit_raised(self):
        results = self.converse("1.2", 32 * MIB, 32 * MIB, origin={"renew": 100})
        self.assert_all_passed(results, 32 * MIB, 32 * MIB)
        self.assertEqual(results[1]["renewed"], 100)

    def test_both_at_once(self):
        results = self.converse("1.2", 32 * MIB, 32 * MIB, client={"renew": 50}, origin={"renew": 50},
                                limits="renegotiations_per_minute: 50")
        self.assert_all_passed(results, 32 * MIB, 32 * MIB)
        self.assertEqual((results[0]["renewed"], results[1]["renewed"]), (50, 50))


if __name__ == "__main__":
    unittest.main()
