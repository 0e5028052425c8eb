"""curl by HTTP/1.1 and HTTP/2, inspected: 50 transfers at once, uploads, trailers, HEAD and ranges are exact, and recorded."""
import re
import unittest

from inspected import NAME, InspectedCase
from programs import nginx

SERVER = """LISTEN ssl http2; root ROOT/files; dav_methods PUT; create_full_put_path on;
location /trailers/ { alias ROOT/files/; add_trailer X-Checked yes; gzip on; gzip_min_length 0; gzip_types *; }"""


class Curl(InspectedCase):
    flag, version = "--http1.1", "1.1"

    def setUp(self):
        super().setUp()
        self.begin(nginx(self, self.authority.leaf(NAME), SERVER))

    def ask(self, *arguments):
        return self.curl(self.flag, "--fail", *arguments)

    def put(self, name, size, *arguments):
        path, content = self.file(name, size)
        self.ask("-T", path, f"{self.url}/{name}", *arguments)
        return content

    def test_fifty_transfers_at_once(self):
        contents, up, down = {}, [], []
        for i in range(50):
            path, contents[path] = self.file(f"part{i}", i * 4001)
            up += ["-T", path, f"{self.url}/part{i}"]
            down += ["-o", f"{path}.back", f"{self.url}/part{i}"]
        for transfers in (up, down):
            self.ask("--parallel", "--parallel-max", "50", *transfers)
        for path, content in contents.items():
            self.assertTrue(self.content(f"{path}.back") == content, path)
        records = self.complete(100, version=self.version, upstream_version=self.version)
        for method, side in (("PUT", "request"), ("GET", "response")):
            sizes = {r["path"]: r[side].get("body_bytes", 0) for r in records if r["method"] == method}
            self.assertEqual(sizes, {f"/part{i}": i * 4001 for i in range(50)})

    def test_upload_that_waits_for_leave(self):
        content = self.put("big", 2_000_000, "-H", "Expect: 100-continue")
        self.ask("-o", f"{self.folder}/back", f"{self.url}/big")
        self.assertTrue(self.content(f"{self.folder}/back") == content)
        put, get = self.complete(2)
        self.assertEqual((put["method"], put["status"], put["request"]["body_bytes"]), ("PUT", 201, 2_000_000))
        self.assertEqual((get["status"], get["response"]["body_bytes"]), (200, 2_000_000))
        if self.version == "1.1":  # nginx asks for it by HTTP/1.1 only
            self.assertEqual(put["informational"], 1)

    def test_trailers(self):
        self.put("a", 5000)
        heads = self.ask("-D", "-", "-o", f"{self.folder}/back", "-H", "Accept-Encoding: gzip", f"{self.url}/trailers/a")
        self.assertRegex(heads, re.compile(r"\nx-checked: yes\n", re.IGNORECASE))
        get = self.complete(2)[1]
        self.assertEqual((get["response"]["trailers"].lower(), get["response"]["content_encoding"]), ("x-checked", "gzip"))
        self.assertEqual(get["response"]["body_bytes"], len(self.content(f"{self.folder}/back")))

    def test_head_and_ranges(self):
        content = self.put("big", 200_000)
        heads = self.ask("--head", f"{self.url}/big")
        self.assertIn("content-length: 200000", heads.lower())
        self.ask("-r", "1000-1999", "-o", f"{self.folder}/range", f"{self.url}/big")
        self.assertTrue(self.content(f"{self.folder}/range") == content[1000:2000])
        self.ask("-r", "0-9,50-59", "-o", f"{self.folder}/ranges", f"{self.url}/big")
        _, head, one, several = self.complete(4)
        self.assertEqual((head["method"], head["status"], head["response"].get("body_bytes", 0)), ("HEAD", 200, 0))
        self.assertEqual((one["status"], one["response"]["body_bytes"]), (206, 1000))
        self.assertIn("multipart/byteranges", several["response"]["content_type"])
        self.assertEqual(several["response"]["body_bytes"], len(self.content(f"{self.folder}/ranges")))


class CurlByHttp2(Curl):
    flag, version = "--http2", "2"


if __name__ == "__main__":
    unittest.main()
