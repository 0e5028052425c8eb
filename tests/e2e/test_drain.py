"""SIGTERM ends idle connections in order at once, lets a transfer finish, and exits with 0; the second one does not wait."""
import signal
import threading
import time
import unittest

from harness import Case, server_context, until
from raw import Secured, dial, read_to_end, secure, tunnel

CONFIG = """
listeners: [{name: apps, address: "127.0.0.1:0", mode: explicit}]
upstream: {trust: [origin-ca.pem]}
timeouts: {drain: %s}
cancellation: {shutdown: %s}
"""


class Drain(Case):
    def begin(self, handler, drain="20s", shutdown="drain"):
        context = server_context(self.authority.leaf("localhost"))
        origin = self.origin(lambda raw: handler(Secured(raw, context)), tls=False)
        self.daemon = self.start(CONFIG % (drain, shutdown))
        return secure(tunnel(self.daemon.port("apps"), f"localhost:{origin.port}"), self.client_context(self.daemon), "localhost")

    def exits_with_0(self):
        self.assertEqual(self.daemon.process.wait(15), 0)
        self.assertEqual(self.daemon.event("stopped")["event"], "stopped")

    def check(self, how):
        self.assertEqual(self.daemon.record()["end"]["how"], how)
        self.assertTrue(self.daemon.no_more_records())

    def test_an_idle_connection_ends_in_order_on_both_sides(self):
        seen = []
        client = self.begin(lambda origin: (origin.sendall(b"x"), seen.append(read_to_end(origin)[1])))
        self.assertEqual(client.recv(1), b"x")
        began = time.monotonic()
        self.daemon.signal(signal.SIGTERM)
        self.assertEqual(read_to_end(client), (b"", "close_notify"))
        client.close()
        self.exits_with_0()
        self.assertLess(time.monotonic() - began, 5)
        self.assertEqual(seen, ["close_notify"])
        self.check("drain")

    def test_a_transfer_is_finished_and_nobody_new_is_taken(self):
        go, sent = threading.Event(), []

        def send(origin, size):
            origin.sendall(b"c" * size)
            sent.append(size)

        def download(origin):
            send(origin, 1_000_000)
            while not go.wait(0.1):
                send(origin, 1)  # it is never idle
            send(origin, 1_000_000)
            origin.close_notify()

        client = self.begin(download)
        data = client.recv(1)
        self.daemon.signal(signal.SIGTERM)
        until(lambda: self.is_refused(self.daemon.port("apps")), "the listener is closed")
        go.set()
        rest, how = read_to_end(client)
        client.close_notify()
        client.close()
        self.assertEqual((len(data + rest), how), (sum(sent), "close_notify"))
        self.exits_with_0()
        record = self.daemon.record()
        while "target" not in record:  # of one that only knocked
            record = self.daemon.record()
        self.assertEqual((record["end"]["by"], record["end"]["how"]), ("upstream", "close_notify"))

    @staticmethod
    def is_refused(port):
        try:
            dial(port).close()
        except OSError:
            return True
        return False

    def busy(self, origin):
        try:
            while True:
                origin.sendall(b"tick")
                origin.recv(4)
        except OSError:
            pass

    def talk(self, client):
        """Answers every tick, until the end."""
        try:
            while client.recv(4):
                client.sendall(b"tock")
        except OSError:
            pass

    def test_a_connection_that_never_rests_ends_when_the_time_is_up(self):
        client = self.begin(self.busy, drain="1500ms")
        began = time.monotonic()
        self.daemon.signal(signal.SIGTERM)
        self.talk(client)
        self.exits_with_0()
        self.assertGreater(time.monotonic() - began, 1.4)
        self.check("drain")

    def test_the_second_signal_does_not_wait(self):
        client = self.begin(self.busy, drain="60s")
        talker = threading.Thread(target=self.talk, args=(client,))
        talker.start()
        began = time.monotonic()
        self.daemon.signal(signal.SIGTERM)
        self.daemon.event("stopping")
        self.daemon.signal(signal.SIGTERM)
        self.exits_with_0()
        self.assertLess(time.monotonic() - began, 5)
        talker.join()
        self.check("drain")

    def test_shutdown_now_does_not_wait_at_all(self):
        client = self.begin(self.busy, drain="60s", shutdown="now")
        talker = threading.Thread(target=self.talk, args=(client,))
        talker.start()
        self.daemon.signal(signal.SIGINT)
        self.exits_with_0()
        talker.join()
        self.check("drain")


if __name__ == "__main__":
    unittest.main()
