"""For names with a certificate of one's own, clients see that one, with its chain; the origin is verified all the same."""
import os
import signal
import ssl
import unittest

from certificates import Maker
from entries import certificate_of, connect, get, secure, trusting_nobody
from harness import BASCULE, Case, answer_http, run
from raw import Secured, anybody, handshake_fault, tunnel

OURS, FORGED = "app.test", "other.test"


class OwnCertificates(Case):
    def setUp(self):
        super().setUp()
        self.authority
        self.maker = Maker(self.folder)
        self.root = self.maker.authority("Own Root")
        self.intermediate = self.maker.authority("Own Intermediate", self.root)
        self.own = self.maker.leaf(self.intermediate, OURS, "*.apps.test")

    def config(self, own=None, key=None, names=f'{OURS}, "*.apps.test"', upstream=""):
        certificate, own_key = (own or self.own).chain()
        names_at_home = {name: "127.0.0.1" for name in (OURS, "x.apps.test", FORGED)}
        return f"""
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}]
certificates:
  - {{server_name: [{names}], certificate: {certificate}, key: {key or own_key}}}
upstream: {{trust: [origin-ca.pem]{upstream}}}
resolver: {{hosts: {self.hosts(**names_at_home)}}}
"""

    def shown(self, name):
        """The certificate that a client sees which trusts nobody, and the record."""
        client = secure(connect(self.daemon.port("apps"), name, self.server.port), trusting_nobody(), name)
        seen = certificate_of(client)
        client.close()
        return seen, self.daemon.record()

    def test_it_is_shown_with_its_chain_for_its_names_and_forged_for_others(self):
        self.server = self.origin(answer_http(), names=(OURS, "x.apps.test", FORGED))
        self.daemon = self.start(self.config())
        for name in (OURS, "x.apps.test"):
            seen, record = self.shown(name)
            self.assertEqual(seen, self.own.pem())
            self.assertNotIn("forged_serial", record["certificate"])
            self.assertEqual(record["certificate"]["verify"], "ok")
        seen, record = self.shown(FORGED)
        self.assertNotEqual(seen, self.own.pem())
        self.assertIn("forged_serial", record["certificate"])

        only_root = ssl.create_default_context(cafile=self.root.certificate)
        self.assertIn("hello", get(secure(connect(self.daemon.port("apps"), OURS, self.server.port), only_root, OURS), OURS))

    def test_the_origin_is_verified_first(self):
        self.server = self.origin(leaf=self.maker.leaf(self.maker.authority("Rogue"), OURS).chain())
        self.daemon = self.start(self.config())
        client = tunnel(self.daemon.port("apps"), f"{OURS}:{self.server.port}")
        self.assertEqual(handshake_fault(client, anybody(), OURS), "alert unknown_ca")
        self.assertEqual(self.daemon.record()["end"]["how"], "unverified")

    def test_it_does_not_hide_a_fault_that_is_to_be_shown(self):
        self.server = self.origin(leaf=self.maker.leaf(self.maker.authority("Rogue"), OURS).chain())
        self.daemon = self.start(self.config(upstream=", verify: mirror"))
        seen, record = self.shown(OURS)
        self.assertNotEqual(seen, self.own.pem())
        self.assertIn("is not trusted", run("openssl", "x509", "-noout", "-issuer", input=seen).stdout)

    def test_one_that_has_expired_is_shown_with_a_warning(self):
        expired = self.maker.leaf(self.root, OURS, end="20240201000000Z")
        self.server = self.origin(names=(OURS,))
        self.daemon = self.start(self.config(expired))
        warning = self.daemon.event("configuration")
        self.assertEqual(warning["level"], "warning")
        self.assertRegex(warning["message"], rf"bascule\.yaml:5:\d+: certificates\[0\]\.certificate: {expired.certificate}.*: "
                                             r"CN=app\.test expired 2024-02-01; renew it")
        self.assertEqual(self.shown(OURS)[0], expired.pem())

    def test_a_reload_takes_a_renewed_one(self):
        self.server = self.origin(names=(OURS,))
        self.daemon = self.start(self.config())
        self.assertEqual(self.shown(OURS)[0], self.own.pem())
        renewed = self.maker.leaf(self.intermediate, OURS)
        with open(self.own.chain()[0], "w") as file:
            file.write(renewed.pem() + self.intermediate.pem())
        self.daemon.signal(signal.SIGHUP)
        self.daemon.event("reloaded")
        self.assertEqual(self.shown(OURS)[0], renewed.pem())

    def test_a_client_that_refuses_it_is_not_told_to_trust_our_ca(self):
        self.server = self.origin(names=(OURS,))
        self.daemon = self.start(self.config())
        with tunnel(self.daemon.port("apps"), f"{OURS}:{self.server.port}") as client:
            with self.assertRaises(ssl.SSLCertVerificationError):
                Secured(client, ssl.create_default_context(cafile=self.daemon.ca), OURS)
        self.assertRegex(self.daemon.record()["end"]["detail"],
                         r"^the client refused our certificate for app\.test \(alert unknown_ca\): it is one of one's own "
                         r"\(certificates\), and not forged$")

    def refused(self, config):
        with open(f"{self.folder}/check.yaml", "w") as file:
            file.write("ca: {certificate: ca.crt, key: ca.key}\n" + config)
        run(BASCULE, "ca", "create", "--directory", self.folder)
        done = run(BASCULE, "check", "--config", f"{self.folder}/check.yaml")
        self.assertEqual(done.returncode, 2, done.stderr)
        return done.stderr

    def test_mistakes_are_told_with_their_place(self):
        other = self.maker.key("RSA-2048")
        self.assertRegex(self.refused(self.config(key=other)),
                         rf"check\.yaml:5:\d+: certificates\[0\]\.key: {other}: does not belong to the first certificate in .* \(CN=app\.test\)\n$")
        self.assertRegex(self.refused(self.config(key=f"{self.folder}/none.key")),
                         r"check\.yaml:5:\d+: certificates\[0\]\.key: .*/none\.key: No such file\n$")
        weak = self.maker.leaf(self.root, OURS, key="RSA-1024")
        self.assertRegex(self.refused(self.config(weak)),
                         r"check\.yaml:5:\d+: certificates\[0\]\.certificate: .*: cannot be used \(ee key too small\)\n$")
        os.chmod(self.own.key, 0o644)
        self.assertRegex(self.refused(self.config()),
                         r"check\.yaml:5:\d+: certificates\[0\]\.key: .* is readable by others \(mode 0644\); run: chmod 600 ")


if __name__ == "__main__":
    unittest.main()
