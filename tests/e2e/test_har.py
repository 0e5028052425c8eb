"""log.har: exchanges as HAR 1.2, each with its content, in a file that is valid at every moment, also after a kill."""
import base64
import gzip
import hashlib
import json
import os
import signal
import socket
import unittest

import har
from harness import Case, read_head, run, until
from programs import nginx

NAME = "origin.test"
MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def frame(opcode, payload, mask=b""):
    head = bytes([0x80 | opcode, (0x80 if mask else 0) | len(payload)])
    if mask:
        payload = bytes(octet ^ mask[i % 4] for i, octet in enumerate(payload))
    return head + mask + payload


class Har(Case):
    def serve(self, port, **options):
        self.daemon = self.start(f"""
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}]
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {self.hosts(**{NAME: "127.0.0.1"})}}}
rules: [{{name: all, log: {{har: traffic.har}}}}]
""", **options)
        self.path = os.path.join(self.daemon.folder, "traffic.har")
        self.origin_at = f"https://{NAME}:{port}"

    def curl(self, *arguments):
        done = run("curl", "-sS", "--proxy", f"http://127.0.0.1:{self.daemon.port('apps')}", "--cacert", self.daemon.ca, *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def entries(self, count):
        def whole():
            if not os.path.exists(self.path):
                return None
            found = har.validated(self.path)["log"]["entries"]
            return found if len(found) == count else None

        return until(whole, f"{count} entries of HAR")

    def test_what_curl_did(self):
        packed = gzip.compress(b'{"a":1}')

        def handler(connection):
            read_head(connection)
            connection.sendall(b"HTTP/1.1 201 Made\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n"
                               b"Set-Cookie: s=1; Path=/; HttpOnly\r\nContent-Length: %d\r\n\r\n" % len(packed) + packed)
            connection.recv(1)

        self.serve(self.origin(handler, names=(NAME,), alpn=("http/1.1",)).port)
        self.curl("--http1.1", "-d", "x=1&y=2", "-b", "c=d", f"{self.origin_at}/a?q=1&r=%20")
        entry = self.entries(1)[0]
        request, response = entry["request"], entry["response"]
        self.assertEqual((request["method"], request["url"]), ("POST", f"{self.origin_at}/a?q=1&r=%20"))
        self.assertEqual(request["queryString"], [{"name": "q", "value": "1"}, {"name": "r", "value": " "}])
        self.assertEqual(request["postData"]["text"], "x=1&y=2")
        self.assertEqual(request["cookies"][0]["name"], "c")
        self.assertEqual((response["status"], response["statusText"]), (201, "Made"))
        self.assertEqual((response["content"]["text"], response["content"]["size"]), ('{"a":1}', 7))
        self.assertEqual(response["bodySize"], len(packed))
        self.assertTrue(response["cookies"][0]["httpOnly"])
        self.assertEqual(entry["serverIPAddress"], "127.0.0.1")
        self.assertEqual(entry["connection"], self.daemon.record()["id"])
        self.assertGreaterEqual(entry["time"], 0)

    def test_http2_and_an_answer_that_never_came(self):
        port = nginx(self, self.authority.leaf(NAME), "LISTEN ssl http2; location /gone { return 444; } "
                                                      "location / { return 200 hello; }")
        self.serve(port)
        self.assertEqual(self.curl("--http2", f"{self.origin_at}/x"), "hello")
        run("curl", "-sS", "--http1.1", "--proxy", f"http://127.0.0.1:{self.daemon.port('apps')}", "--cacert", self.daemon.ca,
            f"{self.origin_at}/gone")
        first, second = self.entries(2)
        self.assertEqual(first["response"]["content"]["text"], "hello")
        self.assertIn("2", first["request"]["httpVersion"])
        self.assertEqual(second["response"]["status"], 0)
        self.assertTrue(second["comment"])

    def test_messages_of_a_websocket(self):
        def handler(connection):
            head = read_head(connection)
            key = next(line.split(": ")[1] for line in head.split("\r\n") if line.lower().startswith("sec-websocket-key"))
            accept = base64.b64encode(hashlib.sha1(key.encode() + MAGIC).digest())
            connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                               b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n" + frame(1, b"welcome"))
            connection.recv(100)
            connection.sendall(frame(2, b"\0\xff") + frame(8, b"\x03\xe8"))
            connection.recv(100)
            connection.unwrap()

        server = self.origin(handler, names=(NAME,), alpn=("http/1.1",))
        self.serve(server.port)
        with socket.create_connection(("127.0.0.1", self.daemon.port("apps")), timeout=20) as raw:
            raw.sendall(f"CONNECT {NAME}:{server.port} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            read_head(raw)
            with self.client_context(self.daemon).wrap_socket(raw, server_hostname=NAME) as client:
                client.sendall(b"GET /chat HTTP/1.1\r\nHost: " + NAME.encode() + b"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                               b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n")
                client.sendall(frame(1, b"hi there", b"abcd"))
                received = b""
                while not received.endswith(b"\x03\xe8"):
                    piece = client.recv(100)
                    self.assertTrue(piece, received)
                    received += piece
                client.sendall(frame(8, b"\x03\xe8", b"abcd"))
                self.assertEqual(client.recv(100), b"")
        entry = self.entries(1)[0]
        self.assertEqual(entry["response"]["status"], 101)
        self.assertEqual([(message["type"], message["opcode"], message["data"]) for message in entry["_webSocketMessages"]
                          if message["opcode"] != 8],
                         [("receive", 1, "welcome"), ("send", 1, "hi there"),
                          ("receive", 2, base64.b64encode(b"\0\xff").decode())])

    def test_valid_after_a_kill_and_continued(self):
        port = nginx(self, self.authority.leaf(NAME), "LISTEN ssl; location / { return 200 hello; }")
        self.serve(port)
        self.curl("--http1.1", *(f"{self.origin_at}/{i}" for i in range(50)))
        self.entries(50)
        self.daemon.process.send_signal(signal.SIGKILL)
        self.daemon.process.wait()
        self.assertEqual(len(har.validated(self.path)["log"]["entries"]), 50)
        self.daemon.finish()
        self.serve(port)  # the same file, a daemon later
        self.curl("--http1.1", f"{self.origin_at}/more")
        self.assertTrue(self.entries(51)[-1]["request"]["url"].endswith("/more"))

    def test_a_file_that_is_not_ours_is_left_alone(self):
        port = nginx(self, self.authority.leaf(NAME), "LISTEN ssl; location / { return 200 hello; }")
        path = os.path.join(self.folder, "traffic.har")
        with open(path, "w") as file:
            file.write("notes\n")
        self.serve(port)
        self.curl("--http1.1", f"{self.origin_at}/x")
        event = self.daemon.event("har")
        self.assertIn("traffic.har", event["message"])
        with open(path) as file:
            self.assertEqual(file.read(), "notes\n")


if __name__ == "__main__":
    unittest.main()
