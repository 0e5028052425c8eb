"""Hellos as they are becoming: a key share of 17 KiB in any split, an ECH outer hello, thousands of octets of the unknown
(acceptance B7, B8). The record has the outer name, and a JA4 that counts the extensions."""
import random
import unittest

from hellos import Parts, as_records, vector
from raw import reset
from stage import NAME, Stage, client_context
from wire import HANDSHAKE

GROUPS, KEY_SHARE, ECH = 10, 51, 0xfe0d
POST_QUANTUM = b"\x63\x99"  # nobody's: FrodoKEM's keys are of that size
OCTETS = random.Random(17).randbytes(17 << 10)


def post_quantum():
    """A share of 17 KiB in front of OpenSSL's own."""
    parts = Parts(NAME, client_context("1.3"))
    parts.with_extension(GROUPS, vector(POST_QUANTUM + parts.extension(GROUPS)[2:], 2))
    return parts.with_extension(KEY_SHARE, vector(POST_QUANTUM + vector(OCTETS, 2) + parts.extension(KEY_SHARE)[2:], 2))


def outer():
    """draft-ietf-tls-esni: type outer, HPKE suite, config id, enc, payload: random in a GREASE hello, a sealed inner one else."""
    body = b"\0" + b"\0\1\0\1" + b"\x2a" + vector(OCTETS[:32], 2) + vector(OCTETS[:208], 2)
    return Parts(NAME, client_context("1.3")).with_extension(ECH, body)


class HelloExtensions(Stage):
    def answered(self, pieces):
        with self.dial() as client:
            for piece in pieces:
                client.sendall(piece)
            self.assertEqual(client.recv(6)[::5], bytes([HANDSHAKE, 2]))
            reset(client)
        record = self.ended("client", "client_gone", "client-handshake")
        self.assertEqual(record["server_name"], NAME)
        return record

    def test_b7_a_key_share_of_17_kib(self):
        parts = post_quantum()
        self.assertGreater(len(parts.message()), 17 << 10)
        splits = {"as large as can be": [parts.records()],
                  "records of 100 octets": [as_records(parts.message(), *range(100, len(parts.message()), 100))],
                  "octet by octet": [bytes([octet]) for octet in parts.records()],
                  "records of three octets": [as_records(parts.message(), *range(3, len(parts.message()), 3))]}
        for name, pieces in splits.items():
            with self.subTest(name):
                self.answered(pieces)

    def test_an_ech_outer_hello_is_what_its_outer_name_says(self):
        plain = self.answered([Parts(NAME, client_context("1.3")).records()])
        record = self.answered([outer().records()])
        count = lambda ja4: int(ja4[6:8])  # a_b_c: the digits of `a` after the ciphers' count the extensions
        self.assertEqual(count(record["ja4"]), count(plain["ja4"]) + 1)
        self.assertEqual(record["upstream_tls"]["version"], "TLSv1.3")

    def test_b8_sixty_kib_of_the_unknown(self):
        parts = Parts(NAME)
        for number in range(30):
            parts.with_extension(0x5000 + number, OCTETS[:2000])
        self.answered([parts.records()])


if __name__ == "__main__":
    unittest.main()
