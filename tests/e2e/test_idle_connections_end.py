"""200 idle intercepted connections are held at once; when they end, in whatever way, no descriptor is left."""
import os
import socket
import ssl
import struct
import unittest

from harness import WAIT, Case, until

COUNT = 200


class IdleConnectionsEnd(Case):
    def test_descriptors_return_to_the_baseline(self):
        origin = self.origin(lambda connection: connection.recv(1))
        daemon = self.start(f"""
listeners: [{{name: fixed, address: "127.0.0.1:0", mode: forward, target: "localhost:{origin.port}"}}]
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {self.hosts(localhost="127.0.0.1")}}}
""")
        descriptors = lambda: len(os.listdir(f"/proc/{daemon.process.pid}/fd"))
        context = self.client_context(daemon)
        context.maximum_version = ssl.TLSVersion.TLSv1_2  # of 1.3 a ticket that is not read would make each end a reset

        def connect():
            raw = socket.create_connection(("127.0.0.1", daemon.port("fixed")), timeout=WAIT)
            return context.wrap_socket(raw, server_hostname="localhost")

        before = descriptors()
        self.end(connect(), 0)  # what is opened once, is
        daemon.record()
        # The record is written just before the connection's own two descriptors are closed.
        baseline = until(lambda: descriptors() < before + 2 and descriptors(), "the first connection's descriptors to go")
        clients = [connect() for _ in range(COUNT)]
        self.assertGreaterEqual(descriptors(), baseline + 2 * COUNT)
        for number, client in enumerate(clients):
            self.end(client, number % 3)
        ways = {record["end"]["how"] for record in daemon.records(COUNT)}
        self.assertEqual(ways, {"close_notify", "truncated", "reset"})
        until(lambda: descriptors() <= baseline, f"{baseline} descriptors")
        self.assertTrue(daemon.no_more_records())

    @staticmethod
    def end(client, way):
        if way == 0:
            try:
                client.unwrap()  # in order
            except OSError:
                pass
        if way == 2:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset
        client.close()


if __name__ == "__main__":
    unittest.main()
