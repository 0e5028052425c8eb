"""An origin that breaks the handshake, at each of its messages: a fatal alert for the client, a record that blames the origin,
and the next one is served; and what is odd and allowed is accepted (acceptance A22, F3)."""
import unittest

import flights
from flights import (CERTIFICATE, CERTIFICATE_VERIFY, CHANGE, ENCRYPTED_EXTENSIONS, FINISHED, HELLO_DONE, KEY_EXCHANGE,
                     SERVER_HELLO, before, instead, spoiled, swapped, twice, without)
from stage import Stage
from wire import ALERT, CCS, DATA, HANDSHAKE, Piece, message, record

LIMIT = 1 << 14


def sized(octets, width):
    return len(octets).to_bytes(width, "big") + octets


def certificates(old, *bodies):
    """A Certificate message for TLS 1.2 (`old`) or 1.3, in records as large as they can be."""
    listed = b"".join(sized(body, 3) + (b"" if old else b"\0\0") for body in bodies)
    return Piece(HANDSHAKE, message(CERTIFICATE, (b"" if old else b"\0") + sized(listed, 3)), not old).split(LIMIT)


def with_version(version):
    """In the ServerHello."""

    def change(pieces):
        hello = pieces[0].data
        return [Piece(HANDSHAKE, hello[:4] + version + hello[6:]), *pieces[1:]]

    return change


OLD = {  # TLS 1.2: ServerHello, Certificate, ServerKeyExchange, ServerHelloDone
    "no certificate": (without(CERTIFICATE), "unexpected message"),
    "an empty list of certificates": (instead(CERTIFICATE, *certificates(True)), "length mismatch"),
    "A22: a certificate of 100 KiB that is none": (instead(CERTIFICATE, *certificates(True, bytes(100 << 10))), "asn1"),
    "A22: a certificate of 2 MiB": (instead(CERTIFICATE, *certificates(True, bytes(2 << 20))), "excessive message size"),
    "a hundred certificates of 900 octets": (instead(CERTIFICATE, *certificates(True, *100 * [bytes(900)])), "asn1"),
    "a certificate that is none": (instead(CERTIFICATE, *certificates(True, b"no certificate")), "asn1"),
    "a certificate of 16 MiB, it says": (flights.claims(CERTIFICATE, False), "excessive message size"),
    "no key exchange": (without(KEY_EXCHANGE), "unexpected message"),
    "a signature that is spoiled": (spoiled(KEY_EXCHANGE), "bad signature"),
    "messages in another order": (swapped(CERTIFICATE, KEY_EXCHANGE), "unexpected message"),
    "two ServerHellos": (twice(SERVER_HELLO), "unexpected message"),
    "a ChangeCipherSpec before its time": (before(CERTIFICATE, CHANGE), "unexpected message"),
    "a Finished before its time": (before(CERTIFICATE, Piece(HANDSHAKE, message(20, bytes(12)))), "unexpected message"),
    "data before its time": (before(CERTIFICATE, Piece(DATA, b"HTTP/1.1")), "unexpected record"),
    "a ServerHelloDone with something in it": (instead(HELLO_DONE, Piece(HANDSHAKE, message(14, b"x"))), "excessive message size"),
    "A13: SSLv3": (with_version(b"\3\0"), "unsupported protocol"),
    "a version that does not exist": (with_version(b"\3\x09"), "unsupported protocol"),
    "records of SSLv3": (lambda f: [Piece(p.kind, p.data, version=0x0300) for p in f], "wrong version number"),
    "records of another version": (lambda f: [Piece(p.kind, p.data, version=0x0505) for p in f], "wrong version number"),
    "a record above the limit": (lambda f: [record(HANDSHAKE, b"", length=LIMIT + 2049)], "length too long"),  # packet, since 3.2 data
}
NEW = {  # TLS 1.3: ServerHello, ChangeCipherSpec, EncryptedExtensions, Certificate, CertificateVerify, Finished
    "no certificate, nor a signature": (without(CERTIFICATE, CERTIFICATE_VERIFY), "unexpected message"),
    "no signature": (without(CERTIFICATE_VERIFY), "unexpected message"),
    "no extensions": (without(ENCRYPTED_EXTENSIONS), "unexpected message"),
    "an empty list of certificates": (instead(CERTIFICATE, *certificates(False)), "length mismatch"),
    "A22: a certificate of 100 KiB that is none": (instead(CERTIFICATE, *certificates(False, bytes(100 << 10))), "asn1"),
    "A22: a certificate of 2 MiB": (instead(CERTIFICATE, *certificates(False, bytes(2 << 20))), "excessive message size"),
    "a hundred certificates of 900 octets": (instead(CERTIFICATE, *certificates(False, *100 * [bytes(900)])), "asn1"),
    "a certificate of 16 MiB, it says": (flights.claims(CERTIFICATE, True), "excessive message size"),
    "a signature that is spoiled": (spoiled(CERTIFICATE_VERIFY), "bad signature"),
    "a Finished that is spoiled": (spoiled(FINISHED), "digest check failed"),
    "messages in another order": (swapped(CERTIFICATE, CERTIFICATE_VERIFY), "unexpected message"),
    "two ServerHellos": (twice(SERVER_HELLO), "bad record type"),
    "extensions that are not sealed": (lambda f: instead(ENCRYPTED_EXTENSIONS, Piece(HANDSHAKE, f[2].data))(f), "bad record type"),
    "extensions in the ServerHello's record": (lambda f: [Piece(HANDSHAKE, f[0].data + f[2].data), *f[3:]],
                                               "not on record boundary"),
    "something after the Finished in its record": (lambda f: [*f[:5], Piece(HANDSHAKE, f[5].data + message(24, b"\0"), True)],
                                                   "not on record boundary"),
    "a flood of ChangeCipherSpecs": (before(ENCRYPTED_EXTENSIONS, *100 * [CHANGE]), "unexpected ccs message"),
    "a ChangeCipherSpec of another value": (before(ENCRYPTED_EXTENSIONS, Piece(CCS, b"\2")), "invalid ccs message"),
    "a handshake record without an octet": (before(CERTIFICATE, Piece(HANDSHAKE, b"", True)), "bad length"),
    "data before its time": (before(CERTIFICATE, Piece(DATA, b"HTTP/1.1", True)), "unexpected record"),
    "data that is not sealed": (before(CERTIFICATE, Piece(DATA, bytes(40))), "decryption failed"),
    "a KeyUpdate before its time": (before(CERTIFICATE, Piece(HANDSHAKE, message(24, b"\0"), True)), "unexpected message"),
    "a ticket before its time": (before(CERTIFICATE, Piece(HANDSHAKE, message(4, bytes(20)), True)), "unexpected message"),
    "an alert without an octet": (before(CERTIFICATE, Piece(ALERT, b"", True)), "bad length"),
}
BOTH_ODD = {"in records of one octet": flights.in_pieces(1), "in as few records as there can be": flights.coalesced}
ODD = {
    "1.2": {**BOTH_ODD, "a record without an octet": before(SERVER_HELLO, Piece(HANDSHAKE, b"")),
            "HelloRequests in plenty": before(SERVER_HELLO, *5 * [Piece(HANDSHAKE, message(0, b""))])},
    "1.3": {**BOTH_ODD, "no ChangeCipherSpec": lambda f: [p for p in f if p.kind != CCS],
            "padded": lambda f: [Piece(p.kind, p.data, p.sealed, padding=1000 * p.sealed) for p in f]},
}


NOT_TLS = {b"HTTP/1.1 400 Bad Request\r\n\r\n": "that is plain http", b"SSH-2.0-OpenSSH_9.2p1\r\n": "that is ssh"}


class HandshakesOfOrigins(Stage):
    def test_a13_older_versions_are_not_allowed(self):
        for name, number in (("TLSv1", b"\3\1"), ("TLSv1.1", b"\3\2")):
            with self.subTest(name):
                script = lambda connection: self.origin(connection, "1.2", flights.on_flight(0, with_version(number)))
                self.assertEqual(self.visit(script, "1.2"), (b"", "alert handshake_failure"))
                record = self.ended("upstream", "error", "upstream-handshake", f"chose {name}, which is not allowed")
                self.assertNotIn("upstream_tls", record)

    def test_what_is_no_tls_is_quoted(self):
        for said, words in NOT_TLS.items():
            with self.subTest(words):
                script = lambda connection: self.origin(connection, "1.2", flights.on_flight(0, lambda _: [said]))
                self.assertEqual(self.visit(script, "1.2"), (b"", "alert handshake_failure"))
                record = self.ended("upstream", "error", "upstream-handshake", "does not answer in TLS")
                self.assertIn(words, record["end"]["detail"].lower())

    def test_broken_ones(self):
        for version, cases in (("1.2", OLD), ("1.3", NEW)):
            for name, (change, words) in cases.items():
                with self.subTest(f"{name}, TLS {version}"):
                    script = lambda connection: self.origin(connection, version, flights.on_flight(0, change))
                    self.assertEqual(self.visit(script, version), (b"", "alert handshake_failure"))
                    record = self.ended("upstream", "error", "upstream-handshake", "does not speak TLS as it should")
                    self.assertIn(words, record["end"]["detail"].lower())
                    self.assertNotIn("upstream_tls", record)

    def test_odd_ones(self):
        for version, cases in ODD.items():
            for name, change in cases.items():
                with self.subTest(f"{name}, TLS {version}"):

                    def speak(connection):
                        origin = self.origin(connection, version, flights.on_flight(0, change))
                        origin.send(DATA, b"word")
                        origin.send(ALERT, b"\1\0")
                        connection.recv(1)

                    self.assertEqual(self.visit(speak, version), (b"word", "close_notify"))
                    self.ended("upstream", "close_notify", "relay")


if __name__ == "__main__":
    unittest.main()
