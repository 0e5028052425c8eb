"""`bascule watch` shows what Python's clients ask for: urllib, requests, httpx, aiohttp, and pip."""
import io
import unittest
import zipfile

from fetch_programs import AIOHTTP
from watch_case import ProgramCase, exchanges

PYTHON = "/usr/bin/python3"

class Python(ProgramCase):
    def check(self, program, *arguments):
        """It prints what it got, in one piece: watch prints on the same pipe."""
        url = self.serve("p", b"hello")
        done = self.watch_program(PYTHON, self.write("program.py", program), url, *arguments)
        self.assertIn("200 hello\n", done.stdout)
        self.assertEqual(exchanges(done), [("GET", url, "200")])

    def need_module(self, name):
        """Debian's python3-NAME."""
        if self.watch("--", PYTHON, "-c", f"import {name}").returncode != 0:
            self.skipTest(f"python3-{name} is not here")

    def test_urllib(self):
        self.check("import sys, urllib.request as r; a = r.urlopen(sys.argv[1]); sys.stdout.write(f'{a.status} {a.read().decode()}\\n')")

    def test_urllib_fails_as_it_would(self):
        done = self.watch_program(PYTHON, "-c", f"import urllib.request as r; r.urlopen('{self.url}/no')", code=1)
        self.assert_shown(done, f"{self.url}/no", "404")
        self.assertIn("HTTP Error 404", done.stderr)

    def test_requests(self):
        self.need_module("requests")
        self.check("import sys, requests; a = requests.get(sys.argv[1]); sys.stdout.write(f'{a.status_code} {a.text}\\n')")

    def test_httpx(self):
        self.need_module("httpx")
        self.check("import sys, httpx; a = httpx.get(sys.argv[1]); sys.stdout.write(f'{a.status_code} {a.text}\\n')")

    def test_aiohttp(self):
        self.need_module("aiohttp")
        self.check(AIOHTTP, "heed the environment")

    def test_pip(self):
        self.need_module("pip")
        wheel = io.BytesIO()
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr("thing.py", "")
            archive.writestr("thing-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n")
            archive.writestr("thing-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            archive.writestr("thing-1.0.dist-info/RECORD", "")
        packed = self.serve("thing-1.0-py3-none-any.whl", wheel.getvalue())
        self.serve("simple/thing/index.html", f"<!DOCTYPE html><a href='{packed}'>thing-1.0-py3-none-any.whl</a>".encode())
        done = self.watch_program(PYTHON, "-m", "pip", "--disable-pip-version-check", "download", "--no-deps",
                                  "--index-url", f"{self.url}/simple/", "thing", environment={"PIP_CONFIG_FILE": "/dev/null"})
        self.assertEqual([url for _, url, _ in exchanges(done)], [f"{self.url}/simple/thing/", packed])


if __name__ == "__main__":
    unittest.main()
