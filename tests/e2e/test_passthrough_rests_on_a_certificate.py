"""A server name is what a client says. It is let through by name only where the very address shows a certificate for the
name, else intercepted; the record says why. The origin of a client that tells the truth sees what the client sent."""
import contextlib
import os
import ssl
import unittest

from entries import connect, dial, get, secure, socks5, trusting_nobody
from harness import Authority, Case, server_context
from hello import client_hello

BANK, EVIL = "bank.test", "evil.test"
CONFIG = """
listeners:
  - {{name: apps, address: "127.0.0.1:0", mode: explicit}}
  - {{name: fixed, address: "127.0.0.1:0", mode: forward, target: "127.0.0.1:{port}"}}
  - {{name: named, address: "127.0.0.1:0", mode: forward, target: "bank.test:{port}"}}
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {hosts}}}
rules: {rules}
"""
BANKS = "[{{name: banks, match: {{server_name: {bank}}}, action: passthrough{check}}}]"


class Claims(Case):
    def begin(self, names, rules=None, check="", **options):
        self.authority
        self.server = self.origin(names=names, **options)
        rules = rules or BANKS.format(bank=BANK, check=check)
        self.daemon = self.start(CONFIG.format(port=self.server.port, rules=rules,
                                               hosts=self.hosts(**{BANK: "127.0.0.1", EVIL: "127.0.0.1"})))

    def asked(self, name, target=None, listener="apps"):
        """What a client that says `name` comes to: the record."""
        port = self.daemon.port(listener)
        connection = connect(port, target, self.server.port) if target else dial(port)
        with contextlib.suppress(OSError):
            client = secure(connection, trusting_nobody(), name)
            get(client, name or BANK)
        connection.close()
        return self.daemon.record()

    def test_a_client_that_lies_is_intercepted(self):
        """Its name is the bank's, its address the attacker's."""
        self.begin((EVIL,))
        for target, listener in (("127.0.0.1", "apps"), (None, "fixed")):
            record = self.asked(BANK, target, listener)
            self.assertEqual((record["action"], record["rule"]), ("intercept", "banks"))
            self.assertRegex(record["reason"], rf"^the rule lets through by name, but 127\.0\.0\.1:{self.server.port} did not show a "
                                               r"certificate for bank\.test \(.*evil\.test.*\)$")
            self.assertEqual(record["end"]["how"], "unverified")  # and so it comes to nothing

    def test_a_client_that_tells_the_truth_passes(self):
        self.begin((BANK,))
        for target, listener in ((BANK, "apps"), ("127.0.0.1", "apps"), (None, "fixed"), (None, "named")):
            record = self.asked(BANK, target, listener)
            self.assertEqual((record["action"], record["rule"]), ("passthrough", "banks"), record)
            self.assertNotIn("reason", record)

    def test_the_origin_is_asked_once(self):
        self.begin((BANK,))
        for _ in range(5):
            self.assertEqual(self.asked(BANK, BANK)["action"], "passthrough")
        self.assertEqual(self.server.accepted, 6)

    def test_clients_that_come_together_share_one_question(self):
        """All on one worker: the others wait for the first one's."""
        self.begin((BANK,))
        ready = [connect(self.daemon.port("apps"), BANK, self.server.port) for _ in range(8)]
        for connection in ready:
            connection.sendall(client_hello(BANK))
        for connection in ready:
            self.assertTrue(connection.recv(1))
            connection.close()
        self.assertEqual({record["action"] for record in self.daemon.records(8)}, {"passthrough"})
        self.assertLessEqual(self.server.accepted, 8 + len(os.sched_getaffinity(0)))

    def test_the_name_asked_for_must_be_the_hellos(self):
        self.begin((BANK, EVIL))
        for check in ("", ", check: name"):
            with self.subTest(check=check):
                self.begin((BANK, EVIL), check=check)
                for way in (connect, socks5):
                    client = secure(way(self.daemon.port("apps"), EVIL, self.server.port), trusting_nobody(), BANK)
                    get(client, BANK)
                    record = self.daemon.record()
                    self.assertEqual((record["action"], record["server_name"]), ("intercept", BANK))
                    self.assertEqual(record["reason"], "the rule lets through by name, but the client asked for evil.test, and its "
                                                       "ClientHello names bank.test")
                    self.assertIn("client_tls", record)

    def test_check_name_believes_the_address(self):
        self.begin((EVIL,), check=", check: name")
        for target, listener in ((BANK, "apps"), (None, "fixed")):
            self.assertEqual(self.asked(BANK, target, listener)["action"], "passthrough")
        self.assertEqual(self.server.accepted, 2)

    def test_check_none_believes_everything(self):
        self.begin((EVIL,), check=", check: none")
        self.assertEqual(self.asked(BANK, EVIL)["action"], "passthrough")
        self.assertEqual(self.server.accepted, 1)

    def test_an_untrusted_certificate_shows_nothing_whatever_verify_says(self):
        os.mkdir(f"{self.folder}/rogue")
        rogue = Authority(f"{self.folder}/rogue", "Rogue CA")
        self.begin((), check=", upstream: {verify: off}", leaf=rogue.leaf(BANK))
        record = self.asked(BANK, BANK)
        self.assertEqual(record["action"], "intercept")
        self.assertIn("Rogue CA", record["reason"])
        self.assertEqual(record["end"]["by"], "upstream")  # verify: off lets it be intercepted

    def test_an_origin_that_cannot_be_asked_is_intercepted(self):
        self.begin((), tls=False)
        record = self.asked(BANK, BANK)
        self.assertEqual((record["action"], record["end"]["step"]), ("intercept", "upstream-handshake"))
        self.assertIn(f"127.0.0.1:{self.server.port} did not show a certificate for bank.test (", record["reason"])

    def test_a_certificate_without_its_key_shows_nothing(self):
        """Anybody has the bank's certificate. One that shows it, and then refuses as if it wanted ours, has proved nothing."""
        chain, _ = self.authority.leaf(BANK)
        with open(chain) as file:
            certificate = ssl.PEM_cert_to_DER_cert(file.read().split("-----END CERTIFICATE-----")[0] + "-----END CERTIFICATE-----\n")

        def sized(octets, size):
            return len(octets).to_bytes(size, "big") + octets

        def handshake(kind, body):
            return b"\x16\x03\x03" + sized(bytes([kind]) + sized(body, 3), 2)

        def pretend(connection):
            connection.recv(65536)
            hello = b"\x03\x03" + os.urandom(32) + b"\0\xc0\x2b\0" + sized(b"\xff\x01\0\x01\0", 2)
            connection.sendall(handshake(2, hello) + handshake(11, sized(sized(certificate, 3), 3)) + b"\x15\x03\x03\0\x02\x02\x28")
            connection.recv(65536)

        self.begin((), handler=pretend, tls=False)
        record = self.asked(BANK, BANK)
        self.assertEqual(record["action"], "intercept")
        self.assertIn("did not show a certificate for bank.test (alert handshake_failure)", record["reason"])

    def test_a_rule_without_a_name_asks_nobody(self):
        self.begin((EVIL,), rules="[{name: all, action: passthrough}]")
        self.assertEqual(self.asked(BANK, EVIL)["action"], "passthrough")
        self.assertEqual(self.server.accepted, 1)

    def test_a_lie_does_not_dodge_a_rule_before_it(self):
        """Nor does saying nothing."""
        self.begin((EVIL,), rules="[{name: bad, match: {server_name: evil.test}, action: block}, {name: all, action: passthrough}]")
        for name in (BANK, None):
            record = self.asked(name, "127.0.0.1")
            self.assertEqual((record["action"], record["rule"], record["end"]["how"]), ("intercept", "all", "unverified"), record)

    def test_a_name_that_the_administrator_gave_is_no_claim(self):
        """A forward listener's target, where the client says no name."""
        self.begin((EVIL,))
        self.assertEqual(self.asked(None, listener="named")["action"], "passthrough")
        self.assertEqual(self.server.accepted, 1)

    def test_an_origin_that_wants_a_client_certificate_shows_its_own_first(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.subTest(version=version.name):
                context = server_context(self.authority.leaf(BANK), maximum=version)
                context.verify_mode = ssl.CERT_REQUIRED
                context.load_verify_locations(self.authority.certificate)
                self.begin((BANK,))
                self.server.tls = context
                client = ssl.create_default_context(cafile=self.authority.certificate)
                client.load_cert_chain(self.authority.certificate, self.authority.key)
                self.assertIn("hello", get(secure(connect(self.daemon.port("apps"), BANK, self.server.port), client, BANK), BANK))
                self.assertEqual(self.daemon.record()["action"], "passthrough")


if __name__ == "__main__":
    unittest.main()
