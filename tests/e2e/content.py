"""What the tests of the content log share: exchanges in turns, whose octets are known, through an intercepting daemon."""
import contextlib
import glob
import os
import socket
import stat

from harness import WAIT, Case, until


def read_exactly(connection, count):
    data = bytearray()
    while len(data) < count:
        piece = connection.recv(min(65536, count - len(data)))
        if not piece:
            raise ValueError(f"ended after {len(data)} of {count} octets")
        data += piece
    return bytes(data)


class ContentCase(Case):
    def start_logging(self, turns, content):
        """turns: [(up, down)...]; content: the YAML of rules[].log.content. The daemon; the origin answers in turns."""

        def answer(connection):
            for up, down in turns:
                if read_exactly(connection, len(up)) != up:
                    raise ValueError("the origin got other octets")
                connection.sendall(down)
            connection.unwrap()

        self.answering = self.origin(answer)
        return self.start(f"""
listeners: [{{name: fixed, address: "127.0.0.1:0", mode: forward, target: "localhost:{self.answering.port}"}}]
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {self.hosts(localhost="127.0.0.1")}}}
rules: [{{name: all, action: intercept, inspect: none, log: {{content: {content}}}}}]
""")

    @contextlib.contextmanager
    def connected(self, daemon):
        with socket.create_connection(("127.0.0.1", daemon.port("fixed")), timeout=WAIT) as raw:
            with self.client_context(daemon).wrap_socket(raw, server_hostname="localhost") as client:
                yield client

    def exchange(self, daemon, turns):
        """One connection; its record."""
        with self.connected(daemon) as client:
            for up, down in turns:
                client.sendall(up)
                self.assertEqual(read_exactly(client, len(down)), down)
            client.unwrap()
        record = daemon.record()
        self.assertEqual(self.answering.failures, [])
        self.assertEqual(record["bytes_up"], sum(len(up) for up, _ in turns))
        self.assertEqual(record["bytes_down"], sum(len(down) for _, down in turns))
        return record

    def content(self, name, complete=lambda data: True):
        """The octets of a content file, once they are `complete` (it is written behind the connection's back)."""
        path = f"{self.folder}/{name}"

        def read():
            if not os.path.exists(path):
                return None
            with open(path, "rb") as file:
                data = file.read()
            return (data,) if complete(data) else None

        data, = until(read, f"{name} complete; there are {glob.glob(self.folder + '/content/*')}")
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600, path)
        return data
