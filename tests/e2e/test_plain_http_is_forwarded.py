"""An absolute-form request goes to the host that it names, in the form that an origin expects."""
import unittest

from entries import dial, receive_all, receive_until
from harness import Case, answer_http, run


class PlainHttp(Case):
    def setUp(self):
        super().setUp()
        self.heads = []
        self.first = self.origin(answer_http(b"first\n", self.heads), tls=False)
        self.daemon = self.start(f"""
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}]
resolver: {{hosts: {self.hosts(**{"one.test": "127.0.0.1"})}}}
""")
        self.port = self.daemon.port("apps")

    def test_curl_gets_the_page_and_the_origin_an_origin_form_request(self):
        done = run("curl", "-sS", "--proxy", f"http://127.0.0.1:{self.port}", "-H", "X-Kept: yes", "-H", "Connection: X-Hop",
                   "-H", "X-Hop: 1", f"http://one.test:{self.first.port}/a?b=c")
        self.assertEqual(done.stdout, "first\n", done.stderr)
        lines = self.heads[0].split("\r\n")
        self.assertEqual(lines[0], "GET /a?b=c HTTP/1.1")
        self.assertIn(f"Host: one.test:{self.first.port}", lines)
        self.assertIn("X-Kept: yes", lines)
        self.assertFalse([line for line in lines if line.lower().startswith(("proxy-connection:", "x-hop:"))], lines)
        record = self.daemon.record()
        self.assertEqual((record["protocol"], record["action"]), ("http", "passthrough"))
        self.assertEqual(record["target"], f"one.test:{self.first.port}")

    def test_a_header_as_large_as_kerberos_makes_them_passes(self):
        ticket = "Negotiate " + "T" * 60_000
        client = dial(self.port)
        client.sendall(f"GET http://one.test:{self.first.port}/ HTTP/1.1\r\nHost: x\r\nAuthorization: {ticket}\r\n\r\n".encode())
        self.assertTrue(receive_until(client, b"first\n"))
        client.close()
        self.daemon.record()
        self.assertIn(f"Authorization: {ticket}", self.heads[0].split("\r\n"))

    def test_malformed_chunks_are_told(self):
        origin = self.origin(receive_all, tls=False)
        client = dial(self.port)
        client.sendall(f"POST http://one.test:{origin.port}/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
                       + b"-5\r\nhello\r\n")
        end = self.daemon.record()["end"]
        client.close()
        self.assertEqual((end["by"], end["how"], end["detail"]),
                         ("client", "error", "the chunks of the content are malformed (RFC 9112 section 7.1)"))


if __name__ == "__main__":
    unittest.main()
