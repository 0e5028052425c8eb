"""B14: testssl.sh, all of it, finds nothing above LOW in an intercepted origin."""
import unittest

from scanners import OF_A_PRIVATE_CA, ScannerCase

# Leaves live for 30 days at most, on purpose (acceptance C6): shorter than testssl.sh likes any but two public CAs' to.
OF_SHORT_LEAVES = {"cert_expirationStatus", "cert_notAfter"}


class TestsslLong(ScannerCase):
    def test_all_of_it(self):
        found = self.scan(timeout=500)
        self.assert_nothing_above_low(found, OF_A_PRIVATE_CA | OF_SHORT_LEAVES)
        self.assertGreater(len(found), 100)  # it ran them all


if __name__ == "__main__":
    unittest.main()
