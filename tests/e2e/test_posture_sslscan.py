"""B14: sslscan finds what a careful server has, and nothing else."""
import re
import unittest

from harness import run
from scanners import NAME, ScannerCase


class Sslscan(ScannerCase):
    def test_all_of_it(self):
        self.begin()
        said = run("sslscan", "--no-colour", f"--sni-name={NAME}", f"127.0.0.1:{self.port}", timeout=100).stdout
        versions = dict(re.findall(r"^(SSLv2|SSLv3|TLSv1\.\d) +(enabled|disabled)$", said, re.M))
        self.assertEqual({version for version, state in versions.items() if state == "enabled"}, {"TLSv1.2", "TLSv1.3"}, said)
        self.assertEqual(len(versions), 6)
        self.assertIn("Server supports TLS Fallback SCSV", said)
        self.assertEqual(set(re.findall(r"^(TLSv1\.\d) (.*)vulnerable to heartbleed$", said, re.M)),
                         {("TLSv1.3", "not "), ("TLSv1.2", "not ")})
        suites = re.findall(r"^(?:Preferred|Accepted) +(TLSv1\.\d) +(\d+) bits +(\S+)", said, re.M)
        self.assertGreaterEqual(len(suites), 5, said)
        for version, bits, name in suites:
            self.assertRegex(name, r"^TLS_" if version == "TLSv1.3" else r"^ECDHE-.*(GCM|POLY1305)", said)
            self.assertGreaterEqual(int(bits), 128)


if __name__ == "__main__":
    unittest.main()
