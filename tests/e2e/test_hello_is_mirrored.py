"""The origin sees the client's hello, as far as OpenSSL can say it: versions, suites, groups and signature algorithms in
the client's order, the key share of the same group, the same protocols, name and extensions. With `hello: own` it does not."""
import queue
import ssl
import subprocess
import sys
import unittest

import libraries
from fetch_programs import JAVA
from harness import WAIT, Case, Server, run
from hello import Hello, client_hello
from hellos import Parts, vector
from raw import dial

# What OpenSSL does not speak is left out of the hello to the origin.
KNOWN_GROUPS = {29, 23, 24, 25, 30, 256, 257, 258, 259, 260} | libraries.GROUPS
STRONG_SUITES = {0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0x9E, 0x9F, 0xCCAA, 0xC023, 0xC027, 0xC024,
                0xC028}
SCSV, RENEGOTIATION_INFO, TLS_1_0 = 0xFF, 0xFF01, 0x0301
# server_name, status_request, ALPN, status_request_v2, SCT, encrypt_then_mac, extended_master_secret, record_size_limit,
# session_ticket, post_handshake_auth, signature_algorithms_cert
MIRRORED = {0, 5, 16, 17, 18, 22, 23, 28, 35, 49, 50}
COMPRESS_CERTIFICATE = 27


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

    def assert_same_fingerprint(self):
        self.assertIn("ja4", self.record)
        self.assertEqual(self.record["upstream_ja4"], self.record["ja4"])

    def assert_mirrored(self, ours, clients):
        known = lambda numbers, allowed: [n for n in numbers if n in allowed]
        no_signal = lambda ciphers: [c for c in ciphers if c != SCSV]
        self.assertEqual(no_signal(ours.ciphers), no_signal(clients.ciphers))
        versions = self.check_renegotiation_info(ours, clients)
        self.assertEqual(ours.groups, known(clients.groups, KNOWN_GROUPS))
        self.assertEqual(ours.schemes, clients.schemes)
        self.assertEqual(ours.shares, known(clients.shares, KNOWN_GROUPS)[:libraries.KEY_SHARES])
        self.assertEqual((ours.name, ours.alpn), (clients.name, clients.alpn))
        self.assertEqual(ours.versions, versions)
        self.assertEqual(set(ours.extensions) & MIRRORED, set(clients.extensions) & MIRRORED)
        self.assertEqual(ours.extensions.get(COMPRESS_CERTIFICATE), clients.extensions.get(COMPRESS_CERTIFICATE))

    def check_renegotiation_info(self, ours, clients):
        """RFC 5746 is said as the client says it, where OpenSSL can, else by the suite; the versions that are offered then."""
        says_it = libraries.RENEGOTIATION_INFO and SCSV not in clients.ciphers and RENEGOTIATION_INFO in clients.extensions
        self.assertEqual((RENEGOTIATION_INFO in ours.extensions, SCSV in ours.ciphers), (says_it, not says_it))
        return [v for v in clients.versions if v != TLS_1_0 or not says_it]

    def assert_same_fingerprint_where_renegotiation_info_can_be_said(self, ours, clients):
        """Else that is the only difference."""
        if libraries.RENEGOTIATION_INFO:
            self.assert_same_fingerprint()
        else:
            self.assertNotEqual(self.record["upstream_ja4"], self.record["ja4"])
            self.assertEqual(set(clients.extensions) - set(ours.extensions), {RENEGOTIATION_INFO})
            self.assertLessEqual(set(ours.extensions), set(clients.extensions))

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
        self.assert_same_fingerprint()

    def test_the_openssl_program(self):
        direct, ours = self.by("openssl", "s_client", "-connect", "127.0.0.1:PORT", "-servername", "origin.test")
        self.assert_mirrored(ours, direct)
        self.assert_same_fingerprint()

    def test_pythons_urllib(self):
        direct, ours = self.by(sys.executable, "-c", "import urllib.request; urllib.request.urlopen('https://localhost:PORT/')")
        self.assert_mirrored(ours, direct)
        self.assert_same_fingerprint()

    def test_weak_signatures_and_all_suites_are_offered_as_the_client_does(self):
        direct, ours = self.by("openssl", "s_client", "-connect", "127.0.0.1:PORT", "-cipher", "ALL:!PSK:!SRP:!aNULL:@SECLEVEL=0",
                               "-sigalgs", "rsa_pkcs1_sha1:ecdsa_secp256r1_sha256:DSA+SHA1:rsa_pss_rsae_sha256:RSA+SHA224")
        self.assertIn(0x0201, direct.schemes)
        self.assert_mirrored(ours, direct)
        self.assert_same_fingerprint()

    def test_of_new_signatures_what_the_library_has(self):
        self.authority
        clients = [0x0905, 0x0403, 0x0906, 0x081B, 0x0904, 0x0804, 0x081A, 0x081C]
        listed = b"".join(scheme.to_bytes(2, "big") for scheme in clients)
        ours = self.through(self.sent(Parts("origin.test").with_extension(13, vector(listed, 2)).records()))
        self.assertEqual(ours.schemes, [scheme for scheme in clients if scheme in {0x0403, 0x0804} | libraries.SCHEMES])

    def test_certificate_compression_as_the_library_has_it(self):
        self.authority
        for clients in ([2, 3, 77, 1], [1], [2], []):
            listed = vector(b"".join(algorithm.to_bytes(2, "big") for algorithm in clients), 1)
            parts = Parts("origin.test")
            if clients:
                parts.with_extension(COMPRESS_CERTIFICATE, listed)
            else:
                parts.extensions = [(kind, body) for kind, body in parts.extensions if kind != COMPRESS_CERTIFICATE]
            ours = self.through(self.sent(parts.records())).extensions.get(COMPRESS_CERTIFICATE, b"\0")
            self.assertEqual([int.from_bytes(ours[i:i + 2], "big") for i in range(1, len(ours), 2)],
                             [algorithm for algorithm in clients if algorithm in libraries.COMPRESSIONS])

    @unittest.skipUnless(libraries.COMPRESSED_CERTIFICATES, "this OpenSSL compresses no certificates, and has no option for it")
    def test_a_client_that_offers_no_certificate_compression(self):
        direct, ours = self.by("openssl", "s_client", "-connect", "127.0.0.1:PORT", "-servername", "origin.test", "-no_rx_cert_comp")
        self.assertNotIn(COMPRESS_CERTIFICATE, direct.extensions)
        self.assertNotIn(COMPRESS_CERTIFICATE, ours.extensions)

    def test_java(self):
        with open(f"{self.folder}/Fetch.java", "w") as file:
            file.write(JAVA)
        direct, ours = self.by("java", f"{self.folder}/Fetch.java", "https://localhost:PORT/")
        self.assertLessEqual({17, 50}, set(direct.extensions))
        self.assert_mirrored(ours, direct)
        self.assert_same_fingerprint()

    def test_wget(self):
        direct, ours = self.by("wget", "-q", "-t1", "--no-check-certificate", "https://localhost:PORT/")
        self.assert_mirrored(ours, direct)
        self.assert_same_fingerprint_where_renegotiation_info_can_be_said(ours, direct)

    def test_openssl_with_groups_and_schemes_of_its_own(self):
        direct, ours = self.by("openssl", "s_client", "-connect", "127.0.0.1:PORT", "-servername", "origin.test", "-groups",
                               "P-384:X25519", "-sigalgs", "rsa_pss_rsae_sha384:ecdsa_secp384r1_sha384:ed25519", "-status")
        self.assert_mirrored(ours, direct)
        self.assert_same_fingerprint()
        self.assertEqual(ours.shares, [24])
        self.assertIn(5, ours.extensions)

    def test_gnutls(self):
        direct, ours = self.by("gnutls-cli", "--insecure", "--sni-hostname", "origin.test", "--port", "PORT", "127.0.0.1")
        self.assert_mirrored(ours, direct)
        self.assert_same_fingerprint_where_renegotiation_info_can_be_said(ours, direct)

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
        self.assertGreater(len(set(ours.ciphers) & STRONG_SUITES), len(set(Hello(octets).ciphers) & STRONG_SUITES))


if __name__ == "__main__":
    unittest.main()
