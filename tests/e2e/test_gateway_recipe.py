"""The gateway recipe of the examples works as it stands: web traffic is intercepted, and QUIC is refused with an answer."""
import os
import socket
import unittest

from harness import WAIT, until
from netns import FAMILIES, ORIGIN, NetworkCase, tproxy_routes

EXAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../examples")


class Unable:
    """In a namespace, without the right to take what TPROXY hands over."""

    def __init__(self, namespace):
        self.prefix = (*namespace.prefix, "setpriv", "--bounding-set=-net_admin,-net_raw")


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

    def assert_nobody_walks_around(self, daemon, origin):
        """curl fails, and the origin sees nothing."""
        before = origin.accepted
        for family in FAMILIES:
            done = self.curl(daemon, family, 443, "--max-time", "3")
            self.assertIn(done.returncode, (7, 28), (done.returncode, done.stderr))  # refused, or silence
        self.assertEqual(origin.accepted, before)

    def stopped(self, recipe):
        origin = self.far_origin(port=443)
        daemon = self.start_gateway(port=8443)
        self.assertEqual(self.gateway.run("nft", "-f", f"{EXAMPLES}/{recipe}").returncode, 0)
        done = self.curl(daemon, "IPv4", 443)
        self.assertEqual(done.stdout, "hello from the origin\n", done.stderr)
        self.assertEqual(daemon.stop(), 0)
        self.assert_nobody_walks_around(daemon, origin)

    def test_nobody_walks_around_a_daemon_that_is_down(self):
        self.stopped("gateway.nft")

    def test_nobody_walks_around_a_daemon_that_is_down_by_tproxy(self):
        tproxy_routes(self.gateway)
        self.stopped("gateway-tproxy.nft")

    def test_nobody_walks_around_a_daemon_that_may_not_take_it(self):
        tproxy_routes(self.gateway)
        origin = self.far_origin(port=443)
        daemon = self.start_gateway(port=8443, where=Unable(self.gateway))
        self.assertIn("CAP_NET_ADMIN", daemon.event("redirect_only")["message"])
        self.assertEqual(self.gateway.run("nft", "-f", f"{EXAMPLES}/gateway-tproxy.nft").returncode, 0)
        self.assert_nobody_walks_around(daemon, origin)

    def test_a_mark_that_cannot_be_set_is_told_at_the_start(self):
        self.authority.leaf("origin.test")
        daemon = self.start_gateway(port=8443, upstream=", mark: 1", where=Unable(self.gateway), ready=False)
        self.assertEqual(daemon.process.wait(WAIT), 2)
        until(lambda: any("upstream.mark: connections cannot be marked" in line for line in daemon.lines), "the problem")

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
