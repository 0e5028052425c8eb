"""Where there is no way to the origin, a client of HTTP gets a page that says so, under a certificate of ours; others an alert."""
import socket
import ssl
import unittest

from harness import Case, Server, run

NAME = "origin.test"
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"


class Pages(Case):
    def begin(self, port, config="", trust="origin-ca.pem", hosts=None):
        self.authority  # noqa: B018: its file is in the configuration
        self.daemon = self.start(f"""
listeners:
  - {{name: named, address: "127.0.0.1:0", mode: sni, port: {port}}}
  - {{name: apps, address: "127.0.0.1:0", mode: explicit}}
upstream: {{trust: [{trust}]}}
resolver: {{hosts: {self.hosts(**(hosts or {NAME: "127.0.0.1"}))}}}
{config}
""")

    def strange_origin(self):
        """One whose certificate is for another name."""
        return self.origin(names=("other.test",), alpn=("h2", "http/1.1")).port

    def closed_port(self):
        """Taken, and nobody listens there."""
        taken = socket.socket()
        self.addCleanup(taken.close)
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]

    def curl(self, *arguments, name=NAME):
        done = run("curl", "-sS", "-i", "--connect-to", f"{name}:443:127.0.0.1:{self.daemon.port('named')}", "--cacert",
                   self.daemon.ca, *arguments, f"https://{name}/secret?x=1")
        return done

    def check_page(self, done, status, words):
        self.assertEqual(done.returncode, 0, done.stderr)
        head, _, body = done.stdout.partition("\n\n")
        self.assertRegex(head, rf"^HTTP/\S+ {status}")
        self.assertIn("text/html", head.lower())
        self.assertIn("cache-control: no-store", head.lower())
        self.assertIn(words, body)
        record = self.daemon.record()
        self.assertIn(record["id"], body)
        for detail in ("127.0.0.1", "rule", "certificate", "secret"):
            self.assertNotIn(detail, body)
        return record

    def test_unverified(self):
        self.begin(self.strange_origin())
        for version, spoken in (("--http1.1", "1.1"), ("--http2", "2")):
            with self.subTest(version):
                record = self.check_page(self.curl(version), 502, "could not prove")
                self.assertEqual((record["end"]["by"], record["end"]["how"], record["end"]["step"]),
                                 ("proxy", "unverified", "upstream-handshake"))
                self.assertEqual((record["http"], record["exchanges"]), ("watched", 1))
                exchange = self.daemon.exchanges(1 if spoken == "1.1" else 2)[-1]
                self.assertEqual((exchange["status"], exchange["version"], exchange["path"], exchange["id"]),
                                 (502, spoken, "/secret?x=1", record["id"]))
                self.assertEqual((exchange["end"]["by"], exchange["end"]["how"]), ("proxy", "complete"))
                self.assertIn(record["end"]["detail"], exchange["end"]["detail"])
                self.assertNotIn("upstream_version", exchange)  # nobody there was asked

    def test_head_and_post(self):
        self.begin(self.strange_origin())
        done = self.curl("--http1.1", "-I")
        self.assertTrue(done.stdout.rstrip().endswith("Connection: close"), done.stdout)
        self.daemon.record()
        self.check_page(self.curl("--http1.1", "-d", "x" * 100_000), 502, "could not prove")
        done = self.curl("--http2", "-I")
        self.assertRegex(done.stdout, "^HTTP/2 502")
        self.daemon.record()
        self.check_page(self.curl("--http2", "-d", "x" * 100_000), 502, "could not prove")

    def test_unresolved_refused_and_blocked(self):
        self.begin(self.closed_port(), "rules: [{name: no, match: {server_name: bad.test}, action: block}]")
        self.assertEqual(self.check_page(self.curl(name="none.test"), 502, "no address")["end"]["how"], "unresolved")
        self.assertEqual(self.check_page(self.curl(), 502, "does not take connections")["end"]["how"], "refused")
        record = self.check_page(self.curl(name="bad.test"), 403, "not allowed here")
        self.assertEqual((record["action"], record["end"]["how"], record["rule"]), ("block", "blocked", "no"))
        self.assertEqual(self.daemon.exchanges(3)[2]["rule"], "no")

    def test_timeout_of_the_handshake(self):
        silent = Server(lambda connection: connection.recv(100_000) and connection.recv(1))
        self.addCleanup(silent.close)
        self.begin(silent.port, "timeouts: {handshake: 300ms}")
        record = self.check_page(self.curl(), 504, "in time")
        self.assertEqual((record["end"]["how"], record["end"]["step"]), ("timeout", "upstream-handshake"))

    def test_after_connect(self):
        port = self.strange_origin()
        self.begin(port)
        done = run("curl", "-sS", "-i", "--proxy", f"http://127.0.0.1:{self.daemon.port('apps')}", "--suppress-connect-headers",
                   "--cacert", self.daemon.ca, f"https://{NAME}:{port}/")
        self.check_page(done, 502, "could not prove")

    def test_who_asks_for_nothing_has_the_deadline_of_a_head(self):
        """Not that of an idle connection."""
        self.begin(self.strange_origin(), "timeouts: {request_head: 300ms}")
        for alpn, said, told in (("h2", b"", b"timeouts.request_head"), ("h2", PREFACE, b"timeouts.request_head"),
                                 ("http/1.1", b"", b""), ("http/1.1", b"GET / HTTP/1.1\r\nHost", b"HTTP/1.1 408 ")):
            with self.subTest(alpn=alpn, said=said):
                client = self.session(alpn)
                client.sendall(said) if said else None
                back = b""
                while piece := client.recv(65536):
                    back += piece
                self.assertIn(told, back)
                record = self.daemon.record()
                self.assertEqual((record["end"]["how"], record.get("exchanges", 0)), ("unverified", 0))
                self.assertIn("timeouts.request_head", record["reason"])

    def session(self, *alpn):
        raw = socket.create_connection(("127.0.0.1", self.daemon.port("named")), timeout=20)
        self.addCleanup(raw.close)
        context = self.client_context(self.daemon)
        context.set_alpn_protocols(alpn)
        client = context.wrap_socket(raw, server_hostname=NAME)
        self.addCleanup(client.close)
        return client

    def test_without_alpn_a_request_gets_the_page_and_anything_else_the_alert(self):
        self.begin(self.strange_origin())
        client = self.session()
        client.sendall(b"GET / HTTP/1.1\r\nHost: origin.test\r\n\r\n")
        self.assertTrue(client.recv(65536).startswith(b"HTTP/1.1 502 "))
        names = client.getpeercert()["subjectAltName"]
        self.assertEqual(names, (("DNS", NAME),))  # nothing of the origin's
        for said in (b"\0\1\2\3", b""):
            with self.subTest(said), self.assertRaisesRegex(ssl.SSLError, "(?i)bad.?certificate"):
                client = self.session()
                if said:
                    client.sendall(said)
                client.recv(1)

    def test_off_by_file_and_by_rule(self):
        self.begin(self.strange_origin(), "error_page: off\nrules: [{name: pages, match: {source: 127.0.0.2}, error_page: on}, {name: rest}]")
        self.assertIn("alert", self.curl().stderr)
        self.assertNotIn("exchanges", self.daemon.record())
        done = self.curl("--interface", "127.0.0.2")
        self.check_page(done, 502, "could not prove")

    def test_never_where_it_is_passed_through_or_not_inspected(self):
        self.begin(self.closed_port(), "rules: [{name: raw, inspect: none}]")
        self.assertNotEqual(self.curl().returncode, 0)
        self.assertEqual(self.daemon.record()["end"]["how"], "refused")


if __name__ == "__main__":
    unittest.main()
