"""badssl.com's protocol versions: an origin that knows none above TLS 1.1 is not spoken to."""
import ssl
import unittest
import warnings

from lab import BODY, NAME, Lab, everything, page_or_fault
from raw import dial

VERSIONS = ssl.TLSVersion


class Versions(Lab):
    def served(self, version):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of the old versions: they are the point
            port = self.origin(self.maker.leaf(self.intermediate, NAME, key="RSA-2048").chain(),
                               minimum_version=VERSIONS.MINIMUM_SUPPORTED, maximum_version=version)
        self.assertEqual(page_or_fault(dial(port), everything()), BODY)
        return port

    def test_tls_1_0_and_1_1(self):
        for version in (VERSIONS.TLSv1, VERSIONS.TLSv1_1):
            with self.subTest(version):
                self.check_unreachable(self.served(version), "upstream", "alert", "protocol_version")

    def test_tls_1_2_and_1_3(self):
        for version in (VERSIONS.TLSv1_2, VERSIONS.TLSv1_3):
            with self.subTest(version):
                self.check_accepted(self.served(version))


if __name__ == "__main__":
    unittest.main()
