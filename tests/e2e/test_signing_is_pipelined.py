"""D4: hundreds of connections at once, each to a name that was never seen, are all intercepted by one signer and two workers;
none of their clients waits for another's name."""
import concurrent.futures
import unittest

from harness import Case
from raw import read_status, request_tunnel

CONFIG = """
listeners: [{name: by-name, address: "127.0.0.1:0", mode: explicit}]
upstream: {trust: [origin-ca.pem], verify: off}
resolver: {hosts: {folder}/hosts}
workers: 2
"""
NAMES = 400
AT_ONCE = 50


class SigningIsPipelined(Case):
    def test_each_of_many_new_names_gets_its_own_leaf(self):
        names = [f"host-{i}.test" for i in range(NAMES)]
        self.hosts(**{name: "127.0.0.1" for name in names})
        origin = self.origin(names=("localhost",))
        daemon = self.start(CONFIG)
        trust = self.client_context(daemon)

        def serial_of(name):
            tunnel = request_tunnel(daemon.port("by-name"), f"{name}:{origin.port}")
            self.assertEqual(read_status(tunnel)[0], 200)
            with trust.wrap_socket(tunnel, server_hostname=name) as client:
                return client.getpeercert()["serialNumber"]

        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as clients:
            serials = list(clients.map(serial_of, names))
        self.assertEqual(len(set(serials)), NAMES, "C4: a serial number of its own for each")


if __name__ == "__main__":
    unittest.main()
