"""What passes a tunnel in the clear is in the content log too; what a rule passes through is not."""
import os
import unittest

from harness import Case, until
from raw import read_to_end, tunnel

CONFIG = """
listeners: [{name: apps, address: "127.0.0.1:0", mode: explicit}]
rules: [{name: all, action: %s, log: {content: {file: "{id}.log", format: raw}}}]
"""


class PlainContent(Case):
    def begin(self, action="intercept"):
        self.server = self.origin(tls=False)
        self.daemon = self.start(CONFIG % action)
        return self.daemon.port("apps")

    def content(self, direction):
        path = f"{self.folder}/{self.daemon.record()['id']}.log.{direction}"
        until(lambda: os.path.exists(path) and os.path.getsize(path), f"content in {path}")
        with open(path, "rb") as file:
            return file.read()

    def test_bytes_in_a_tunnel(self):
        client = tunnel(self.begin(), f"127.0.0.1:{self.server.port}")
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = read_to_end(client)[0]
        client.close()
        self.assertEqual(self.content("down"), answer)

    def test_nothing_of_what_is_passed_through(self):
        client = tunnel(self.begin("passthrough"), f"127.0.0.1:{self.server.port}")
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        read_to_end(client)
        client.close()
        self.daemon.record()
        self.daemon.stop()
        self.assertEqual([name for name in os.listdir(self.folder) if ".log" in name], [])


if __name__ == "__main__":
    unittest.main()
