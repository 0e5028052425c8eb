"""A browser behind an explicit listener opens http://bascule.local/ and finds the certificate to trust, and how."""
import glob
import os
import re
import shutil
import unittest

from chromium import FLAGS, command
from entries import connect
from harness import Case, run
from raw import read_to_end


class OwnPage(Case):
    def setUp(self):
        super().setUp()
        self.daemon = self.start('listeners: [{name: apps, address: "127.0.0.1:0", mode: explicit}]')
        self.proxy = f"http://127.0.0.1:{self.daemon.port('apps')}"

    def get(self, path, *arguments):
        return run("curl", "-sS", "--proxy", self.proxy, f"http://bascule.local{path}", *arguments)

    def test_the_page_says_which_certificate(self):
        done = self.get("/", "-i")
        self.assertTrue(done.stdout.startswith("HTTP/1.1 200 OK"), done.stdout + done.stderr)
        self.assertIn("text/html; charset=utf-8", done.stdout)
        fingerprint = run("openssl", "x509", "-in", self.daemon.ca, "-noout", "-fingerprint", "-sha256").stdout
        self.assertIn(fingerprint.split("=")[1].strip().replace(":", "").lower(), done.stdout)
        record = self.daemon.record()
        self.assertEqual((record["target"], record["end"]["by"], record["end"]["how"]), ("bascule.local:80", "proxy", "fin"))

    def test_the_certificate_in_both_forms(self):
        with open(self.daemon.ca) as file:
            expected = file.read()
        self.assertEqual(self.get("/ca.pem").stdout, expected)
        self.get("/ca.crt", "-o", f"{self.folder}/ca.der")
        back = run("openssl", "x509", "-inform", "DER", "-in", f"{self.folder}/ca.der")
        self.assertEqual(back.stdout.split(), expected.split(), back.stderr)

    def test_nothing_else_is_there(self):
        self.assertTrue(self.get("/other", "-i").stdout.startswith("HTTP/1.1 404 "))
        self.assertEqual(self.get("/", "-I").stdout.count("HTTP/1.1 200"), 1)

    def test_over_tls_it_is_seen_by_who_trusts_the_certificate(self):
        url = "https://bascule.local/"
        done = run("curl", "-sS", "--proxy", self.proxy, "--cacert", self.daemon.ca, "-w", " %{http_code} %{http_version}", url)
        self.assertIn("The certificate is trusted", done.stdout, done.stderr)
        self.assertTrue(done.stdout.endswith(" 200 2"), done.stdout)
        record = self.daemon.record()
        self.assertEqual((record["target"], record["end"]["by"], record["end"]["how"]), ("bascule.local:443", "proxy", "fin"))
        self.assertEqual(run("curl", "-sS", "--proxy", self.proxy, url).returncode, 60)  # CURLE_PEER_FAILED_VERIFICATION
        record = self.daemon.record()
        self.assertIn("the page was not shown: the client", record["reason"])

    def test_of_a_tunnel_to_it_nothing_but_the_page_is_to_be_had(self):
        client = connect(int(self.proxy.rsplit(":", 1)[1]), "bascule.local", 443)
        client.sendall(b"GET / HTTP/1.1\r\nHost: bascule.local\r\n\r\n")
        self.assertEqual(read_to_end(client), (b"", "reset"))
        client.close()
        self.assertEqual(self.daemon.record()["end"]["by"], "client")

    def test_the_page_finds_out_whether_the_browser_trusts_it(self):
        for trusts, said in ((True, "trusts the certificate already"), (False, "does not trust the certificate yet")):
            argv, environment = command(self, self.daemon) if trusts else (
                ["chromium", *FLAGS, f"--user-data-dir={self.folder}/other", f"--proxy-server={self.proxy}"],
                {**os.environ, "HOME": f"{self.folder}/nobody"})
            done = run(*argv, "--virtual-time-budget=10000", "--dump-dom", "http://bascule.local/", timeout=90, env=environment)
            line = re.search(r'<p id="trust"[^>]*>([^<]*)</p>', done.stdout)
            self.assertIn(said, line[1] if line else done.stdout + done.stderr)

    def test_chromium_shows_it(self):
        shot = f"{self.folder}/page.png"
        argv, environment = command(self, self.daemon)
        done = run(*argv, "--window-size=390,844", "--virtual-time-budget=10000", f"--screenshot={shot}", "http://bascule.local/",
                   timeout=90, env=environment)
        self.assertTrue(os.path.exists(shot), done.stderr + str(glob.glob(f"{self.folder}/*")))
        self.assertGreater(os.path.getsize(shot), 10_000)
        if keep := os.environ.get("KEEP_SCREENSHOT"):
            shutil.copy(shot, keep)


if __name__ == "__main__":
    unittest.main()
