"""Above limits.renegotiations_per_minute the client gets a fatal alert, and the record says that it was the limit."""
import unittest

from duplex import MIB, DuplexCase


class RenegotiationLimit(DuplexCase):
    def assert_refused(self, down):
        client, _, record = self.converse("1.2", 16 * MIB, down, client={"renew": 4})
        self.assertEqual(client["renewed"], 3, client)
        self.assertEqual(client["alert"], "no_renegotiation", client)
        self.assertNotEqual(client["error"], "timeout")
        self.assertEqual({name: record["end"][name] for name in ("by", "how", "step")},
                         {"by": "proxy", "how": "limit", "step": "relay"})
        self.assertIn("too many renegotiations by the client", record["end"]["detail"])

    def test_the_fourth_in_a_minute_is_refused_by_a_fatal_alert(self):
        self.assert_refused(down=0)

    def test_also_while_both_directions_are_full(self):
        self.assert_refused(down=16 * MIB)

    def test_a_client_that_may_not_renegotiate_at_all_is_refused_at_the_first(self):
        client, _, record = self.converse("1.2", 4 * MIB, 0, client={"renew": 1}, limits="renegotiations_per_minute: 0")
        self.assertEqual((client["renewed"], client["alert"]), (0, "no_renegotiation"), client)
        self.assertEqual(record["end"]["how"], "limit", record)


if __name__ == "__main__":
    unittest.main()
