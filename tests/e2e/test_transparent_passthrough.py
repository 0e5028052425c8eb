"""Redirected and passed through: the client sees the origin's own certificate, whichever way it was redirected."""
import unittest

from netns import FAMILIES, NetworkCase, redirect, tproxy, tproxy_routes

RULES = 'rules: [{name: ours, match: {server_name: origin.test}, action: passthrough}]'


class TransparentPassthrough(NetworkCase):
    def assert_passed_through(self, daemon):
        origin = self.far_origin()
        for family in FAMILIES:
            with self.subTest(family):
                refused = self.curl(daemon, family, origin.port)
                self.assertEqual(refused.returncode, 60, refused.stderr)  # curl: not signed by our CA
                self.assert_meant(daemon.record(), family, origin.port)
                done = self.curl(daemon, family, origin.port, "--cacert", self.authority.certificate)
                self.assertEqual(done.stdout, "hello from the origin\n", done.stderr)
                record = daemon.record()
                self.assert_meant(record, family, origin.port)
                self.assertEqual((record["action"], record["rule"], record["protocol"]), ("passthrough", "ours", "tls"))

    def test_by_redirect(self):
        self.authority.leaf("origin.test")
        daemon = self.start_gateway(RULES)
        self.gateway.nft(redirect(daemon.port("gateway")))
        self.assert_passed_through(daemon)

    def test_by_tproxy(self):
        self.authority.leaf("origin.test")
        daemon = self.start_gateway(RULES)
        tproxy_routes(self.gateway)
        self.gateway.nft(tproxy(daemon.port("gateway")))
        self.assert_passed_through(daemon)


if __name__ == "__main__":
    unittest.main()
