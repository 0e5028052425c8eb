"""HAProxy, inspected, by HTTP/1.1 and HTTP/2, which it turns into HTTP/1.1 behind it: files are exact, and recorded."""
import os
import unittest

from http_origin_case import OriginCase
from http_origins import HAPROXY, haproxy
from programs import nginx


@unittest.skipUnless(os.path.exists(HAPROXY), "needs haproxy")
class Haproxy(OriginCase):
    def serve(self):
        return haproxy(self, self.leaf, nginx(self, self.leaf, f"LISTEN; root {self.files};"))

    def test_http1(self):
        self.assert_files_are_exact(self.serve(), "1.1")

    def test_http2(self):
        self.assert_files_are_exact(self.serve(), "2")


if __name__ == "__main__":
    unittest.main()
