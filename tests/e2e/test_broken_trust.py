"""A20: with a trust bundle that is missing, empty or broken the daemon does not start, and says which file, and where it is
named."""
import os
import unittest

from harness import BASCULE, Case, run

CONFIG = """ca: {certificate: ca.crt, key: ca.key}
listeners: [{name: apps, address: "127.0.0.1:0", mode: explicit}]
upstream:
  trust: [roots.pem]
"""


class Trust(Case):
    def assert_refused(self, roots, reason):
        if roots is not None:
            with open(f"{self.folder}/roots.pem", "w") as file:
                file.write(roots)
        if not os.path.exists(f"{self.folder}/ca.crt"):
            self.assertEqual(run(BASCULE, "ca", "create", "--directory", self.folder).returncode, 0)
        config = f"{self.folder}/bascule.yaml"
        with open(config, "w") as file:
            file.write(CONFIG)
        for command in ("check", "run"):
            ended = run(BASCULE, command, "--config", config)
            self.assertEqual(ended.returncode, 2, ended.stderr)
            self.assertIn(f"{config}:4:", ended.stderr)
            self.assertIn(f"upstream.trust: {self.folder}/roots.pem: {reason}", ended.stderr)

    def test_missing(self):
        self.assert_refused(None, "No such file")

    def test_empty(self):
        self.assert_refused("", "holds no certificate in PEM form")

    def test_broken_after_a_good_one(self):
        with open(self.authority.certificate) as file:
            good = file.read()
        self.assert_refused(good + good.replace("MII", "MIX", 1), "certificate 2 is broken")


if __name__ == "__main__":
    unittest.main()
