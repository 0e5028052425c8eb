"""A browser behind an explicit listener opens http://bascule.local/ and finds the certificate to trust, and how."""
import glob
import os
import shutil
import unittest

from harness import Case, run


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

    @unittest.skipUnless(shutil.which("chromium"), "chromium is not here")
    def test_chromium_shows_it(self):
        shot = f"{self.folder}/page.png"
        done = run("chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={self.folder}/profile",
                   f"--proxy-server={self.proxy}", "--proxy-bypass-list=<-loopback>", "--window-size=390,844",
                   f"--screenshot={shot}", "http://bascule.local/", timeout=90)
        self.assertTrue(os.path.exists(shot), done.stderr + str(glob.glob(f"{self.folder}/*")))
        self.assertGreater(os.path.getsize(shot), 10_000)
        if keep := os.environ.get("KEEP_SCREENSHOT"):
            shutil.copy(shot, keep)


if __name__ == "__main__":
    unittest.main()
