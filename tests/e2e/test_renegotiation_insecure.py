"""Only secure renegotiation (RFC 5746): a peer that does not speak it cannot renegotiate, or is not connected at all."""
import unittest

from duplex import MIB, DuplexCase

INSECURE = {"library": "gnutls", "priority": "%DISABLE_SAFE_RENEGOTIATION"}


class RenegotiationInsecure(DuplexCase):
    def test_a_client_without_it_is_refused_its_renegotiation(self):
        client, origin, record = self.converse("1.2", 4 * MIB, 0, client={"renew": 1, **INSECURE})
        self.assertEqual((client["error"], client["renewed"]), ("renegotiation refused", 0), client)
        self.assertEqual(client["sent"], origin["received"], (client, origin))  # what came before arrived
        self.assertEqual(record["end"]["by"], "client", record)

    def test_a_client_without_it_is_served_while_it_does_not_renegotiate(self):
        results = self.converse("1.2", MIB, MIB, client=INSECURE)
        self.assert_all_passed(results, MIB, MIB)

    def test_an_origin_without_it_is_not_connected(self):
        client, _, record = self.converse("1.2", MIB, MIB, origin=INSECURE)
        self.assertNotEqual(client["error"], "")
        self.assertEqual((record["end"]["by"], record["end"]["step"]), ("upstream", "upstream-handshake"), record)
        self.assertIn("legacy renegotiation", record["end"]["detail"])


if __name__ == "__main__":
    unittest.main()
