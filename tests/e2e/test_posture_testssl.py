"""B14: testssl.sh finds nothing above LOW in an intercepted origin's protocols, suites, forward secrecy and renegotiation. The
whole of it is test_posture_testssl_long.py."""
import unittest

from scanners import ScannerCase


class Testssl(ScannerCase):
    def test_protocols_suites_and_renegotiation(self):
        found = self.scan("-p", "-s", "-f", "-R", timeout=110)
        self.assert_nothing_above_low(found)
        said = {each["id"]: each["finding"] for each in found}
        self.assertEqual([said[name] for name in ("SSLv2", "SSLv3", "TLS1", "TLS1_1")], 4 * ["not offered"])
        self.assertIn("offered", said["TLS1_2"])
        self.assertIn("offered", said["TLS1_3"])
        self.assertIn("supported", said["secure_renego"])
        self.assertIn("not vulnerable", said["secure_client_renego"])  # B5: three in a minute, and no more


if __name__ == "__main__":
    unittest.main()
