"""200 clients that leave at any moment: one record for each, no descriptor kept, and the daemon serves on."""
import os
import random
import unittest

from harness import Case, until
from raw import client_hello, dial, read_status, reset, tunnel

CONFIG = """
listeners:
  - {name: apps, address: "127.0.0.1:0", mode: explicit}
  - {name: by-name, address: "127.0.0.1:0", mode: sni}
upstream: {trust: [origin-ca.pem]}
timeouts: {first_bytes: 50ms}
"""
ROUNDS = 200
DESCRIPTORS = 100  # fewer than rounds: one kept per connection would be noticed


class Aborts(Case):
    def abort(self, chance, target):
        """One client that leaves at a random octet of its conversation, in order or by a reset."""
        if chance.random() < 0.2:
            client = dial(self.daemon.port("by-name"))
            words = [client_hello("nowhere.invalid"), b"GARBAGE \r\n"][chance.randrange(2)]
        else:
            client = dial(self.daemon.port("apps"))
            words = [f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode(), b"\x05\x01\x00",
                     f"GET http://{target}/ HTTP/1.1\r\nHost: {target}\r\n\r\n".encode()][chance.randrange(3)]
        try:
            client.settimeout(1)
            cut = chance.random() < 0.3
            client.sendall(words[:chance.randrange(len(words))] if cut else words)
            if words.startswith(b"CONNECT") and not cut and chance.random() < 0.8 and read_status(client)[0] == 200:
                hello = client_hello("localhost")
                if chance.random() < 0.5:
                    client.sendall(hello[:chance.randrange(len(hello))])
                else:
                    client.sendall(hello)
                    client.recv(chance.randrange(1, 4000))
        except OSError:
            pass  # the daemon may have ended it first
        reset(client) if chance.random() < 0.5 else client.close()

    def test_random_aborts(self):
        origin = self.origin()
        self.daemon = self.start(CONFIG, prefix=("prlimit", f"--nofile={DESCRIPTORS}:{DESCRIPTORS}"), log_level="debug")
        folder = f"/proc/{self.daemon.process.pid}/fd"
        visible = os.access(folder, os.R_OK)  # to root only: the daemon is not dumpable
        self.meet(origin).close()  # what is opened once is open now
        self.daemon.record()
        idle = len(os.listdir(folder)) if visible else 0
        chance = random.Random(os.environ.get("BASCULE_TEST_SEED", 20))
        for _ in range(ROUNDS):
            self.abort(chance, f"localhost:{origin.port}")
        records = self.daemon.records(ROUNDS)
        self.assertEqual(len({record["id"] for record in records}), ROUNDS)
        for record in records:
            self.assertEqual(set(record["end"]) - {"detail"}, {"by", "how", "step"})
        self.assertFalse([event for event in self.daemon.events if event["event"] == "accept_paused"])
        if visible:
            until(lambda: len(os.listdir(folder)) <= idle, "all are closed")
        self.meet(origin).close()
        self.daemon.record()
        self.assertTrue(self.daemon.no_more_records())
        self.assertEqual(self.daemon.stop(), 0)

    def meet(self, origin):
        return tunnel(self.daemon.port("apps"), f"localhost:{origin.port}")


if __name__ == "__main__":
    unittest.main()
