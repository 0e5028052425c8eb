"""The forged leaf carries the origin's names and kind of key, is never a CA, and never outlives the origin's."""
import re
import unittest
from datetime import datetime, timedelta, timezone

from entries import certificate_of, connect, secure, trusting_nobody
from harness import Case, run

NAME = "origin.test"


class Leaves(Case):
    def forged_for(self, leaf, rule=""):
        """The leaf that a client sees, as `openssl x509 -text` tells it; and its file."""
        server = self.origin(leaf=leaf)
        self.daemon = self.start(f"""
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}]
upstream: {{trust: [origin-ca.pem] {rule}}}
resolver: {{hosts: {self.hosts(**{NAME: "127.0.0.1"})}}}
""")
        client = secure(connect(self.daemon.port("apps"), NAME, server.port), trusting_nobody(), NAME)
        self.file = f"{self.folder}/seen.pem"
        with open(self.file, "w") as file:
            file.write(certificate_of(client))
        client.close()
        text = run("openssl", "x509", "-in", self.file, "-noout", "-text").stdout
        serial = re.search(r"Serial Number:\s*([0-9a-f:]+)", text)[1].replace(":", "")
        self.assertEqual(serial.lstrip("0"), self.daemon.record()["certificate"]["forged_serial"].lstrip("0"))
        self.assertNotIn("CA:TRUE", text)
        return text

    def verifies_for(self, name):
        kind = "-verify_ip" if name.replace(".", "").isdigit() else "-verify_hostname"
        done = run("openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", self.daemon.ca, kind, name, self.file)
        return done.returncode == 0

    def names_in(self, text):
        return re.search(r"Subject Alternative Name:.*\n\s*(.*)\n", text)[1]

    def test_names_are_copied(self):
        text = self.forged_for(self.authority.leaf(NAME, "*.wild.test", "192.0.2.1"))
        self.assertEqual(self.names_in(text), f"DNS:{NAME}, DNS:*.wild.test, IP Address:192.0.2.1")
        for name in (NAME, "any.wild.test", "192.0.2.1"):
            self.assertTrue(self.verifies_for(name), name)
        self.assertFalse(self.verifies_for("other.test"))

    def test_the_kind_of_key_is_mirrored(self):
        self.assertRegex(self.forged_for(self.authority.leaf(NAME, rsa=True)), r"RSA Public-Key|Public Key Algorithm: rsaEncryption")
        self.assertTrue(self.verifies_for(NAME))
        self.assertIn("Public Key Algorithm: id-ecPublicKey", self.forged_for(self.authority.leaf(NAME)))

    def not_after(self, text):
        ends = re.search(r"Not After : (.*) GMT", text)[1]
        return datetime.strptime(ends, "%b %d %H:%M:%S %Y").replace(tzinfo=timezone.utc)

    def test_it_does_not_outlive_the_origins_nor_its_own_lifetime(self):
        now = datetime.now(timezone.utc)
        self.assertLess(self.not_after(self.forged_for(self.authority.leaf(NAME, days=3))), now + timedelta(days=3, minutes=5))
        self.assertLess(self.not_after(self.forged_for(self.authority.leaf(NAME, days=400))), now + timedelta(days=31))

    def test_without_verification_the_name_asked_for_is_added(self):
        text = self.forged_for(self.authority.leaf("elsewhere.test"), ", verify: off")
        self.assertEqual(set(self.names_in(text).split(", ")), {"DNS:elsewhere.test", f"DNS:{NAME}"})
        self.assertTrue(self.verifies_for(NAME))

    def test_an_origin_that_shows_a_ca_gets_a_leaf_that_is_none(self):
        authority = self.authority
        text = self.forged_for((authority.certificate, authority.key), ", verify: off")
        self.assertNotIn("Certificate Sign", text)
        self.assertTrue(self.verifies_for(NAME))


if __name__ == "__main__":
    unittest.main()
