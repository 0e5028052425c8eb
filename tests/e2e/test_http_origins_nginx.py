"""nginx, inspected, by HTTP/1.1 and HTTP/2: files are exact, also in chunks and coded with gzip, and recorded."""
import unittest

from http_origin_case import OriginCase
from programs import nginx

SERVER = """LISTEN ssl http2; root FILES; location /packed { gzip on; gzip_types *; }
location /empty { chunked_transfer_encoding on; }"""


class Nginx(OriginCase):
    def serve(self):
        return nginx(self, self.leaf, SERVER.replace("FILES", self.files))

    def test_http1(self):
        self.assert_packed(self.assert_files_are_exact(self.serve(), "1.1", "--compressed"))  # gzip comes in chunks

    def test_http2(self):
        self.assert_packed(self.assert_files_are_exact(self.serve(), "2", "--compressed"))


if __name__ == "__main__":
    unittest.main()
