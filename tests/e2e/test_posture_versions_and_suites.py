"""What a client can agree on with us is what a careful server takes (acceptance B1, B2, B3, B4, B5, B6, B8, B11, RFC 9325): probed by hellos
that offer only what they should not get, and by what the ServerHello answers to those that offer it too."""
import unittest

from hellos import Parts, vector
from stage import NAME, Stage, client_context
from wire import ALERT, HANDSHAKE, HEARTBEAT, handshake_octets

NULL, RC4, DES3, EXPORT = b"\0\2", b"\0\5", b"\0\x0a", b"\0\3"
STATIC_RSA_GCM, STATIC_RSA_CBC = b"\0\x9c", b"\0\x2f"
ECDHE_CBC_SHA, ECDHE_CBC_SHA256 = b"\xc0\x13\xc0\x09", b"\xc0\x27\xc0\x23"
ANON_ECDHE, PSK_GCM = b"\xc0\x18", b"\0\xa8"
GOOD = b"\xc0\x2b"
SIGNATURES, GROUPS, VERSIONS, KEY_SHARE, EMS, HEARTBEATS, RENEGOTIATION = 13, 10, 43, 51, 23, 15, 0xff01
SHA1_ONLY = vector(b"\2\3\2\1", 2)
HANDSHAKE_FAILURE, PROTOCOL_VERSION = 40, 70
# RFC 8701: in every list that it is meant for.
GREASE = b"\x1a\x1a"


class VersionsAndSuites(Stage):
    def answer(self, parts):
        """(cipher suite, message) of the ServerHello, or the alert's number."""
        with self.dial() as client:
            client.sendall(parts.records())
            said = client.recv(65536)
            while said and said[0] == HANDSHAKE and len(said) < 5 + int.from_bytes(said[3:5], "big"):
                said += client.recv(65536)
        if said[0] == ALERT:
            return said[6]
        body = handshake_octets(said[:5 + int.from_bytes(said[3:5], "big")])
        at = 39 + body[38]
        return body[at:at + 2], body

    def old(self, suites=None):
        parts = Parts(NAME, client_context("1.2"))
        if suites is not None:
            parts.suites = suites
        return parts

    def refused(self, parts, *alerts):
        self.assertIn(self.answer(parts), alerts)
        record = self.daemon.record()
        self.assertNotIn("client_tls", record)
        self.assertIn(record["end"]["how"], ("alert", "error"), record)
        self.serves_the_next()

    @staticmethod
    def listed(body):
        """{type: body} of a ServerHello's extensions."""
        at = 39 + body[38] + 3
        octets, found = body[at + 2:at + 2 + int.from_bytes(body[at:at + 2], "big")], {}
        while octets:
            size = int.from_bytes(octets[2:4], "big")
            found[int.from_bytes(octets[:2], "big")] = octets[4:4 + size]
            octets = octets[4 + size:]
        return found

    def test_b1_versions_below_tls_1_2(self):
        for version in (b"\3\0", b"\3\1", b"\3\2"):
            with self.subTest(version):
                parts = self.old()
                parts.version = version
                parts.extensions = [each for each in parts.extensions if each[0] != VERSIONS]
                self.refused(parts, PROTOCOL_VERSION, HANDSHAKE_FAILURE)
                parts = self.old().with_extension(VERSIONS, vector(version, 1))
                self.refused(parts, PROTOCOL_VERSION)

    def test_b2_b3_weak_suites_alone(self):
        for suites in (NULL, RC4, DES3, EXPORT, STATIC_RSA_GCM, STATIC_RSA_CBC, ECDHE_CBC_SHA, ECDHE_CBC_SHA256, ANON_ECDHE,
                       PSK_GCM):
            with self.subTest(suites.hex()):
                self.refused(self.old(suites), HANDSHAKE_FAILURE)

    def test_b2_weak_suites_in_front_are_passed_over(self):
        suite, _ = self.answer(self.old(ECDHE_CBC_SHA + STATIC_RSA_GCM + RC4 + GOOD))
        self.assertEqual(suite, GOOD)

    def test_b3_signatures_of_sha_1_only(self):
        self.refused(self.old().with_extension(SIGNATURES, SHA1_ONLY), HANDSHAKE_FAILURE)
        self.refused(Parts(NAME, client_context("1.3")).with_extension(SIGNATURES, SHA1_ONLY), HANDSHAKE_FAILURE)

    def test_b4_no_heartbeat_is_promised_or_answered(self):
        _, body = self.answer(self.old().with_extension(HEARTBEATS, b"\1"))
        self.assertNotIn(HEARTBEATS, self.listed(body))
        self.daemon.record()
        client = self.client("1.2")
        client.send(HEARTBEAT, b"\1\x40\0")  # asks for 16 KiB back
        self.assertEqual(client.ending(), "alert unexpected_message")
        client.connection.close()
        self.ended("client", "error", "relay")

    def test_b5_b6_secure_renegotiation_and_the_extended_master_secret(self):
        """On our leg they are answered; on the origin's they are offered."""
        _, body = self.answer(self.old())
        extensions = self.listed(body)
        self.assertEqual((extensions[RENEGOTIATION], extensions[EMS]), (b"\0", b""))
        self.daemon.record()
        offered = []

        def listen(connection):
            offered.append(connection.recv(65536))

        self.visit(listen, "1.2")
        self.daemon.record()
        self.assertIn(b"\0\x17\0\0", offered[0])
        self.assertTrue(b"\xff\1\0\1\0" in offered[0] or b"\0\xff" in offered[0])

    def test_the_order_of_suites_is_ours_for_tls_1_2(self):
        """Of what the origin would choose as well: AES-128 before AES-256, whatever the client prefers."""
        suites = {self.answer(self.old(order))[0] for order in (b"\xc0\x2c\xc0\x2b", b"\xc0\x2b\xc0\x2c")}
        self.assertEqual(len(suites), 1)

    def test_b8_grease_everywhere(self):
        for version in ("1.2", "1.3"):
            with self.subTest(version):
                parts = Parts(NAME, client_context(version))
                parts.suites = GREASE + parts.suites
                for kind, width in ((GROUPS, 2), (SIGNATURES, 2), (VERSIONS, 1)):
                    if version == "1.3" or kind != VERSIONS:
                        parts.with_extension(kind, vector(GREASE + parts.extension(kind)[width:], width))
                if version == "1.3":
                    parts.with_extension(KEY_SHARE, vector(GREASE + vector(b"\0", 2) + parts.extension(KEY_SHARE)[2:], 2))
                parts.with_extension(16, vector(vector(GREASE, 1) + vector(b"http/1.1", 1), 2))
                parts.extensions = [(0x2a2a, b""), *parts.extensions, (0x3a3a, b"\0")]
                suite, _ = self.answer(parts)
                self.assertIn(suite[:1], (b"\x13", b"\xc0"))
                self.ended("client", "client_gone", "client-handshake")

    def test_b8_what_will_exist_one_day(self):
        parts = Parts(NAME, client_context("1.3"))
        parts.suites = b"\x13\x99\xee\xee" + parts.suites
        parts.with_extension(VERSIONS, vector(b"\3\5\x7f\x1c\3\4", 1))
        parts.with_extension(GROUPS, vector(b"\x11\xec\x77\x77" + parts.extension(GROUPS)[2:], 2))
        parts.with_extension(SIGNATURES, vector(b"\x09\4\x77\x77" + parts.extension(SIGNATURES)[2:], 2))
        suite, _ = self.answer(parts)
        self.assertEqual(suite[:1], b"\x13")
        self.ended("client", "client_gone", "client-handshake")

    def test_only_unknown_groups_are_no_ground(self):
        parts = Parts(NAME, client_context("1.3")).with_extension(GROUPS, vector(b"\x77\x77", 2))
        self.refused(parts.with_extension(KEY_SHARE, vector(b"\x77\x77" + vector(b"x", 2), 2)), HANDSHAKE_FAILURE)


if __name__ == "__main__":
    unittest.main()
