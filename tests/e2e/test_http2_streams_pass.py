"""HTTP/2 with many streams, uploads and downloads at once, passes between curl and nginx as it is."""
import os
import unittest

from harness import Case, run
from programs import nginx

NAME = "origin.test"
SERVER = "LISTEN ssl http2; location / { root ROOT/files; dav_methods PUT; create_full_put_path on; }"


class Http2Streams(Case):
    def test_bodies_are_exact_on_every_stream(self):
        port = nginx(self, self.authority.leaf(NAME), SERVER)
        daemon = self.start(f"""
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}]
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {self.hosts(**{NAME: "127.0.0.1"})}}}
""")
        common = ["-sS", "--fail", "--http2", "--parallel", "--proxy", f"http://127.0.0.1:{daemon.port('apps')}", "--cacert",
                  daemon.ca, "-w", "%{http_version} "]
        bodies = {f"b{i}": os.urandom(i * 300_001) for i in range(1, 9)}
        up, down = [], []
        for name, body in bodies.items():
            with open(f"{self.folder}/{name}", "wb") as file:
                file.write(body)
            url = f"https://{NAME}:{port}/{name}"
            up += ["-T", f"{self.folder}/{name}", url]
            down += ["-o", f"{self.folder}/{name}.back", url]
        for transfers in (up, down):
            done = run("curl", *common, *transfers)
            self.assertEqual((done.returncode, done.stdout.split()), (0, ["2"] * len(bodies)), done.stderr)
            self.assertEqual(daemon.record()["alpn"], "h2")
        for name, body in bodies.items():
            with open(f"{self.folder}/{name}.back", "rb") as file:
                self.assertTrue(file.read() == body, name)


if __name__ == "__main__":
    unittest.main()
