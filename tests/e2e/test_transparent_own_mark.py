"""With upstream.mark, the daemon on the client's own host is not redirected into itself."""
import unittest

from netns import FAMILIES, ORIGIN, NetworkCase

MARK = 0x62617363


class TransparentOwnMark(NetworkCase):
    def test_marked_connections_go_out(self):
        self.authority.leaf("origin.test")
        daemon = self.start_gateway(where=self.client, upstream=f", mark: {MARK}")
        self.client.nft(f"""table inet test {{
 chain own_to_proxy {{
  type nat hook output priority dstnat
  meta mark {MARK} counter accept
  fib daddr type local accept
  meta l4proto tcp redirect to :{daemon.port("gateway")}
 }}
}}""")
        origin = self.far_origin()
        for family, index in FAMILIES.items():
            with self.subTest(family):
                done = self.curl(daemon, family, origin.port)
                self.assertEqual(done.stdout, "hello from the origin\n", done.stderr)
                record = daemon.record()
                self.assertEqual(record["action"], "intercept")
                self.assertIn(ORIGIN[index], record["destination"])
                self.assertEqual(record["target"], record["destination"])
        self.assertEqual(origin.accepted, 2)
        self.assertTrue(daemon.no_more_records())


if __name__ == "__main__":
    unittest.main()
