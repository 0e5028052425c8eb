"""A person whose browser has no way to an https origin reads why, and what to do, on a phone and on a desktop."""
import os
import shutil
import socket
import unittest

from chromium import command, trusting
from harness import Case, run

NAME = "bank.test"
SIZES = {"phone": "390,844", "desktop": "1280,800"}


@unittest.skipUnless(shutil.which("chromium"), "chromium is not here")
class Pages(Case):
    def begin(self, port):
        self.authority  # noqa: B018: its file is in the configuration
        self.daemon = self.start(f"""
listeners:
  - {{name: named, address: "127.0.0.1:0", mode: sni, port: {port}}}
  - {{name: apps, address: "127.0.0.1:0", mode: explicit}}
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {self.hosts(**{NAME: "127.0.0.1"})}}}
""")

    def shows(self, browser, url, sentence):
        argv, environment = browser
        shown = run(*argv, "--dump-dom", url, timeout=90, env=environment).stdout
        self.assertIn(sentence, shown)
        self.assertIn("whoever runs this proxy" if "prove" in sentence else "Try again later", shown)
        for name, size in SIZES.items():
            shot = f"{self.folder}/{name}.png"
            done = run(*argv, f"--window-size={size}", f"--screenshot={shot}", url, timeout=90, env=environment)
            self.assertGreater(os.path.getsize(shot), 10_000, done.stderr)
            if keep := os.environ.get("KEEP_SCREENSHOT"):
                shutil.copy(shot, f"{keep}-{sentence.split()[-1]}{name}.png")

    def test_an_origin_that_cannot_be_reached(self):
        """On the way, as a gateway is: behind an explicit listener the answer to CONNECT says it."""
        with socket.socket() as taken:  # and nobody listens there
            taken.bind(("127.0.0.1", 0))
            self.begin(taken.getsockname()[1])
            argv, environment = trusting(self, self.daemon)
            mapped = f"--host-resolver-rules=MAP {NAME} 127.0.0.1:{self.daemon.port('named')}"
            self.shows(([*argv, mapped], environment), f"https://{NAME}/", "The server does not take connections.")

    def test_an_origin_that_is_another(self):
        """Behind an explicit listener."""
        port = self.origin(names=("other.test",), alpn=("h2", "http/1.1")).port
        self.begin(port)
        self.shows(command(self, self.daemon), f"https://{NAME}:{port}/", "The server could not prove that it is the one you asked for")


if __name__ == "__main__":
    unittest.main()
