"""The origin sees the client's hello, as far as OpenSSL can say it: versions, suites, groups and signature algorithms in
the client's order, the key share of the same group, the same protocols, name and extensions. With `hello: own` it does not."""
import queue
import ssl
import subprocess
import unittest

from harness import WAIT, Case, Server, run
from hello import Hello, client_hello
from raw import dial

# What OpenSSL 3.0 does not speak, or no careful client: left out of the hello to the origin.
KNOWN_GROUPS = {29, 23, 24, 25, 30, 256, 257, 258, 259, 260}
KNOWN_SCHEMES = {0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080A, 0x080B, 0x0401, 0x0501, 0x0601}
KNOWN_SUITES = {0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0x9E, 0x9F, 0xCCAA, 0xC023, 0xC027, 0xC024,
                0xC028}
SCSV = 0xFF
# status_request, SCT, padding, encrypt_then_mac, extended_master_secret, session_ticket, post_handshake_auth, ALPN, server_name
MIRRORED = {0, 5, 16, 18, 22, 23, 35, 49}


class Mirrored(Case):
    def setUp(self):
        super().setUp()
        self.seen = queue.Queue()
        self.watcher = Server(lambda connection: self.seen.put(connection.recv(65536)))
        self.addCleanup(self.watcher.close)

    def through(self, send, rule="", port=None):
        """The hello that the origin gets where `send(port)` connects to the proxy; and the record's fingerprint of it."""
        daemon = self.start(f"""
listeners: [{{name: fixed, address: "127.0.0.1:0", mode: forward, target: "127.0.0.1:{self.watcher.port}"}}]
upstream: {{trust: [origin-ca.pem]{rule}}}
""")
        send(daemon.port("fixed"))
        seen = Hello(self.seen.get(timeout=WAIT))
        self.record = daemon.record()
        return seen

    def sent(self, octets):
        def send(port):
            with dial(port) as connection:
                connection.sendall(octets)
                connection.recv(100)
        return send

    def assert_mirrored(self, ours, clients):
        known = lambda numbers, allowed: [n for n in numbers if n in allowed]
        self.assertEqual([c for c in ours.ciphers if c != SCSV], known(clients.ciphers, KNOWN_SUITES))
        self.assertEqual(ours.groups, known(clients.groups, KNOWN_GROUPS))
        self.assertEqual(ours.schemes, known(clients.schemes, KNOWN_SCHEMES))
        self.assertEqual(ours.shares, known(clients.shares, KNOWN_GROUPS)[:1])
        self.assertEqual((ours.name, ours.alpn), (clients.name, clients.alpn))
        self.assertEqual(ours.versions, known(clients.versions, {0x0304, 0x0303}))
        self.assertEqual(set(ours.extensions) & MIRRORED, set(clients.extensions) & MIRRORED)

    def test_python(self):
        self.authority
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.set_ciphers("ECDHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256")
        octets = client_hello("origin.test", ["acme/1", "http/1.1"], context)
        self.assert_mirrored(self.through(self.sent(octets)), Hello(octets))

    def test_tls_1_2_alone_without_a_name(self):
        self.authority
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.maximum_version, context.check_hostname = ssl.TLSVersion.TLSv1_2, False
        context.options |= ssl.OP_NO_TICKET
        octets = client_hello(None, context=context)
        ours = self.through(self.sent(octets))
        self.assert_mirrored(ours, Hello(octets))
        self.assertIsNone(ours.name)
        self.assertNotIn(35, ours.extensions)

    def test_post_handshake_auth_is_offered_where_the_client_offers_it(self):
        self.authority
        for offered in (False, True):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.post_handshake_auth = offered
            ours = self.through(self.sent(client_hello("origin.test", context=context)))
            self.assertEqual(49 in ours.extensions, offered)

    def by(self, *argv):
        """What a program sends: directly, and through the proxy."""
        def send(port):
            with subprocess.Popen([str(a).replace("PORT", str(port)) for a in argv], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as program:
                program.wait(WAIT)
        self.authority
        send(self.watcher.port)
        direct = Hello(self.seen.get(timeout=WAIT))
        return direct, self.through(send)

    def test_curl(self):
        direct, ours = self.by("curl", "-s", "-k", "--resolve", "origin.test:PORT:127.0.0.1", "https://origin.test:PORT/")
        self.assert_mirrored(ours, direct)

    def test_openssl_with_groups_and_schemes_of_its_own(self):
        direct, ours = self.by("openssl", "s_client", "-connect", "127.0.0.1:PORT", "-servername", "origin.test", "-groups",
                               "P-384:X25519", "-sigalgs", "rsa_pss_rsae_sha384:ecdsa_secp384r1_sha384:ed25519", "-status")
        self.assert_mirrored(ours, direct)
        self.assertEqual(ours.shares, [24])
        self.assertIn(5, ours.extensions)

    def test_gnutls(self):
        direct, ours = self.by("gnutls-cli", "--insecure", "--sni-hostname", "origin.test", "--port", "PORT", "127.0.0.1")
        self.assert_mirrored(ours, direct)

    def test_the_fingerprints_are_recorded(self):
        self.authority
        octets = client_hello("origin.test")
        for sent, hello in (("ja4", Hello(octets)), ("upstream_ja4", self.through(self.sent(octets)))):
            self.assertEqual(self.record[sent][:10], f"t13d{len(hello.ciphers):02}{len(hello.extensions):02}00")

    def test_our_own_hello_says_what_we_like(self):
        self.authority
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.set_ciphers("ECDHE-RSA-AES256-GCM-SHA384")
        octets = client_hello("origin.test", context=context)
        ours = self.through(self.sent(octets), ", hello: own")
        self.assertGreater(len(set(ours.ciphers) & KNOWN_SUITES), len(set(Hello(octets).ciphers) & KNOWN_SUITES))


if __name__ == "__main__":
    unittest.main()
