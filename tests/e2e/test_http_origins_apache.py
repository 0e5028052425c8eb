"""Apache, inspected, by HTTP/1.1 and HTTP/2 (mod_http2): files are exact, also coded with gzip, and recorded."""
import os
import unittest

from http_origin_case import OriginCase
from http_origins import APACHE, apache


@unittest.skipUnless(os.path.exists(APACHE), "needs apache2-bin")
class Apache(OriginCase):
    def test_http1(self):
        self.assert_packed(self.assert_files_are_exact(apache(self, self.leaf, self.files), "1.1", "--compressed"))

    def test_http2(self):
        self.assert_packed(self.assert_files_are_exact(apache(self, self.leaf, self.files), "2", "--compressed"))


if __name__ == "__main__":
    unittest.main()
