"""`upstream: {legacy: true}` reaches origins of TLS 1.0 and 1.1, of RSA key exchange and CBC, and without RFC 5746; the client
sees no more than the origin gives, and the log says that it is on. Without it they are refused (A13, A14, B16)."""
import subprocess
import unittest

from harness import Case, run
from programs import gnutls_server, openssl_server

CONFIG = """
listeners: [{{name: fixed, address: "127.0.0.1:0", mode: forward, target: "origin.test:{port}"}}]
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {hosts}}}
"""
RULE = "rules: [{name: old, match: {server_name: origin.test}, upstream: {legacy: true}}]\n"
WEAK = ["-cipher", "ALL:@SECLEVEL=0"]


class Legacy(Case):
    def serve(self, *arguments):
        return openssl_server(self, self.authority.leaf("origin.test", rsa=True), "-www", *arguments)[1]

    def ask(self, port, legacy=True, client=WEAK):
        daemon = self.start(CONFIG.format(port=port, hosts=self.hosts(**{"origin.test": "127.0.0.1"})) + (RULE if legacy else ""))
        seen = run("openssl", "s_client", "-connect", f"127.0.0.1:{daemon.port('fixed')}", "-servername", "origin.test",
                   "-CAfile", daemon.ca, "-verify_return_error", "-ign_eof", *client, input="GET / HTTP/1.0\r\n\r\n")
        return daemon, daemon.record(), seen

    def test_old_versions_are_carried_to_the_client_as_they_are(self):
        for option, version in (("-tls1", "TLSv1"), ("-tls1_1", "TLSv1.1")):
            port = self.serve(option, "-cipher", "AES128-SHA:@SECLEVEL=0")
            daemon, record, seen = self.ask(port, client=["-min_protocol", "TLSv1", *WEAK])
            self.assertIn("200 ok", seen.stdout, f"{record} {seen.stderr}")
            for leg in ("client_tls", "upstream_tls"):
                self.assertEqual((record[leg]["version"], record[leg]["cipher"]), (version, "TLS_RSA_WITH_AES_128_CBC_SHA"))
            self.assertIn("rule old", daemon.event("legacy_tls")["message"])

    def test_rsa_key_exchange_in_tls_1_2(self):
        port = self.serve("-tls1_2", "-cipher", "AES256-GCM-SHA384")
        _, record, seen = self.ask(port, client=["-cipher", "AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384"])
        self.assertIn("200 ok", seen.stdout, f"{record} {seen.stderr}")
        self.assertEqual(record["upstream_tls"]["cipher"], "TLS_RSA_WITH_AES_256_GCM_SHA384")
        self.assertEqual(record["client_tls"]["cipher"], "TLS_RSA_WITH_AES_256_GCM_SHA384")

    def test_finite_field_diffie_hellman(self):
        for arguments in (["-tls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256"], ["-tls1_2", "-cipher", "DHE-RSA-AES256-SHA:@SECLEVEL=0"],
                          ["-tls1", "-cipher", "DHE-RSA-AES256-SHA:@SECLEVEL=0"]):
            _, record, seen = self.ask(self.serve(*arguments), client=["-min_protocol", "TLSv1", *WEAK])
            self.assertIn("200 ok", seen.stdout, f"{record} {seen.stderr}")
            self.assertIn("_DHE_RSA_", record["upstream_tls"]["cipher"])
            self.assertEqual(record["client_tls"]["cipher"], record["upstream_tls"]["cipher"])

    def test_a_client_with_rare_groups_alone(self):
        for group in ("P-224", "secp256k1", "brainpoolP256r1", "brainpoolP512r1"):
            port = self.serve("-tls1_2", "-groups", "X25519:" + group)
            _, record, seen = self.ask(port, client=["-tls1_2", "-groups", group])
            self.assertIn("200 ok", seen.stdout, f"{record} {seen.stderr}")

    def test_a_client_that_wants_more_than_the_origin_gives_is_refused(self):
        port = self.serve("-tls1", "-cipher", "AES128-SHA:@SECLEVEL=0")
        _, record, seen = self.ask(port, client=["-tls1_2"])
        self.assertNotIn("200 ok", seen.stdout)
        self.assertNotIn("client_tls", record)

    def test_a_modern_origin_is_spoken_to_as_ever(self):
        _, record, seen = self.ask(self.serve(), client=[])
        self.assertIn("200 ok", seen.stdout)
        self.assertEqual(record["upstream_tls"]["version"], "TLSv1.3")

    def test_an_origin_without_secure_renegotiation(self):
        _, port = gnutls_server(self, self.authority.leaf("origin.test"), "--http", "--priority",
                                "NORMAL:-VERS-ALL:+VERS-TLS1.2:%DISABLE_SAFE_RENEGOTIATION")
        _, record, seen = self.ask(port, client=[])
        self.assertIn("upstream_tls", record, seen.stderr)
        _, record, _ = self.ask(port, legacy=False, client=[])
        self.assertEqual((record["end"]["step"], record["end"]["how"]), ("upstream-handshake", "error"))
        self.assertIn("unsafe legacy renegotiation disabled", record["end"]["detail"])

    def test_all_of_this_is_refused_without_it(self):
        for server in (["-tls1", "-cipher", "AES128-SHA:@SECLEVEL=0"], ["-tls1_1", "-cipher", "AES128-SHA:@SECLEVEL=0"],
                       ["-tls1_2", "-cipher", "AES256-GCM-SHA384"]):
            _, record, seen = self.ask(self.serve(*server), legacy=False, client=["-min_protocol", "TLSv1", *WEAK])
            self.assertNotIn("200 ok", seen.stdout, server)
            self.assertEqual(record["end"]["step"], "upstream-handshake", record)
            self.assertIn(record["end"]["how"], ("alert", "error"))
            self.assertIn("write upstream: {legacy: true} in a rule", record["end"]["detail"], server)

    def test_legacy_is_not_advised_where_it_would_not_help(self):
        port = self.serve("-tls1_1", "-cipher", "AES128-SHA:@SECLEVEL=0")
        _, record, _ = self.ask(port, legacy=False, client=["-min_protocol", "TLSv1.2"])
        self.assertIn("it speaks no version of TLS that the client offers", record["end"]["detail"])
        self.assertNotIn("legacy", record["end"]["detail"])


if __name__ == "__main__":
    unittest.main()
