"""nghttp and h2load, inspected: contents are exact in every way of framing, and of thousands of exchanges each has its record."""
import shutil
import subprocess
import unittest

from harness import WAIT, run
from http_origins import nghttpd
from inspected import NAME, InspectedCase

REQUESTS = 3000


@unittest.skipUnless(shutil.which("nghttpd") and shutil.which("h2load"), "needs nghttp2-client and nghttp2-server")
class Nghttp2(InspectedCase):
    def serve(self, *arguments):
        _, self.large = self.file("files/large", 2_000_000)
        _, self.small = self.file("files/small", 1024)
        self.begin(nghttpd(self, self.authority.leaf(NAME), f"{self.folder}/files", *arguments))
        self.at = f"https://127.0.0.1:{self.fixed}"

    def nghttp(self, *arguments):
        """What it prints: contents alone."""
        done = subprocess.run(["nghttp", *map(str, arguments)], capture_output=True, timeout=WAIT, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_every_exchange_of_640_streams_at_once_is_recorded(self):
        self.serve()
        said = run("h2load", "-n", REQUESTS, "-c", 64, "-m", 10, f"{self.at}/small", timeout=60).stdout
        self.assertIn(f"{REQUESTS} succeeded, 0 failed", said)
        self.complete(REQUESTS, version="2", status=200, path="/small", method="GET")
        connections = self.daemon.records(64)
        self.assertEqual(sum(r["exchanges"] for r in connections), REQUESTS)

    def test_trailers_both_ways(self):
        self.serve("--trailer", "x-down: 1")
        self.assertTrue(self.nghttp("--trailer", "x-up: 1", "-d", f"{self.folder}/files/large", f"{self.at}/small") == self.small)
        record, = self.complete(1, method="POST")
        self.assertEqual((record["request"]["trailers"], record["response"]["trailers"]), ("x-up", "x-down"))
        self.assertEqual((record["request"]["body_bytes"], record["response"]["body_bytes"]), (2_000_000, 1024))

    def test_a_pushed_answer_is_an_exchange(self):
        self.serve("-p/small=/large")
        self.assertEqual(len(self.nghttp(f"{self.at}/small")), 1024 + 2_000_000)
        by_path = {r["path"]: r for r in self.complete(2)}
        self.assertEqual(by_path["/large"]["stream"] % 2, 0)
        self.assertEqual(by_path["/large"]["response"]["body_bytes"], 2_000_000)

    def test_ways_of_framing(self):
        """Padding, CONTINUATION, no priorities, small windows, no tables of HPACK."""
        self.serve("-b", 200)
        ways = (["-b", 100], ["--continuation"], ["--no-dep"], ["--no-rfc7540-pri"], ["-w", 10, "-W", 12], ["-c", 0],
                ["--encoder-header-table-size", 0], ["-c", 100_000])
        for way in ways:
            with self.subTest(way):
                self.assertTrue(self.nghttp(*way, f"{self.at}/large") == self.large)
        self.assertEqual({r["response"]["body_bytes"] for r in self.complete(len(ways), status=200)}, {2_000_000})

    def test_upload_that_waits_for_leave(self):
        self.serve()
        self.nghttp("--expect-continue", "-d", f"{self.folder}/files/large", f"{self.at}/small")
        record, = self.complete(1)
        self.assertEqual((record.get("informational"), record["request"]["body_bytes"]), (1, 2_000_000))


if __name__ == "__main__":
    unittest.main()
