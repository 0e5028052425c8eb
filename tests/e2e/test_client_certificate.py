"""An origin that asks for a client certificate is shown the one of the rule: in the handshake, by renegotiation (TLS 1.2) and
after the handshake (TLS 1.3). Other hosts are shown none, and a clear record says what was wanted (A24)."""
import unittest

from harness import BASCULE, Case, run
from programs import openssl_server
from raw import handshake_fault, secure, tunnel

CONFIG = """
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}]
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {hosts}}}
rules:
  - name: partner
    match: {{server_name: partner.test}}
    upstream: {{client_certificate: {{certificate: {certificate}, key: {key}}}}}
"""


class ClientCertificate(Case):
    def setUp(self):
        super().setUp()
        self.certificate, self.key = self.authority.leaf("our-client.test", usage="clientAuth")
        self.hosts_file = self.hosts(**{"partner.test": "127.0.0.1", "stranger.test": "127.0.0.1"})

    def serve(self, *arguments):
        leaf = self.authority.leaf("partner.test", "stranger.test")
        self.origin, port = openssl_server(self, leaf, "-CAfile", self.authority.certificate, *arguments)
        return port

    def start_daemon(self):
        self.daemon = self.start(CONFIG.format(hosts=self.hosts_file, certificate=self.certificate, key=self.key))

    def connect(self, port, name="partner.test"):
        self.start_daemon()
        return secure(tunnel(self.daemon.port("apps"), f"{name}:{port}"), self.client_context(self.daemon), name)

    def test_in_the_handshake(self):
        for version in ("-tls1_2", "-tls1_3"):
            client = self.connect(self.serve(version, "-Verify", "1", "-verify_return_error"))
            client.sendall(b"hello\n")
            self.origin.says("hello")
            self.assertRegex(self.origin.output, "CN ?= ?our-client.test")
            client.close()

    def test_its_strength_is_the_origins_to_judge(self):
        self.certificate, self.key = f"{self.folder}/weak.pem", f"{self.folder}/weak.key"
        made = run("openssl", "req", "-x509", "-newkey", "rsa:1024", "-sha1", "-nodes", "-keyout", self.key, "-out", self.certificate,
                   "-days", "10", "-subj", "/CN=old-device.test", "-addext", "extendedKeyUsage=clientAuth")
        self.assertEqual(made.returncode, 0, made.stderr)
        for version in ("-tls1_2", "-tls1_3"):
            client = self.connect(self.serve(version, "-verify", "1", "-cipher", "ALL:@SECLEVEL=0"))
            client.sendall(b"hello\n")
            self.origin.says("hello")
            self.assertRegex(self.origin.output, "CN ?= ?old-device.test")
            client.close()

    def asked_later(self, version, command, *arguments):
        client = self.connect(self.serve(version, *arguments))
        client.sendall(b"before\n")
        self.origin.says("before")
        self.assertNotIn("our-client.test", self.origin.output)
        self.origin.process.stdin.write(command + "\n")
        self.origin.process.stdin.flush()
        self.origin.says("CN ?= ?our-client.test")
        client.sendall(b"after\n")
        self.origin.says("after")
        client.close()

    def test_by_renegotiation(self):
        self.asked_later("-tls1_2", "R", "-no_resumption_on_reneg")

    def test_after_the_handshake(self):
        self.asked_later("-tls1_3", "c")

    def test_other_hosts_get_none(self):
        for version in ("-tls1_2", "-tls1_3"):
            port = self.serve(version, "-Verify", "1", "-verify_return_error")
            self.start_daemon()
            context = self.client_context(self.daemon)
            fault = handshake_fault(tunnel(self.daemon.port("apps"), f"stranger.test:{port}"), context, "stranger.test")
            self.assertIn(fault, ("alert handshake_failure", "alert certificate_required", "reset"))
            record = self.daemon.record()
            self.assertEqual((record["end"]["by"], record["end"]["how"]), ("upstream", "alert"), record)
            self.assertIn("client certificate", record["end"]["detail"])
            self.assertNotIn("our-client.test", self.origin.output)

    def test_one_that_is_asked_for_only_politely_may_be_missing(self):
        client = self.connect(self.serve("-tls1_3", "-verify", "1"), "stranger.test")
        client.sendall(b"hello\n")
        self.origin.says("hello")
        client.close()
        self.assertEqual(self.daemon.record()["action"], "intercept")

    def test_a_key_of_another_certificate_is_a_mistake(self):
        other = self.authority.leaf("other.test")[1]
        with open(f"{self.folder}/bascule.yaml", "w") as file:
            file.write("ca: {certificate: ca.crt, key: ca.key}\n"
                       + CONFIG.format(hosts=self.hosts_file, certificate=self.certificate, key=other))
        run(BASCULE, "ca", "create", "--directory", self.folder)
        checked = run(BASCULE, "check", "--config", f"{self.folder}/bascule.yaml")
        self.assertEqual(checked.returncode, 2)
        self.assertRegex(checked.stderr, r"bascule.yaml:9:\d+: .*client_certificate.key: .* does not belong to ")


if __name__ == "__main__":
    unittest.main()
