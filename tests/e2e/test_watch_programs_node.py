"""`bascule watch` shows what npm installs, and what a Node program asks for: Node 24 and later uses the proxy of its
environment, an older one knows none (test_watch_captures_programs)."""
import io
import json
import re
import tarfile
import unittest

from fetch_programs import NODE_FETCH, NODE_HTTPS
from harness import run
from watch_case import ProgramCase, exchanges


def package(name):
    """An npm package as it is served."""
    packed = io.BytesIO()
    text = json.dumps({"name": name, "version": "1.0.0"}).encode()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        entry = tarfile.TarInfo("package/package.json")
        entry.size = len(text)
        archive.addfile(entry, io.BytesIO(text))
    return packed.getvalue()


class Node(ProgramCase):
    def test_https_and_fetch(self):
        self.need("node")
        version = run("node", "--version").stdout
        if int(re.match(r"v(\d+)", version)[1]) < 24:
            self.skipTest(f"node {version.strip()} knows no proxy")
        url = self.serve("n", b"hello")
        for program in (NODE_HTTPS, NODE_FETCH):
            done = self.watch_program("node", "-e", program, url)
            self.assertIn("200 hello\n", done.stdout)
            self.assertEqual(exchanges(done), [("GET", url, "200")])

    def test_npm(self):
        packed = self.serve("thing-1.0.0.tgz", package("thing"))
        about = self.serve("thing", json.dumps({
            "name": "thing", "dist-tags": {"latest": "1.0.0"},
            "versions": {"1.0.0": {"name": "thing", "version": "1.0.0", "dist": {"tarball": packed}}}}).encode())
        self.write("package.json", "{}")
        done = self.watch_program("npm", "install", "--no-audit", "--no-fund", "--registry", self.url, "thing")
        self.assert_shown(done, about)
        self.assert_shown(done, packed)
        done = self.watch_program("npm", "view", "missing", "--registry", self.url, code=1)
        self.assert_shown(done, f"{self.url}/missing", "404")


if __name__ == "__main__":
    unittest.main()
