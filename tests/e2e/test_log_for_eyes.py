"""`log: {format: text}` is for eyes: a line for each connection, none of 200 columns, in colours on a terminal alone; what came
and went without an octet is for `debug`, as is each connection that opens."""
import os
import pty
import re
import ssl
import subprocess
import unittest

from entries import connect, dial, get, receive_all, secure
from harness import BASCULE, Case, answer_http, until
from raw import anybody, handshake_fault, request_tunnel, read_status, tunnel

LONG = "a-name-that-is-as-long-as-names-of-hosts-may-well-be." * 4 + "test"
CONFIG = """
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}, {{name: fixed, address: "127.0.0.1:0", mode: forward, target: "127.0.0.1:{port}"}}]
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {hosts}}}
rules:
  - {{name: ads, match: {{server_name: [ads.test, {long}]}}, action: block}}
  - {{name: a-rule-with-a-name-that-says-very-much-about-what-it-is-for, match: {{server_name: other.test}}}}
log: {{format: text{level}}}
"""
STAMP = r"\d\d:\d\d:\d\d\.\d{3} [0-9a-f]{7} 127\.0\.0\.1   "


class LogForEyes(Case):
    def begin(self, level=""):
        self.server = self.origin(answer_http(), names=("origin.test", "localhost"))
        hosts = self.hosts(**{"origin.test": "127.0.0.1", "other.test": "127.0.0.1"})
        self.config = CONFIG.format(port=self.server.port, hosts=hosts, long=LONG, level=level)
        self.daemon = self.start(self.config, ready=False)
        until(lambda: self.line(r"ready: \d"), "the daemon is ready")
        self.ports = {"apps": int(self.line(r"listening: explicit on 127\.0\.0\.1:(\d+)")[1])}

    def line(self, pattern):
        return next(filter(None, (re.search(pattern, line) for line in list(self.daemon.lines))), None)

    def shows(self, pattern):
        until(lambda: self.line(pattern), f"{pattern} in {self.daemon.lines}")

    def test_each_course(self):
        self.begin()
        port = self.ports["apps"]
        client = secure(connect(port, "origin.test", self.server.port), self.client_context(self.daemon), "origin.test")
        self.assertIn("hello", get(client, "origin.test"))
        self.shows(rf"^{STAMP}GET https://origin\.test/  200 22 B [\d.]+ m?s$")
        self.shows(rf"^{STAMP}intercept origin\.test:\d+ TLSv1\.3, \d+ B up, \d+ B down, [\d.]+ m?s, 1 exchange, rule default")
        for name in ("ads.test", LONG):
            self.assertEqual(read_status(request_tunnel(port, f"{name}:443"))[0], 403)
        self.shows(rf"^{STAMP}BLOCKED ads\.test:443 by rule ads \(bascule\.yaml:\d+\)$")
        self.shows(rf"^{STAMP}BLOCKED a-name\S+ \.\.\. \S+test:443 by rule ads")
        handshake_fault(tunnel(port, f"origin.test:{self.server.port}"), ssl.create_default_context(), "origin.test")
        self.shows(rf"^{STAMP}FAILED origin\.test:\d+: the client refused our certificate .* (install|\.\.\.) .*passthrough this name")
        handshake_fault(tunnel(port, f"other.test:{self.server.port}"), anybody(), "other.test")
        self.shows(rf"^{STAMP}FAILED other\.test:\d+: upstream certificate is not for other\.test.*verify: mirror")
        self.assertEqual(read_status(request_tunnel(port, "nowhere.test:443"))[0], 502)
        self.shows(rf"^{STAMP}FAILED nowhere\.test:443: ")
        dial(port).close()
        with dial(port) as last:
            last.sendall(b"GET / HTTP/1.1\r\n\r\n")
            receive_all(last)
        self.shows(rf"^{STAMP}FAILED: .*Host is missing")
        self.assertIsNone(self.line("without a word|before it had asked"))
        self.assertEqual([line for line in self.daemon.lines if len(line.rstrip()) >= 200], [])

    def test_debug(self):
        self.begin(", level: debug")
        dial(self.ports["apps"]).close()
        self.shows(r"opened: 127\.0\.0\.1:\d+ by listener apps")
        self.shows(rf"^{STAMP}FAILED: the client left before it had asked for anything")

    def test_colours_are_for_terminals(self):
        self.begin()
        self.assertEqual([line for line in self.daemon.lines if "\x1b" in line], [])
        self.daemon.stop()
        for environment, colored in (({}, True), ({"NO_COLOR": "1"}, False)):
            leader, follower = pty.openpty()
            child = subprocess.Popen([BASCULE, "run", "--config", self.daemon.config], stdout=subprocess.DEVNULL, stderr=follower,
                                     env={**{k: v for k, v in os.environ.items() if k != "NO_COLOR"}, **environment})
            os.close(follower)
            seen = b""
            while b"ready" not in seen:
                seen += os.read(leader, 4096)
            child.terminate()
            child.wait()
            os.close(leader)
            self.assertEqual(b"\x1b[" in seen, colored, seen)


if __name__ == "__main__":
    unittest.main()
