"""badssl.com's rsa4096 and rsa8192: accepted, and the leaf's key is as large as we make them, of 4096 bits."""
import unittest

from lab import NAME, Lab


class LargeKeys(Lab):
    def test_rsa4096(self):
        self.check_good(self.maker.leaf(self.intermediate, NAME, key="RSA-4096"))

    def test_rsa8192(self):
        self.check_good(self.maker.leaf(self.intermediate, NAME, key="RSA-8192"))


if __name__ == "__main__":
    unittest.main()
