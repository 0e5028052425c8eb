"""What every HTTP server must be through the daemon: its files are exact by every version that it speaks, also many at once
and coded, and each exchange is recorded."""
from inspected import NAME, InspectedCase

# Also where curl gives a stream up whose Content-Length has come, and the origin's END_STREAM comes later.
WHOLE = {"by": "upstream", "how": "complete"}


class OriginCase(InspectedCase):
    """serve_files() has files to serve in .files, and a leaf in .leaf."""

    SIZES = {"empty": 0, "small": 300, "large": 700_000}

    def setUp(self):
        super().setUp()
        self.leaf, self.files, self.contents = self.authority.leaf(NAME), f"{self.folder}/files", {}
        for name, size in self.SIZES.items():
            _, self.contents[name] = self.file(f"files/{name}", size)
        self.contents["packed"] = b"the same again and again " * 20_000
        with open(f"{self.files}/packed", "wb") as file:
            file.write(self.contents["packed"])

    def assert_files_are_exact(self, port, version, *arguments, missing=404):
        """All of them at once, twice over, and one that is not there; then HEAD."""
        self.begin(port)
        flag = {"1.1": "--http1.1", "2": "--http2"}[version]
        transfers, paths = [], {}
        for i in range(6):
            for name in self.contents:
                paths[f"{self.folder}/{name}{i}"] = name
                transfers += ["-o", f"{self.folder}/{name}{i}", f"{self.url}/{name}?{i}"]
        self.curl(flag, "--parallel", *arguments, *transfers)
        for path, name in paths.items():
            self.assertTrue(self.content(path) == self.contents[name], path)
        self.curl(flag, "-o", f"{self.folder}/missing", f"{self.url}/missing", "--next", "-sS", "--proxy",
                  f"http://127.0.0.1:{self.daemon.port('apps')}", "--cacert", self.daemon.ca, flag, "--head", f"{self.url}/large")
        records = self.daemon.exchanges(len(paths) + 2)
        for record in records:
            self.assertEqual((record["version"], record["upstream_version"]), (version, version))
            self.assertEqual(record["end"], WHOLE)
        by_path = {(r["method"], r["path"]): r for r in records}
        for name, content in self.contents.items():
            response = by_path["GET", f"/{name}?0"]["response"]
            if "content_encoding" not in response:
                self.assertEqual(response.get("body_bytes", 0), len(content), response)
        self.assertEqual(by_path["GET", "/missing"]["status"], missing)
        self.assertEqual(by_path["HEAD", "/large"]["response"].get("body_bytes", 0), 0)
        return by_path

    def assert_packed(self, records, coding="gzip"):
        """The packed file came coded, and fewer octets are recorded."""
        response = records["GET", "/packed?0"]["response"]
        self.assertEqual(response["content_encoding"], coding)
        self.assertLess(response["body_bytes"], len(self.contents["packed"]) // 4)
