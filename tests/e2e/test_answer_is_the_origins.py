"""The client is answered with the version, the cipher suite and the group that the origin chose."""
import ssl
import subprocess
import unittest

from harness import Case, run
from programs import openssl_server

CONFIG = """
listeners: [{{name: fixed, address: "127.0.0.1:0", mode: forward, target: "origin.test:{port}"}}]
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {hosts}}}
"""


class Answer(Case):
    def both_legs(self, server, client=(), rsa=False):
        """What each leg agreed on, as the record says it, for an `openssl s_server` with these arguments."""
        _, port = openssl_server(self, self.authority.leaf("origin.test", rsa=rsa), "-www", *server)
        daemon = self.start(CONFIG.format(port=port, hosts=self.hosts(**{"origin.test": "127.0.0.1"})))
        seen = run("openssl", "s_client", "-connect", f"127.0.0.1:{daemon.port('fixed')}", "-servername", "origin.test",
                   "-CAfile", daemon.ca, "-verify_return_error", "-ign_eof", *client, input="GET / HTTP/1.0\r\n\r\n")
        record = daemon.record()
        self.assertIn("200 ok", seen.stdout, f"{seen.stdout[-300:]} {seen.stderr} {record}")
        return record["client_tls"], record["upstream_tls"]

    def same(self, version, cipher, group, *arguments, **options):
        client, upstream = self.both_legs(*arguments, **options)
        self.assertEqual(client, upstream)
        self.assertEqual((client["version"], client["cipher"], client["group"]), (version, cipher, group))

    def test_tls_1_3(self):
        for suite in ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"):
            self.same("TLSv1.3", suite, "x25519", ["-ciphersuites", suite, "-groups", "X25519"])

    def test_a_group_that_the_client_has_no_key_share_for(self):
        self.same("TLSv1.3", "TLS_AES_256_GCM_SHA384", "secp384r1", ["-groups", "P-384"])

    def test_tls_1_2(self):
        self.same("TLSv1.2", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "secp256r1",
                  ["-tls1_2", "-groups", "P-256", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"])
        self.same("TLSv1.2", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "x25519",
                  ["-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"], rsa=True)

    def test_a_client_of_tls_1_2_speaks_it_on_both_legs(self):
        client, upstream = self.both_legs([], ["-tls1_2"])
        self.assertEqual(client, upstream)
        self.assertEqual(client["version"], "TLSv1.2")

    def test_the_clients_order_decides_where_the_origin_leaves_it_to_the_client(self):
        client, upstream = self.both_legs([], ["-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256"])
        self.assertEqual(client, upstream)
        self.assertEqual(client["cipher"], "TLS_CHACHA20_POLY1305_SHA256")

    def test_a_suite_that_no_careful_server_speaks_is_not_shown_to_the_client(self):
        client, upstream = self.both_legs(["-tls1_2", "-cipher", "ECDHE-RSA-AES128-SHA256"], rsa=True)
        self.assertEqual(upstream["cipher"], "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256")
        self.assertRegex(client["cipher"], "_GCM_|_POLY1305_")


if __name__ == "__main__":
    unittest.main()
