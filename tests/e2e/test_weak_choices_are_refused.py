"""A client's hello is offered whole, and a weak choice of the origin's is refused as soon as it is made: it is asked once more
with less, remembered for that, and the record says it. Without `legacy` no weak choice is ever used, and nothing is sent."""
import re
import signal
import subprocess
import unittest

from harness import Case, run, until
from hello import Hello
from hellos import Parts, vector
from programs import Program, gnutls_server, openssl_server
from raw import dial
from wire import message, record as tls_record

CONFIG = """
listeners: [{{name: fixed, address: "127.0.0.1:0", mode: forward, target: "origin.test:{port}"}}]
upstream: {{trust: [origin-ca.pem]{rule}}}
resolver: {{hosts: {hosts}}}
workers: 1
"""
EVERYTHING = ["-cipher", "ALL:!aNULL:!PSK:!SRP:@SECLEVEL=0", "-min_protocol", "TLSv1"]
# RFC 2409 section 6.2: 1024 bits.
OAKLEY_GROUP_2 = """-----BEGIN DH PARAMETERS-----
MIGHAoGBAP//////////yQ/aoiFowjTExmKLgNwc0SkCTgiKZ8x0Agu+pjsTmyJR
Sgh5jjQE3e+VGbPNOkMbMCsKbfJfFDdP4TVtbVHCReSFtXZiXn7G9ExC6aY37WsL
/1y29Aa37e44a/taiZ+lrp8kEXxLH+ZJKGZR7OZTgf//////////AgEC
-----END DH PARAMETERS-----
"""
ALLOWED = {0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0x9E, 0x9F, 0xCCAA, 0xC023, 0xC027, 0xC024, 0xC028}
STATUS_V2 = 17
BOTH_STATUSES = bytes.fromhex("000e0200040000000001000400000000")
HELD_BACK = "was offered less than the client offers"


class WeakChoices(Case):
    def serve(self, *arguments):
        self.server, self.port = openssl_server(self, self.authority.leaf("origin.test", rsa=True), "-www", "-msg", *arguments)
        return self.port

    def serve_without_pages(self, *arguments):
        self.server, self.port = openssl_server(self, self.authority.leaf("origin.test", rsa=True), "-msg", *arguments)

    def begin(self, rule=""):
        self.daemon = self.start(CONFIG.format(port=self.port, hosts=self.hosts(**{"origin.test": "127.0.0.1"}), rule=rule))

    def ask(self, *client):
        seen = run("openssl", "s_client", "-connect", f"127.0.0.1:{self.daemon.port('fixed')}", "-servername", "origin.test",
                   "-CAfile", self.daemon.ca, "-verify_return_error", "-ign_eof", *EVERYTHING, *client,
                   input="GET / HTTP/1.0\r\n\r\n")
        return seen.stdout, self.daemon.record()

    def assert_hellos(self, expected):
        """So many the origin got, which says each message that it reads and writes."""
        count = lambda: self.server.output.count("ClientHello")
        until(lambda: count() >= expected, f"{expected} hellos")
        self.assertEqual(count(), expected)

    # --- an origin that has nothing better: refused, twice at most, and for an hour at the first word

    def assert_refused(self, choice, *server, client=()):
        self.serve(*server)
        self.begin()
        for known in (False, True):
            said, record = self.ask(*client)
            self.assertNotIn("200 ok", said)
            self.assertNotIn("upstream_tls", record)
            self.assertNotIn("client_tls", record)
            self.assertEqual((record["end"]["step"], record["bytes_up"]), ("upstream-handshake", 0), record)
            self.assertIn(record["end"]["how"], ("alert", "error"))
            self.assertIn("upstream: {legacy: true}", record["end"]["detail"], record)
            self.assertIn(f"the origin chose {choice}", record["reason"])
            self.assertIn(HELD_BACK, record["reason"])
            self.assertNotEqual(record["upstream_ja4"], record["ja4"])
            self.assert_hellos(3 if known else 2)
        self.assertNotIn("ApplicationData", self.server.output)

    def test_tls_1_0(self):
        self.assert_refused("TLSv1,", "-tls1", "-cipher", "ALL:@SECLEVEL=0")

    def test_tls_1_1(self):
        self.assert_refused("TLSv1.1,", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0")

    def test_cbc_with_sha_1(self):
        self.assert_refused("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "-tls1_2", "-cipher", "ECDHE-RSA-AES128-SHA")

    def test_dhe_with_cbc(self):
        self.assert_refused("TLS_DHE_RSA_WITH_AES_256_CBC_SHA256", "-tls1_2", "-cipher", "DHE-RSA-AES256-SHA256")

    def test_rsa_key_exchange(self):
        self.assert_refused("TLS_RSA_WITH_AES_256_GCM_SHA384", "-tls1_2", "-cipher", "AES256-GCM-SHA384")

    def test_rsa_key_exchange_with_cbc(self):
        self.assert_refused("TLS_RSA_WITH_AES_128_CBC_SHA", "-tls1_2", "-cipher", "AES128-SHA")

    def test_a_short_authentication_tag(self):
        self.assert_refused("TLS_DHE_RSA_WITH_AES_128_CCM_8", "-tls1_2", "-cipher", "DHE-RSA-AES128-CCM8:@SECLEVEL=0")

    def test_signed_with_sha_1(self):
        self.assert_refused("a signature by rsa_pkcs1_sha1", "-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0",
                            "-sigalgs", "RSA+SHA1", client=["-sigalgs", "RSA+SHA256:RSA+SHA1"])

    def test_signed_with_sha_224(self):
        self.assert_refused("a signature by rsa_pkcs1_sha224", "-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0",
                            "-sigalgs", "RSA+SHA224", client=["-sigalgs", "RSA+SHA256:RSA+SHA224"])

    def test_tls_1_2_where_1_3_is_the_least(self):
        self.serve("-tls1_2")
        self.begin(", minimum_version: TLSv1.3")
        _, record = self.ask()
        self.assertNotIn("client_tls", record)
        self.assertIn("the origin chose TLSv1.2", record["reason"])
        self.assertIn("upstream.minimum_version forbids", record["end"]["detail"])

    def test_a_diffie_hellman_group_of_1024_bits(self):
        """No matter of the hello: it is refused as it comes."""
        path = f"{self.folder}/dh.pem"
        with open(path, "w") as file:
            file.write(OAKLEY_GROUP_2)
        self.serve("-tls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0", "-dhparam", path)
        self.begin()
        said, record = self.ask()
        self.assertNotIn("client_tls", record)
        self.assertIn("dh key too small", record["end"]["detail"])
        self.assert_hellos(1)
        self.assertNotIn("ApplicationData", self.server.output)

    # --- an origin that would rather not, but can

    def test_an_origin_that_prefers_what_is_weak_is_asked_again_and_remembered(self):
        self.serve("-tls1_2", "-serverpref", "-cipher", "AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256")
        self.begin()
        for hellos in (2, 3):
            said, record = self.ask("-no_ticket")
            self.assertIn("200 ok", said)
            self.assertEqual(record["upstream_tls"]["cipher"], "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")
            self.assertIn("the origin chose TLS_RSA_WITH_AES_128_CBC_SHA", record["reason"])
            self.assertEqual(record["end"]["how"], "close_notify")
            self.assert_hellos(hellos)

    def test_a_reload_forgets_what_an_origin_chose(self):
        self.serve("-tls1_2", "-serverpref", "-cipher", "AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256")
        self.begin()
        for hellos in (2, 3):
            self.ask("-no_ticket")
            self.assert_hellos(hellos)
        self.daemon.signal(signal.SIGHUP)
        self.daemon.event("reloaded")
        _, record = self.ask("-no_ticket")
        self.assertIn("the origin chose TLS_RSA_WITH_AES_128_CBC_SHA", record["reason"])
        self.assert_hellos(5)

    def test_an_origin_that_chooses_well_sees_all_and_is_asked_once(self):
        self.serve()
        self.begin()
        said, record = self.ask("-no_ticket")
        self.assertIn("200 ok", said)
        self.assertEqual(record["upstream_ja4"], record["ja4"])
        self.assertNotIn("reason", record)
        self.assert_hellos(1)

    def test_a_limit_of_the_origins_records_is_kept(self):
        """record_size_limit (RFC 8449), which GnuTLS offers: as a server it refuses records that are larger."""
        for version in ("1.2", "1.3"):
            self.server, self.port = gnutls_server(self, self.authority.leaf("origin.test"), "--echo", "--disable-client-cert",
                                                   "--recordsize", "600", "--priority", f"NORMAL:-VERS-ALL:+VERS-TLS{version}")
            self.begin()
            done = run("gnutls-cli", "--x509cafile", self.daemon.ca, "--sni-hostname", "origin.test", "--verify-hostname",
                       "origin.test", "--port", self.daemon.port("fixed"), "127.0.0.1", input="x" * 4000 + "\n")
            record = self.daemon.record()
            self.assertIn("x" * 400, done.stdout, record)
            self.assertEqual((record["bytes_up"], record["bytes_down"]), (4001, 4001), record)

    def test_an_answer_that_we_cannot_read_is_not_asked_for_again(self):
        """status_request_v2 (RFC 6961), as Java offers it and answers it."""
        self.authority
        answered = []

        def speak(connection):
            answered.append(STATUS_V2 in Hello(connection.recv(65536)).extensions)
            if answered[-1]:
                connection.sendall(tls_record(22, message(2, b"\3\3" + bytes(32) + b"\0" + b"\xc0\x2f" + b"\0" + vector(
                    b"\xff\1\0\1\0" + STATUS_V2.to_bytes(2, "big") + b"\0\0", 2))))
            connection.recv(100)

        self.port = self.origin(speak, tls=False).port
        self.begin()
        with dial(self.daemon.port("fixed")) as client:
            client.sendall(Parts("origin.test").with_extension(STATUS_V2, BOTH_STATUSES).records())
            client.recv(100)
        self.assertIn("the origin chose to answer status_request_v2", self.daemon.record()["reason"])
        self.assertEqual(answered, [True, False])

    # --- what is never said

    def test_nothing_of_ours_is_signed_with_sha_1(self):
        """An origin that wants a client certificate, and knows no better signature."""
        certificate, key = self.authority.leaf("client.test", rsa=True)
        self.serve("-tls1_2", "-verify", "3", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0", "-client_sigalgs", "RSA+SHA1")
        self.begin(f", client_certificate: {{certificate: {certificate}, key: {key}}}")
        _, record = self.ask("-sigalgs", "RSA+SHA256:RSA+SHA1")
        self.assertTrue(record["certificate_requested"])
        self.assertNotIn("CertificateVerify", self.server.output)

    def test_a_renegotiation_offers_nothing_weak(self):
        """The origin's message dump has the octets of both hellos."""
        self.serve_without_pages("-tls1_2")
        self.begin()
        client = Program(self, ["openssl", "s_client", "-connect", f"127.0.0.1:{self.daemon.port('fixed')}", "-servername", "origin.test",
                                "-CAfile", self.daemon.ca, *EVERYTHING], stdin=subprocess.PIPE)
        client.process.stdin.write("hello\n")
        client.process.stdin.flush()
        self.server.says("hello")
        self.server.process.stdin.write("r\n")
        self.server.process.stdin.flush()
        self.server.says(r"(?s)ClientHello.*HelloRequest.*ClientHello.*ServerHello")
        first, second = (Hello(b"\0\0\0" + vector(bytes.fromhex(octets), 2))
                         for octets in re.findall(r"ClientHello\n((?:    [0-9a-f ]+\n)+)", self.server.output))
        self.assertIn(0x2F, first.ciphers)
        self.assertIn(0x0301, first.schemes)
        self.assertLessEqual(set(second.ciphers), ALLOWED)
        self.assertNotIn(0x0301, second.schemes)

    def test_our_own_hello_offers_nothing_weak(self):
        self.serve("-tls1_2", "-serverpref", "-cipher", "AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256")
        self.begin(", hello: own")
        said, record = self.ask("-no_ticket")
        self.assertIn("200 ok", said)
        self.assertNotIn("reason", record)
        self.assert_hellos(1)


if __name__ == "__main__":
    unittest.main()
