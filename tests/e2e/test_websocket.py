"""A WebSocket is upgraded over the intercepted connection, and its frames pass both ways as they are."""
import base64
import hashlib
import os
import unittest

from entries import connect, dial, receive, receive_until, secure
from harness import Case

NAME = "origin.test"


def accept_key(key):
    return base64.b64encode(hashlib.sha1(key.encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()).decode()


def frame(opcode, payload, mask=None):
    """RFC 6455 section 5.2; payloads below 64 KiB."""
    size = len(payload)
    head = bytes([0x80 | opcode, (0x80 if mask else 0) | min(size, 126)]) + (size.to_bytes(2, "big") if size >= 126 else b"")
    if mask:
        payload = bytes(octet ^ mask[i % 4] for i, octet in enumerate(payload))
    return head + (mask or b"") + payload


def read_frame(connection):
    first, second = receive(connection, 2)
    size = second & 0x7f
    if size == 126:
        size = int.from_bytes(receive(connection, 2), "big")
    mask = receive(connection, 4) if second & 0x80 else bytes(4)
    return first & 0xf, bytes(octet ^ mask[i % 4] for i, octet in enumerate(receive(connection, size)))


def echo(connection):
    head = receive_until(connection, b"\r\n\r\n").decode()
    key = next(line.split(": ")[1] for line in head.split("\r\n") if line.startswith("Sec-WebSocket-Key"))
    connection.sendall(f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                       f"Sec-WebSocket-Accept: {accept_key(key)}\r\n\r\n".encode())
    while True:
        opcode, payload = read_frame(connection)
        connection.sendall(frame(opcode, payload))
        if opcode == 8:
            return


class WebSocket(Case):
    def test_frames_pass_both_ways(self):
        origin = self.origin(echo, alpn=["http/1.1"])
        daemon = self.start(f"""
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}]
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {self.hosts(**{NAME: "127.0.0.1"})}}}
""")
        client = secure(connect(daemon.port("apps"), NAME, origin.port), self.client_context(daemon), NAME, ["http/1.1"])
        key = base64.b64encode(os.urandom(16)).decode()
        client.sendall(f"GET /chat HTTP/1.1\r\nHost: {NAME}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                       f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
        head = receive_until(client, b"\r\n\r\n").decode()
        self.assertTrue(head.startswith("HTTP/1.1 101 "), head)
        self.assertIn(accept_key(key), head)
        messages = [(1, b"hello"), (9, b"ping"), (2, os.urandom(60000)), (1, b""), (8, b"\x03\xe8")]
        for opcode, payload in messages:
            client.sendall(frame(opcode, payload, os.urandom(4)))
            self.assertEqual(read_frame(client), (opcode, payload))
        client.close()
        record = daemon.record()
        self.assertEqual((record["action"], record["alpn"]), ("intercept", "http/1.1"))
        exchange, = daemon.exchanges(1)
        self.assertEqual((exchange["status"], exchange["end"]["how"]), (101, "complete"))
        socket = daemon.event("websocket")
        self.assertEqual((socket["id"], socket["exchange"], socket["scheme"], socket["path"]), (record["id"], 1, "wss", "/chat"))
        self.assertEqual((socket["messages_up"], socket["messages_down"]), (3, 3))
        self.assertEqual((socket["bytes_up"], socket["bytes_down"]), (60005, 60005))
        self.assertEqual((socket["close_code"], socket["end"]["how"]), (1000, "complete"))


    def test_in_the_clear_messages_are_counted_too(self):
        origin = self.origin(echo, tls=False)
        daemon = self.start(f"""
listeners: [{{name: fixed, address: "127.0.0.1:0", mode: forward, target: "127.0.0.1:{origin.port}"}}]
""")
        client = dial(daemon.port("fixed"))
        client.sendall(b"GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                       b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n")
        receive_until(client, b"\r\n\r\n")
        for opcode, payload in ((1, b"hello"), (8, b"\x03\xe8")):
            client.sendall(frame(opcode, payload, os.urandom(4)))
            self.assertEqual(read_frame(client), (opcode, payload))
        client.close()
        socket = daemon.event("websocket")
        self.assertEqual((socket["scheme"], socket["messages_up"], socket["messages_down"], socket["bytes_up"]), ("ws", 1, 1, 5))


if __name__ == "__main__":
    unittest.main()
