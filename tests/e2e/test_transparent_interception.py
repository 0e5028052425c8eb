"""Redirected by nftables, by REDIRECT or TPROXY, IPv4 or IPv6: intercepted, and recorded with the address meant."""
import unittest

from netns import FAMILIES, NetworkCase, redirect, tproxy, tproxy_routes


class TransparentInterception(NetworkCase):
    def assert_intercepted(self, daemon):
        origin = self.far_origin()
        for family in FAMILIES:
            with self.subTest(family):
                done = self.curl(daemon, family, origin.port)
                self.assertEqual(done.stdout, "hello from the origin\n", done.stderr)
                record = daemon.record()
                self.assert_meant(record, family, origin.port)
                self.assertEqual((record["action"], record["server_name"]), ("intercept", "origin.test"))

    def test_by_redirect(self):
        self.authority.leaf("origin.test")
        daemon = self.start_gateway()
        self.gateway.nft(redirect(daemon.port("gateway")))
        self.assert_intercepted(daemon)

    def test_by_tproxy(self):
        self.authority.leaf("origin.test")
        daemon = self.start_gateway()
        tproxy_routes(self.gateway)
        self.gateway.nft(tproxy(daemon.port("gateway")))
        self.assert_intercepted(daemon)


if __name__ == "__main__":
    unittest.main()
