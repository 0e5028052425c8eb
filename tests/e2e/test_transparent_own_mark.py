"""With upstream.mark, the daemon on the client's own host is not redirected into itself (the recipe in gateway.nft)."""
import os
import re
import unittest

from netns import FAMILIES, ORIGIN, NetworkCase

RECIPE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../examples/gateway.nft")


def recipe_for_own_traffic():
    """gateway.nft with the lines for the machine's own traffic taken in; without a user of the daemon's own."""
    with open(RECIPE) as file:
        text = file.read()
    chain = re.search(r"    # chain own_to_proxy \{\n(    # .*\n)*?    # \}\n", text).group()
    taken_in = chain.replace("    # ", "    ").replace('        meta skuid "bascule" accept\n', "")
    assert "skuid" not in taken_in, taken_in
    return text.replace(chain, taken_in), int(re.search(r"own_mark = (\w+)", text).group(1), 16)


class TransparentOwnMark(NetworkCase):
    def test_marked_connections_go_out(self):
        ruleset, mark = recipe_for_own_traffic()
        origin = self.far_origin(port=443)
        daemon = self.start_gateway(where=self.client, upstream=f", mark: {mark}", port=8443)
        self.client.nft(ruleset)
        for family, index in FAMILIES.items():
            with self.subTest(family):
                done = self.curl(daemon, family, 443)
                self.assertEqual(done.stdout, "hello from the origin\n", done.stderr)
                record = daemon.record()
                self.assertEqual(record["action"], "intercept")
                self.assertIn(ORIGIN[index], record["destination"])
                self.assertEqual(record["target"], record["destination"])
        self.assertEqual(origin.accepted, 2)
        self.assertTrue(daemon.no_more_records())


if __name__ == "__main__":
    unittest.main()
