"""Behind a gateway a rule by name stops http:// of a host as it stops https://; what passes goes to the address that the
client meant, whatever its Host says."""
import unittest

from harness import answer_http
from netns import FAMILIES, NetworkCase, redirect

RULES = "rules: [{name: ads, match: {server_name: origin.test}, action: block}]"


class TransparentNamesOfPlainHttp(NetworkCase):
    def test_block_and_pass(self):
        heads = []
        self.authority.leaf("origin.test")
        origin = self.far_origin(answer_http(heads=heads), tls=False)
        daemon = self.start_gateway(RULES)
        self.gateway.nft(redirect(daemon.port("gateway")))
        for family in FAMILIES:
            with self.subTest(family):
                done = self.curl(daemon, family, origin.port, "-w", "%{http_code}", scheme="http")
                self.assertIn("blocked by rule ads", done.stdout)
                self.assertTrue(done.stdout.endswith("403"), done.stdout)
                record = daemon.record()
                self.assertEqual((record["action"], record["server_name"]), ("block", "origin.test"))
                self.assertEqual(heads, [])

                done = self.curl(daemon, family, origin.port, "-H", "Host: nowhere.test", scheme="http")
                self.assertEqual(done.stdout, "hello from the origin\n", done.stderr)
                record = daemon.record()
                self.assert_meant(record, family, origin.port)
                self.assertEqual((record["server_name"], record["protocol"]), ("nowhere.test", "http"))
                heads.clear()


if __name__ == "__main__":
    unittest.main()
