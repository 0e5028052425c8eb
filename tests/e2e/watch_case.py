"""What the tests of `bascule watch` share: the environment of somebody who has an origin of his own and trusts it."""
import os
import re
import shutil

from harness import BASCULE, Case, run
from programs import nginx

LINE = re.compile(r"\d\d:\d\d:\d\d\.\d{3} [0-9a-f]{7} (?:127\.0\.0\.1|192\.0\.0\.8|\[100::8\]) +(.*)")
SHOWN = re.compile(r"([A-Z]+) (\S+)  (\d+|NO ANSWER) ")
PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
TRUST = re.compile(r".*(CA_BUNDLE|CAINFO|CERTS?|CERT_DIR|CERTS_FILE|ROOTS_FILE_PATH)$")


def plain_environment():
    """Ours, without what says where a proxy is and what to trust."""
    return {k: v for k, v in os.environ.items() if k.lower() not in PROXY_VARIABLES and not TRUST.match(k)}


def lines(done):
    """The lines about exchanges and connections, from the method on."""
    return [m[1] for m in map(LINE.match, done.stdout.splitlines()) if m]


def exchanges(done):
    """[(method, URL, status)], as stdout shows them."""
    return [m.groups() for m in map(SHOWN.match, lines(done)) if m]


class WatchCase(Case):
    def setUp(self):
        super().setUp()
        self.environment = {**plain_environment(), "XDG_STATE_HOME": f"{self.folder}/state", "HOME": self.folder,
                            "SSL_CERT_FILE": self.authority.certificate}

    def watch(self, *argv, environment=None, **options):
        return run(BASCULE, "watch", *argv, env={**self.environment, **(environment or {})}, **options)

    def need(self, program):
        if not shutil.which(program):
            self.skipTest(f"{program} is not here")


class ProgramCase(WatchCase):
    """A program runs to its end, and what it asked a web server for is shown. Not from localhost itself, where many
    programs use no proxy."""

    def setUp(self):
        super().setUp()
        self.files = f"{self.folder}/files"
        os.makedirs(self.files)
        port = nginx(self, self.authority.leaf("origin.localhost"), f"LISTEN ssl http2; root {self.files};")
        self.url = f"https://origin.localhost:{port}"

    def serve(self, name, content):
        """The URL of a file of the server's."""
        os.makedirs(os.path.dirname(f"{self.files}/{name}"), exist_ok=True)
        with open(f"{self.files}/{name}", "wb") as file:
            file.write(content)
        return f"{self.url}/{name}"

    def write(self, name, text):
        """The path of a file of the program's."""
        with open(f"{self.folder}/{name}", "w") as file:
            file.write(text)
        return f"{self.folder}/{name}"

    def watch_program(self, *command, code=0, options=(), **more):
        """Its output; it ended with that code."""
        self.need(command[0])
        done = self.watch(*options, "--", *command, **{"timeout": 90, "cwd": self.folder, **more})
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def assert_shown(self, done, url, status="200", method="GET"):
        self.assertIn((method, url, status), exchanges(done), done.stdout + done.stderr)
