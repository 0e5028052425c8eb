"""Where HTTP is inspected the content log has messages: heads as sent, contents decoded and cut at a bound."""
import gzip
import json
import os
import socket
import unittest

from harness import Case, read_head, run, until
from programs import nginx

NAME = "origin.test"
JSON = b'{"items":[1,2.50,"\\u00e9"],"next":null}'


class Content(Case):
    def serve(self, log, handler, alpn=("http/1.1",)):
        self.authority  # noqa: B018: its file is in the configuration
        self.server = self.origin(handler, names=(NAME,), alpn=alpn)
        self.start_logging(log)

    def start_logging(self, log):
        self.daemon = self.start(f"""
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}]
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {self.hosts(**{NAME: "127.0.0.1"})}}}
rules: [{{name: all, log: {log}}}]
""")

    def curl(self, *arguments):
        done = run("curl", "-sS", "--http1.1", "--proxy", f"http://127.0.0.1:{self.daemon.port('apps')}",
                   "--cacert", self.daemon.ca, *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def url(self, path="/"):
        return f"https://{NAME}:{self.server.port}{path}"

    def file(self, name, complete):
        """The text of a file that is written behind the connection's back."""
        path = os.path.join(self.daemon.folder, name)

        def whole():
            if not os.path.exists(path):
                return None
            with open(path, "rb") as file:
                data = file.read().decode()
            return data if complete(data) else None

        return until(whole, f"all of {name}")

    def messages(self, name, count):
        def parsed(data):
            lines = [json.loads(line) for line in data.splitlines()]
            return [line for line in lines if line["event"] == "message"]

        return parsed(self.file(name, lambda data: data.endswith("\n") and len(parsed(data)) == count))

    @staticmethod
    def answering(*answers):
        def handler(connection):
            for answer in answers:
                read_head(connection)
                connection.sendall(answer)
            connection.recv(1)

        return handler

    @staticmethod
    def answer(content, *fields):
        head = ["HTTP/1.1 200 OK", f"Content-Length: {len(content)}", *fields, "", ""]
        return "\r\n".join(head).encode() + content

    def test_text_is_for_people(self):
        packed = gzip.compress(JSON)
        self.serve("{content: {file: content.log}}",
                   self.answering(self.answer(packed, "Content-Type: application/json", "Content-Encoding: gzip")))
        self.curl("-d", "name=Ada+L&x=%3C1%3E", self.url("/a?b=c"))
        text = self.file("content.log", lambda data: "end" in data.splitlines()[-1] if data else False)
        self.assertIn("> POST /a?b=c HTTP/1.1\n", text)
        self.assertIn(f"> Host: {NAME}:{self.server.port}\n", text)
        self.assertIn("> name = Ada L\n> x = <1>\n", text)
        self.assertIn("< HTTP/1.1 200 OK\n", text)
        self.assertIn("< Content-Encoding: gzip\n", text)
        self.assertIn('<   "items": [\n', text)
        self.assertIn("2.50", text)
        record = self.daemon.exchanges(1)[0]
        self.assertEqual(record["response"]["decoded_bytes"], len(JSON))
        self.assertEqual(record["response"]["body_bytes"], len(packed))
        self.assertNotIn("decoded_bytes", record["request"])
        self.assertIn(record["id"], text)

    def test_ndjson_is_exact_and_cut_at_the_bound(self):
        binary = bytes(range(256)) * 10
        self.serve('{content: {file: "{id}.ndjson", format: ndjson, body: 1KiB}}',
                   self.answering(self.answer(binary, "X-Odd: a", "x-odd: b"), self.answer(b"two")))
        self.curl(self.url("/1"), "-o", "/dev/null", "--next", "-sS", "--http1.1", "--proxy",
                  f"http://127.0.0.1:{self.daemon.port('apps')}", "--cacert", self.daemon.ca, self.url("/2"))
        connection = self.daemon.record()["id"]
        one, answer, two, other = self.messages(f"{connection}.ndjson", 4)
        self.assertEqual((one["direction"], one["exchange"], one["method"], one["path"]), ("up", 1, "GET", "/1"))
        self.assertEqual((answer["direction"], answer["exchange"], answer["status"]), ("down", 1, 200))
        self.assertEqual(answer["headers"], [["Content-Length", "2560"], ["X-Odd", "a"], ["x-odd", "b"]])
        self.assertEqual((answer["body_bytes"], answer["dropped"]), (2560, 1536))
        self.assertEqual((two["path"], other["body"]), ("/2", "two"))

    def test_raw_is_octets_as_before(self):
        answer = self.answer(b"hello")
        self.serve('{content: {file: "{id}", format: raw}}', self.answering(answer))
        self.curl(self.url())
        connection = self.daemon.record()["id"]
        self.assertEqual(self.file(f"{connection}.down", lambda data: len(data) == len(answer)), answer.decode())
        self.assertNotIn("decoded_bytes", self.daemon.exchanges(1)[0]["response"])

    def test_what_is_not_http_is_octets(self):
        def handler(connection):
            connection.sendall(b"220 ready\r\n")
            connection.recv(100)
            connection.sendall(b"bye\r\n")
            connection.unwrap()

        self.serve("{content: {file: content.ndjson, format: ndjson}}", handler, alpn=())
        with socket.create_connection(("127.0.0.1", self.daemon.port("apps")), timeout=20) as raw:
            raw.sendall(f"CONNECT {NAME}:{self.server.port} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            read_head(raw)
            with self.client_context(self.daemon).wrap_socket(raw, server_hostname=NAME) as client:
                self.assertEqual(client.recv(100), b"220 ready\r\n")
                client.sendall(b"quit\r\n")
                self.assertEqual(client.recv(100), b"bye\r\n")
        text = self.file("content.ndjson", lambda data: "content_end" in data)
        pieces = [json.loads(line) for line in text.splitlines()]
        self.assertEqual([(piece["direction"], piece["data"]) for piece in pieces if "data" in piece],
                         [("down", "220 ready\r\n"), ("up", "quit\r\n"), ("down", "bye\r\n")])

    def test_streams_of_http2_are_told_apart(self):
        self.authority  # noqa: B018: its file is in the configuration
        port = nginx(self, self.authority.leaf(NAME), "LISTEN ssl http2; location / { return 200 $request_uri; }")
        self.start_logging("{content: {file: content.ndjson, format: ndjson}}")
        done = run("curl", "-sS", "--http2", "-Z", "--proxy", f"http://127.0.0.1:{self.daemon.port('apps')}", "--cacert",
                   self.daemon.ca, *(f"https://{NAME}:{port}/{i}" for i in range(5)))
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = self.messages("content.ndjson", 10)
        asked = {(line["id"], line["stream"]): line["path"] for line in lines if line["direction"] == "up"}
        told = {(line["id"], line["stream"]): line["body"] for line in lines if line["direction"] == "down"}
        self.assertEqual(asked, told)
        self.assertEqual(sorted(asked.values()), [f"/{i}" for i in range(5)])

    def test_an_answer_that_is_cut_off_says_so(self):
        def handler(connection):
            read_head(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart")
            connection.unwrap()

        self.serve("{content: {file: content.ndjson, format: ndjson}}", handler)
        run("curl", "-sS", "--http1.1", "--proxy", f"http://127.0.0.1:{self.daemon.port('apps')}", "--cacert",
            self.daemon.ca, self.url())
        request, answer = self.messages("content.ndjson", 2)
        self.assertTrue(request["whole"])
        self.assertEqual((answer["body"], answer["whole"]), ("part", False))


if __name__ == "__main__":
    unittest.main()
