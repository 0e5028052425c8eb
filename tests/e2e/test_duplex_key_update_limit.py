"""Above limits.key_updates_per_minute the client gets a fatal alert, and the record says that it was the limit."""
import unittest

from duplex import MIB, DuplexCase


class KeyUpdateLimit(DuplexCase):
    def test_one_more_than_the_limit_ends_the_connection(self):
        client, _, record = self.converse("1.3", 4 * MIB, 4 * MIB, client={"renew": 6}, limits="key_updates_per_minute: 5")
        self.assertEqual(client["alert"], "unexpected_message", client)
        self.assertEqual({name: record["end"][name] for name in ("by", "how", "step")},
                         {"by": "proxy", "how": "limit", "step": "relay"})
        self.assertIn("too many key updates by the client", record["end"]["detail"])


if __name__ == "__main__":
    unittest.main()
