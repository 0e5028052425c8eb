"""`bascule watch --capture` shows what programs do that know no proxy: a static Go program that was told of none, Node of any
version, openssl's client, Java without options, aiohttp as it comes."""
import unittest

from capture_case import CaptureCase
from fetch_programs import AIOHTTP, GO, JAVA, NODE_FETCH, NODE_HTTPS, static_go
from harness import run
from watch_case import exchanges

TRUST = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "JAVA_TOOL_OPTIONS")
WITHOUT_VARIABLES = ("env", *(option for name in TRUST for option in ("-u", name)))


class CapturedPrograms(CaptureCase):
    def check(self, *command, said="200 hi\n", asked="x", **options):
        done = self.capture(*command, **options)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(said, done.stdout)
        self.assertIn(("GET", f"{self.url}/{asked}", "200"), exchanges(done), done.stdout + done.stderr)

    def need(self, *command):
        if run("sh", "-c", '"$@" >/dev/null 2>&1', "sh", *command).returncode != 0:
            self.skipTest(f"{' '.join(command)}: is not here")

    def write(self, name, text):
        with open(f"{self.folder}/{name}", "w") as file:
            file.write(text)
        return f"{self.folder}/{name}"

    def test_static_go(self):
        self.check(*WITHOUT_VARIABLES, static_go(self, self.write("fetch.go", GO)), f"{self.url}/x")

    def test_node(self):
        self.need("node", "--version")
        for program in (NODE_HTTPS, NODE_FETCH):
            self.check("node", "-e", program, f"{self.url}/x")

    def test_java(self):
        self.need("java", "-version")
        self.check(*WITHOUT_VARIABLES, "java", self.write("Fetch.java", JAVA), f"{self.url}/x", asked="x?new")

    def test_aiohttp(self):
        self.need("/usr/bin/python3", "-c", "import aiohttp")
        self.check(*WITHOUT_VARIABLES, "/usr/bin/python3", self.write("ask.py", AIOHTTP), f"{self.url}/x")

    def test_openssl(self):
        """It verifies by the system's folder of roots, and is told of nothing."""
        self.check(*WITHOUT_VARIABLES, "sh", "-c", "printf 'GET /x HTTP/1.1\\r\\nHost: origin.test:%s\\r\\n\\r\\n' $0 | openssl s_client"
                   " -quiet -verify_return_error -servername origin.test -connect origin.test:$0", self.server.port, said="hi\n")

    def test_a_failure_is_the_programs(self):
        done = self.capture("curl", "-sSf", "--cacert", "/dev/null", f"{self.url}/x")
        self.assertEqual(done.returncode, 77, done.stderr)


if __name__ == "__main__":
    unittest.main()
