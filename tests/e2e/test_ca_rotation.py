"""D7: a reload with a new CA switches leaves at once, while connections of the old one go on and new ones never fail."""
import os
import signal
import ssl
import threading
import unittest

from harness import BASCULE, Case, run, until
from raw import read_status, request_tunnel

CONFIG = """
listeners: [{name: apps, address: "127.0.0.1:0", mode: explicit}]
upstream: {trust: [origin-ca.pem]}
workers: 2
"""
CLIENTS = 4


def echo(connection):
    while data := connection.recv(65536):
        connection.sendall(data)


class CaRotation(Case):
    def setUp(self):
        super().setUp()
        self.origin_ = self.origin(echo)
        self.daemon = self.start(CONFIG)
        run(BASCULE, "ca", "create", "--directory", f"{self.folder}/new", "--name", "Next CA")
        self.both = ssl.create_default_context(cafile=self.daemon.ca)
        self.both.load_verify_locations(f"{self.folder}/new/ca.crt")

    def connect(self):
        tunnel = request_tunnel(self.daemon.port("apps"), f"127.0.0.1:{self.origin_.port}")
        self.assertEqual(read_status(tunnel)[0], 200)
        client = self.both.wrap_socket(tunnel, server_hostname="127.0.0.1")
        issuer = dict(field for part in client.getpeercert()["issuer"] for field in part)["commonName"]
        return client, issuer

    def say(self, client, words):
        client.sendall(words)
        self.assertEqual(client.recv(100), words)

    def switch(self):
        for file in ("ca.crt", "ca.key"):
            os.replace(f"{self.folder}/new/{file}", f"{self.folder}/{file}")
        self.daemon.signal(signal.SIGHUP)
        self.daemon.event("reloaded")

    def test_connections_go_on_and_new_ones_have_the_new_ca(self):
        before, issuer = self.connect()
        self.assertEqual(issuer, "Bascule CA")
        self.switch()
        self.say(before, b"still here")
        after, issuer = self.connect()
        self.assertEqual(issuer, "Next CA")
        self.say(after, b"new here")
        for client in (before, after):
            client.close()

    def test_under_load_no_connection_fails(self):
        stop, issuers, faults = threading.Event(), [], []

        def client():
            try:
                while not stop.is_set():
                    connection, issuer = self.connect()
                    self.say(connection, b"load")
                    connection.close()
                    issuers.append(issuer)
            except Exception as fault:  # whatever it is, it must reach the assertion
                faults.append(fault)

        clients = [threading.Thread(target=client) for _ in range(CLIENTS)]
        for one in clients:
            one.start()
        until(lambda: len(issuers) > 20 or faults, "connections under the first CA")
        self.switch()
        until(lambda: issuers[-20:].count("Next CA") == 20 or faults, "connections under the second CA")
        stop.set()
        for one in clients:
            one.join()
        self.assertEqual(faults, [])
        self.assertEqual(set(issuers), {"Bascule CA", "Next CA"})


if __name__ == "__main__":
    unittest.main()
