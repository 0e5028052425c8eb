"""nghttpd and nghttpx, inspected: files are exact, also where HPACK has no table, and recorded."""
import shutil
import unittest

from http_origin_case import OriginCase
from http_origins import nghttpd, nghttpx


@unittest.skipUnless(shutil.which("nghttpd"), "needs nghttp2-server")
class Nghttp2(OriginCase):
    def test_nghttpd(self):
        self.assert_files_are_exact(nghttpd(self, self.leaf, self.files), "2")

    def test_nghttpd_with_no_table(self):
        self.assert_files_are_exact(nghttpd(self, self.leaf, self.files, "--header-table-size=0", "--encoder-header-table-size=0"), "2")

    @unittest.skipUnless(shutil.which("nghttpx"), "needs nghttp2-proxy")
    def test_nghttpx(self):
        backend = nghttpd(self, self.leaf, self.files, "--no-tls")
        for version in ("1.1", "2"):
            with self.subTest(version):
                self.assert_files_are_exact(nghttpx(self, self.leaf, backend), version)


if __name__ == "__main__":
    unittest.main()
