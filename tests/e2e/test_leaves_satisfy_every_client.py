"""Forged leaves pass OpenSSL's strict verification, GnuTLS, NSS, and the rules that public CAs are held to, whatever the
origin's certificate holds (C1 to C8)."""
import os
import re
import unittest
from datetime import datetime, timedelta

from certificates import Maker
from entries import certificate_of, connect, secure, trusting_nobody
from harness import Case, run, until

LONG = ".".join(["label-of-sixty-octets-".ljust(60, "x")] * 3) + ".test"
NAMES = ("site.test", "a.wild.test", "xn--bcher-kva.test", LONG)
ALLOWED = {"X509v3 Basic Constraints", "X509v3 Key Usage", "X509v3 Extended Key Usage", "X509v3 Subject Alternative Name",
           "X509v3 Subject Key Identifier", "X509v3 Authority Key Identifier"}
NOT_OURS_TO_SAY = {"authorityInfoAccess": "OCSP;URI:http://ocsp.test/", "crlDistributionPoints": "URI:http://crl.test/x.crl",
                   "tlsfeature": "status_request", "1.3.6.1.4.1.11129.2.4.2": "DER:04020000", "certificatePolicies": "2.23.140.1.1"}
SIZES = {"P-256": "prime256v1", "P-384": "secp384r1", "ED25519": "ED25519", "RSA-2048": "2048 bit", "RSA-3072": "3072 bit"}


class Leaves(Case):
    def setUp(self):
        super().setUp()
        self.maker = Maker(self.folder)
        self.root = self.maker.authority("Public Root")
        self.daemon = self.start(f"""
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}]
upstream: {{trust: [{self.root.certificate}], ocsp: off}}
resolver: {{hosts: {self.hosts(**{name: "127.0.0.1" for name in NAMES})}}}
""")
        self.serials = set()
        self.store = f"sql:{self.folder}/nss"
        os.mkdir(f"{self.folder}/nss")
        for command in (["-N", "--empty-password"], ["-A", "-t", "C,,", "-n", "bascule", "-i", self.daemon.ca]):
            self.assertEqual(run("certutil", "-d", self.store, *command).returncode, 0)

    def shown_by(self, server, name):
        """The leaf, and the record."""
        client = secure(connect(self.daemon.port("apps"), name, server.port), trusting_nobody(), name)
        pem = certificate_of(client)
        client.close()
        return pem, self.daemon.record()

    def check(self, leaf, name, key="P-256"):
        server = self.origin(leaf=leaf.chain())
        until(lambda: "reason" not in self.shown_by(server, name)[1], "our key is of the origin's size")
        pem, record = self.shown_by(server, name)
        self.assertEqual(record["certificate"]["verify"], "ok")
        file = f"{self.folder}/leaf.pem"
        with open(file, "w") as out:
            out.write(pem)
        self.check_libraries(file, name, key)
        self.check_rules(file, name, key)
        return pem

    def check_libraries(self, file, name, key):
        kind = "-verify_ip" if name[0].isdigit() else "-verify_hostname"
        done = run("openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-auth_level", "2", "-CAfile", self.daemon.ca, kind, name, file)
        self.assertEqual(done.returncode, 0, done.stderr)
        done = run("certtool", "--verify", "--load-ca-certificate", self.daemon.ca, "--verify-purpose", "1.3.6.1.5.5.7.3.1",
                   *([] if name[0].isdigit() else ["--verify-hostname", name]), "--infile", file)
        self.assertEqual(done.returncode, 0, done.stdout)
        if key == "ED25519":
            return  # which NSS knows in no certificate
        done = run("vfychain", "-d", self.store, "-pp", "-u", "1", "-a", file)  # usage 1: a TLS server
        self.assertIn("Chain is good!", done.stdout + done.stderr)

    def check_rules(self, file, name, key):
        text = run("openssl", "x509", "-in", file, "-noout", "-text", "-nameopt", "RFC2253").stdout
        root = run("openssl", "x509", "-in", self.daemon.ca, "-noout", "-text").stdout
        self.assertIn("Version: 3 (0x2)", text)
        serial = re.search(r"Serial Number:\s+([0-9a-f:]+)\n", text)[1].replace(":", "")
        self.assertEqual(len(serial), 32)
        self.assertIn(serial[0], "4567")  # positive, and no octet fewer
        self.assertNotIn(serial, self.serials)
        self.serials.add(serial)
        self.assertEqual(re.findall(r"Signature Algorithm: (\S+)", text), ["ecdsa-with-SHA256"] * 2)
        self.assertIn(SIZES[key], text)

        extensions = re.findall(r"^ {12}(\S.*?): *(critical)?\s*\n((?: {16}.*\n)+)", text, re.MULTILINE)
        values = {kind: value.strip() for kind, _, value in extensions}
        critical = {kind for kind, flag, _ in extensions if flag}
        self.assertEqual(set(values), ALLOWED)
        self.assertEqual(len(extensions), len(ALLOWED))
        self.assertEqual(values["X509v3 Basic Constraints"], "CA:FALSE")
        usage = "Digital Signature, Key Encipherment" if key.startswith("RSA") else "Digital Signature"
        self.assertEqual(values["X509v3 Key Usage"], usage)
        self.assertEqual(values["X509v3 Extended Key Usage"], "TLS Web Server Authentication")
        nameless = re.search(r"Subject: *\n", text) is not None
        self.assertEqual("X509v3 Subject Alternative Name" in critical, nameless)  # RFC 5280 section 4.2.1.6
        self.assertIn("X509v3 Key Usage", critical)
        of_root = re.search(r"Subject Key Identifier: *\n\s*(\S+)", root)[1]
        self.assertEqual(values["X509v3 Authority Key Identifier"].removeprefix("keyid:"), of_root)
        begin, end = (datetime.strptime(re.search(rf"{edge} *: (.*) GMT", text)[1], "%b %d %H:%M:%S %Y") for edge in ("Not Before", "Not After"))
        self.assertLessEqual(end - begin, timedelta(days=30))
        self.assertLess(begin, datetime.utcnow())

    def test_every_kind_of_key(self):
        for key in ("P-256", "P-384", "ED25519", "RSA-2048", "RSA-3072"):
            with self.subTest(key):
                usage = {} if key.startswith("RSA") else {"keyUsage": "critical,digitalSignature"}
                self.check(self.maker.leaf(self.root, "site.test", key=key, **usage), "site.test", key)

    def test_every_kind_of_name(self):
        for names, asked, subject in ((("xn--bcher-kva.test",), "xn--bcher-kva.test", None), (("127.0.0.1",), "127.0.0.1", None),
                                      (("*.wild.test",), "a.wild.test", None), ((LONG,), LONG, "/"), (("site.test",), "site.test", "/")):
            with self.subTest(asked):
                self.check(self.maker.leaf(self.root, *names, subject=subject), asked)

    def test_the_order_of_names_is_the_origins(self):
        names = ["z.test", "site.test", "192.0.2.1", "a.test", "*.m.test"]
        pem = self.check(self.maker.leaf(self.root, *names), "site.test")
        shown = run("openssl", "x509", "-noout", "-ext", "subjectAltName", input=pem).stdout
        self.assertEqual(re.findall(r"(?:DNS|IP Address):([^,\n]+)", shown), names)

    def test_what_only_the_real_issuer_can_say_is_not_repeated(self):
        self.check(self.maker.leaf(self.root, "site.test", **NOT_OURS_TO_SAY), "site.test")

    def test_two_leaves_of_one_origins_name_have_two_serials(self):
        for _ in range(3):
            self.check(self.maker.leaf(self.root, "site.test"), "site.test")
        self.assertEqual(len(self.serials), 3)


if __name__ == "__main__":
    unittest.main()
