"""The gateway recipe of the examples works as it stands: web traffic is intercepted, and QUIC is refused with an answer."""
import os
import socket
import unittest

from netns import FAMILIES, ORIGIN, NetworkCase, tproxy_routes

EXAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../examples")


class GatewayRecipe(NetworkCase):
    def assert_guards(self, recipe):
        self.far_origin(port=443)
        daemon = self.start_gateway(port=8443)
        for _ in range(2):  # loading it again replaces it
            done = self.gateway.run("nft", "-f", f"{EXAMPLES}/{recipe}")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
        for family in FAMILIES:
            done = self.curl(daemon, family, 443)
            self.assertEqual(done.stdout, "hello from the origin\n", done.stderr)
            self.assert_meant(daemon.record(), family, 443)
        self.assert_quic_refused()

    def assert_quic_refused(self):
        for kind, address in zip((socket.AF_INET, socket.AF_INET6), ORIGIN):
            with self.client.entered():
                quic = socket.socket(kind, socket.SOCK_DGRAM)
            with quic:
                quic.settimeout(10)
                quic.connect((address, 443))
                quic.send(b"initial")
                with self.assertRaises(ConnectionRefusedError):
                    quic.recv(1)
        rules = self.gateway.run("nft", "list", "chain", "inet", "bascule", "quic").stdout
        self.assertIn("counter packets 2 ", rules)  # refused here, not by the origin

    def test_redirect(self):
        self.assert_guards("gateway.nft")

    def test_tproxy(self):
        tproxy_routes(self.gateway)
        self.assert_guards("gateway-tproxy.nft")


if __name__ == "__main__":
    unittest.main()
