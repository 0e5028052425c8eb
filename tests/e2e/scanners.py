"""An intercepted origin of HTTP that would get full marks itself, and the scanners that people judge servers with."""
import json

from harness import Case, run
from programs import nginx

NAME = "origin.test"
# A CA of one's own has no service that its leaves' revocation could be asked of, and copies nobody else's (acceptance C5).
OF_A_PRIVATE_CA = {"cert_revocation"}
HEADERS = """add_header Strict-Transport-Security "max-age=63072000";
add_header X-Frame-Options DENY; add_header X-Content-Type-Options nosniff; add_header Referrer-Policy no-referrer;
add_header Content-Security-Policy "default-src 'none'";"""


class ScannerCase(Case):
    def begin(self):
        leaf = self.authority.leaf(NAME, days=29)
        port = nginx(self, leaf, f'LISTEN ssl http2; ssl_protocols TLSv1.2 TLSv1.3; {HEADERS} location / {{ return 200 "ok"; }}')
        self.daemon = self.start(f"""
listeners: [{{name: fixed, address: "127.0.0.1:0", mode: forward, target: "{NAME}:{port}"}}]
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {self.hosts(**{NAME: "127.0.0.1"})}}}
""")
        self.port = self.daemon.port("fixed")

    def scan(self, *sections, timeout):
        """What it finds, all of it; no DNS and no other host is asked."""
        self.begin()
        path = f"{self.folder}/found.json"
        done = run("testssl", "--jsonfile", path, "--warnings", "off", "--color", "0", "--quiet", "--ip", "127.0.0.1", "--nodns",
                   "none", "--add-ca", self.daemon.ca, *sections, f"https://{NAME}:{self.port}", timeout=timeout)
        with open(path) as file:
            found = json.load(file)
        self.assertNotIn("FATAL", {each["severity"] for each in found}, done.stdout)
        return found

    def assert_nothing_above_low(self, found, besides=()):
        bad = [each for each in found if each["severity"] in ("MEDIUM", "HIGH", "CRITICAL") and each["id"] not in besides]
        self.assertEqual(bad, [])
        self.assertIsNone(self.daemon.process.poll())
