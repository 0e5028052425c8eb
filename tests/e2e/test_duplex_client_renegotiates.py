"""A client renegotiates three times while both directions are full: every octet arrives, in order."""
import unittest

from duplex import MIB, DuplexCase


class ClientRenegotiates(DuplexCase):
    def test_three_renegotiations_by_openssl_lose_nothing(self):
        results = self.converse("1.2", 64 * MIB, 64 * MIB, client={"renew": 3})
        self.assert_all_passed(results, 64 * MIB, 64 * MIB)
        self.assertEqual(results[0]["renewed"], 3)

    def test_three_renegotiations_by_gnutls_lose_nothing(self):
        # A GnuTLS client that gets data before the ServerHello starts over with a second hello, whoever the server is:
        # so here data flows upwards only.
        results = self.converse("1.2", 16 * MIB, 0, client={"renew": 3, "library": "gnutls"})
        self.assert_all_passed(results, 16 * MIB, 0)
        self.assertEqual(results[0]["renewed"], 3)


if __name__ == "__main__":
    unittest.main()
