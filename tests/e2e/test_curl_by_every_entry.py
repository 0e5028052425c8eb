"""curl reaches an origin by each kind of proxy that it knows, on one listener, for https and for http."""
import os
import unittest

from harness import Case, answer_http, read_head, run
from entries import receive

NAME = "origin.test"
BODY = os.urandom(3 << 20)


def take_upload(connection):
    head = read_head(connection)
    start = head.split("\r\n\r\n", 1)[1].encode("latin-1")
    if "expect: 100-continue" in head.lower():
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = start + receive(connection, len(BODY) - len(start))
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)


class Curl(Case):
    def begin(self, handler, **options):
        self.server = self.origin(handler, **options)
        self.daemon = self.start(f"""
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}]
upstream: {{trust: [{"system" if "tls" in options else "origin-ca.pem"}]}}
resolver: {{hosts: {self.hosts(**{NAME: "127.0.0.1"})}}}
""")

    def curl(self, scheme, proxy, *arguments):
        return run("curl", "-sS", "--proxy", f"{proxy}://127.0.0.1:{self.daemon.port('apps')}", "--cacert", self.daemon.ca,
                   "--resolve", f"{NAME}:{self.server.port}:127.0.0.1", *arguments, f"{scheme}://{NAME}:{self.server.port}/")

    def test_https(self):
        self.begin(answer_http())
        for proxy, by_name in (("http", True), ("socks4", False), ("socks4a", True), ("socks5", False), ("socks5h", True)):
            done = self.curl("https", proxy)
            self.assertEqual(done.stdout, "hello from the origin\n", proxy + done.stderr)
            record = self.daemon.record()
            self.assertEqual((record["action"], record["server_name"]), ("intercept", NAME))
            self.assertEqual(record["target"].startswith(NAME), by_name, record["target"])

    def test_http_in_tunnels_and_without(self):
        self.begin(answer_http(), tls=False)
        for proxy, *arguments in (["http"], ["http", "--proxytunnel"], ["http", "--proxy1.0", f"127.0.0.1:{self.daemon.port('apps')}"],
                                  ["socks4a"], ["socks5h"]):
            done = self.curl("http", proxy, *arguments)
            self.assertEqual(done.stdout, "hello from the origin\n", done.stderr)
            record = self.daemon.record()
            self.assertEqual((record["action"], record["protocol"]), ("passthrough", "http"))
            self.assertEqual(record["target"], f"{NAME}:{self.server.port}")

    def test_an_upload_that_expects_100_continue_comes_back_whole(self):
        with open(f"{self.folder}/upload", "wb") as file:
            file.write(BODY)
        for options in ({}, {"tls": False}):
            self.begin(take_upload, **options)
            done = self.curl("http" if options else "https", "http", "--http1.1", "-H", "Expect: 100-continue", "-T",
                             f"{self.folder}/upload", "-o", f"{self.folder}/back")
            self.assertEqual(done.returncode, 0, done.stderr)
            with open(f"{self.folder}/back", "rb") as file:
                self.assertTrue(file.read() == BODY)


if __name__ == "__main__":
    unittest.main()
