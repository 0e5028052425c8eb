"""In plain HTTP the Host is the server name: rules by name hold for http:// as they do for https://, however the connection
came, and no spelling of a request walks past them."""
import unittest

from entries import connect, dial, receive_all
from harness import Case, answer_http

CONFIG = """
listeners:
  - {{name: apps, address: "127.0.0.1:0", mode: explicit}}
  - {{name: fixed, address: "127.0.0.1:0", mode: forward, target: "127.0.0.1:{port}"}}
  - {{name: by-name, address: "127.0.0.1:0", mode: sni, port: {port}}}
resolver: {{hosts: "{hosts}"}}
timeouts: {{first_bytes: 200ms, peek: 2s}}
rules:
  - {{name: legacy, match: {{source: 127.0.0.2}}, action: passthrough}}
  - {{name: ads, match: {{server_name: ["*.ads.test", ads.test]}}, action: block}}
  - {{name: bank, match: {{server_name: bank.test}}, action: passthrough}}
"""


def request(host, line=b"GET / HTTP/1.1"):
    return line + b"\r\nHost: " + host + b"\r\n\r\n"


class NamesOfPlainHttp(Case):
    def setUp(self):
        super().setUp()
        self.heads = []
        self.port = self.origin(answer_http(heads=self.heads), tls=False).port
        hosts = self.hosts(**{"free.test": "127.0.0.1", "bank.test": "127.0.0.1", "x.ads.test": "127.0.0.1"})
        self.daemon = self.start(CONFIG.format(port=self.port, hosts=hosts))

    def entries(self):
        """Each way to the origin on which only the request says a name."""
        yield dial(self.daemon.port("fixed"))
        yield connect(self.daemon.port("apps"), "127.0.0.1", self.port)

    def say(self, client, octets):
        """What comes back, and the record."""
        with client:
            client.sendall(octets)
            answer = receive_all(client)
        return answer, self.daemon.record()

    def ask(self, octets):
        for client in self.entries():
            with self.subTest(octets):
                yield self.say(client, octets)

    def assert_blocked(self, octets):
        for answer, record in self.ask(octets):
            self.assertTrue(answer.startswith(b"HTTP/1.1 403 "), answer)
            self.assertIn(b"blocked by rule ads", answer)
            self.assertEqual((record["action"], record["rule"], record["end"]["how"]), ("block", "ads", "blocked"))
            self.assertEqual(record["protocol"], "http")

    def test_a_blocked_name_is_answered_with_403(self):
        self.assert_blocked(request(b"x.ads.test"))
        self.assert_blocked(request(b"X.ADS.test.:80"))
        self.assert_blocked(request(b"ads.test", b"GET http://ads.test/ HTTP/1.1"))
        self.assert_blocked(b"\r\n" + request(b"ads.test"))
        self.assertEqual(self.heads, [])

    def test_no_spelling_walks_past_a_rule(self):
        for octets in (
                request(b"ads.test", b"GET http://free.test/ HTTP/1.1"),  # servers take the one or the other
                request(b"free.test\r\nHost: ads.test"),
                b"GET / HTTP/1.1\nHost: ads.test\n\n",
                b"GET / HTTP/1.1\r\nHost : ads.test\r\n\r\n",
                b"GET / HTTP/1.1\r\nX: a\r\n Host: b\r\nHost: ads.test\r\n\r\n",
                request(b"ads.test/"), request(b"u@ads.test"), request(b"ads..test"),
                b"\r\n\r\n" + request(b"ads.test"), b"\n" + request(b"ads.test"),
                request(b"ads.test", b"GET  / HTTP/1.1"), request(b"ads.test", b"GET\t/ HTTP/1.1"),
                request(b"ads.test", b"GET / http/1.1"), request(b"ads.test", b"GET /" + b"a" * 9000 + b" HTTP/1.1"),
                b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"):
            for answer, record in self.ask(octets):
                self.assertRegex(answer, rb"^HTTP/1.1 (400|414|505) ")
                self.assertEqual((record["end"]["by"], record["end"]["how"]), ("client", "error"))
                self.assertIn("a rule asks for the name", record["end"]["detail"])
        self.assertEqual(self.heads, [])

    def test_a_head_that_does_not_end_is_no_way_past_a_rule(self):
        for client in self.entries():
            answer, record = self.say(client, b"GET / HTTP/1.1\r\nHost: ads.test\r\n")
            self.assertTrue(answer.startswith(b"HTTP/1.1 504 "), answer)
            self.assertEqual(record["end"]["how"], "timeout")
        self.assertEqual(self.heads, [])

    def test_where_a_rule_before_decides_what_cannot_be_read_passes(self):
        client = dial(self.daemon.port("fixed"), source="127.0.0.2")
        answer, record = self.say(client, b"GET / HTTP/1.1\nHost: ads.test\r\n\r\n")
        self.assertIn(b"hello from the origin", answer)
        self.assertEqual(record["rule"], "legacy")

    def test_other_names_pass_and_are_recorded(self):
        for host, name in ((b"Free.test:8080", "free.test"), (b"192.0.2.9", "192.0.2.9")):
            for answer, record in self.ask(request(host)):
                self.assertIn(b"hello from the origin", answer)
                self.assertEqual((record["server_name"], record["protocol"], record["action"]), (name, "http", "passthrough"))
                self.assertEqual(record["destination"], f"127.0.0.1:{self.port}")  # never where the Host leads
        for answer, record in self.ask(b"GET / HTTP/1.0\r\n\r\n"):
            self.assertIn(b"hello from the origin", answer)

    def test_a_head_in_pieces_and_a_large_one(self):
        large = b"GET / HTTP/1.1\r\nCookie: " + b"c" * 64 * 1024 + b"\r\nHost: free.test\r\n\r\n"
        answer, record = self.say(dial(self.daemon.port("fixed")), large)
        self.assertIn(b"hello from the origin", answer)
        self.assertEqual(record["server_name"], "free.test")
        client = dial(self.daemon.port("fixed"))
        blocked = request(b"x.ads.test")
        for octet in blocked[:-1]:
            client.sendall(bytes([octet]))
        answer, record = self.say(client, blocked[-1:])
        self.assertTrue(answer.startswith(b"HTTP/1.1 403 "))
        self.assertEqual(record["rule"], "ads")

    def test_nothing_vouches_for_a_name_in_plain_http(self):
        for answer, record in self.ask(request(b"bank.test")):
            self.assertIn(b"hello from the origin", answer)
            self.assertEqual(record["rule"], "bank")
            self.assertIn("nothing vouches for a name in plain HTTP", record["reason"])

    def test_an_sni_listener_follows_the_host(self):
        answer, record = self.say(dial(self.daemon.port("by-name")), request(b"free.test"))
        self.assertIn(b"hello from the origin", answer)
        self.assertEqual((record["target"], record["server_name"]), (f"free.test:{self.port}", "free.test"))
        answer, record = self.say(dial(self.daemon.port("by-name")), request(b"x.ads.test"))
        self.assertTrue(answer.startswith(b"HTTP/1.1 403 "))
        self.assertEqual(record["rule"], "ads")


if __name__ == "__main__":
    unittest.main()
