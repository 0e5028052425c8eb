"""A ClientHello that breaks a rule, or its records do: the alert of RFC 8446, no connection to the origin, and a record that
says what was wrong (acceptance B1, B4, F3)."""
import unittest

from hellos import Parts, as_records, vector
from raw import read_to_end, reset
from stage import NAME, Stage
from wire import ALERT, CCS, DATA, HANDSHAKE, message, record

HELLO = Parts(NAME).message()
BODY = HELLO[4:]
LIMIT = 1 << 14


def changed(**fields):
    parts = Parts(NAME)
    for field, value in fields.items():
        setattr(parts, field, value)
    return parts.records()


def with_extension(kind, body):
    return Parts(NAME).with_extension(kind, body).records()


def between(*records):
    return as_records(HELLO[:10]) + b"".join(records) + as_records(HELLO[10:])


def sslv2(version, ciphers):
    """RFC 5246 appendix E.2."""
    body = b"\1" + version + len(ciphers).to_bytes(2, "big") + b"\0\0\0\x20" + ciphers + bytes(32)
    return (0x8000 | len(body)).to_bytes(2, "big") + body


BROKEN = {  # octets, alert, words of the record
    "an empty record": (between(record(HANDSHAKE, b"")), 10, "a record is empty"),
    "a ChangeCipherSpec in the middle": (between(record(CCS, b"\1")), 10, "another kind of record"),
    "an alert in the middle": (between(record(ALERT, b"\1\x5a")), 10, "another kind of record"),
    "data in the middle": (between(record(DATA, b"x")), 10, "another kind of record"),
    "another version in the middle": (as_records(HELLO[:10]) + record(HANDSHAKE, HELLO[10:], 0x0505), 70, "another version"),
    "a record above 2^14": (record(HANDSHAKE, HELLO + bytes(LIMIT)), 22, "too long"),
    "a record of 2^14 + 257 that is claimed": (record(HANDSHAKE, HELLO, length=LIMIT + 257), 22, "too long"),
    "a record of 65535 that is claimed": (record(HANDSHAKE, HELLO, length=65535), 22, "too long"),
    "a message of 16 MiB that is claimed": (record(HANDSHAKE, message(1, BODY, 0xffffff)), 47, "too long"),
    "another message": (as_records(message(2, BODY)), 10, "does not begin with a ClientHello"),
    "a HelloRequest": (as_records(message(0, b"")), 10, "does not begin with a ClientHello"),
    "a Finished": (as_records(message(20, bytes(12))), 10, "does not begin with a ClientHello"),
    "two in one record": (record(HANDSHAKE, 2 * HELLO), 10, "octets follow the hello in its record"),
    "one cut short": (as_records(message(1, BODY[:30])), 50, "cut short"),
    "octets after the end": (as_records(message(1, BODY + b"xx")), 50, "octets follow the extensions"),
    "a session id of 33 octets": (changed(session=bytes(33)), 50, "session id is too long"),
    "half a cipher suite": (changed(suites=b"\x13\1\x13"), 50, "cipher suites"),
    "no cipher suite": (changed(suites=b""), 47, "no cipher suites"),
    "no compression method": (changed(compression=b""), 50, "no compression methods"),
    "an extension twice": (changed(extensions=[(23, b""), (23, b"")]), 47, "occurs twice"),
    "two server names": (with_extension(0, vector(2 * (b"\0" + vector(b"a.test", 2)), 2)), 50, "not one host name"),
    "a list of no protocol": (with_extension(16, vector(b"", 2)), 50, "application_layer_protocol_negotiation"),
    "an empty protocol": (with_extension(16, vector(b"\0", 2)), 50, "application_layer_protocol_negotiation"),
    "half a version": (with_extension(43, vector(b"\3", 1)), 50, "supported_versions"),
    "B1: an SSLv2 hello": (sslv2(b"\0\2", b"\1\0\x80\7\0\xc0"), 70, "SSLv2"),
    "B1: an SSLv2 hello for TLS 1.2": (sslv2(b"\3\3", b"\0\xc0\x2f\0\0\xff"), 70, "SSLv2"),
    "a version below SSLv3": (changed(version=b"\2\0"), 70, "below SSLv3"),
}
ODD = {  # and fine
    "octet by octet": as_records(HELLO, *range(1, len(HELLO))),
    "a record version of SSLv3": record(HANDSHAKE, HELLO, 0x0300),
    "a record version of 3.9": record(HANDSHAKE, HELLO, 0x0309),
    "a legacy version of 5.5": changed(version=b"\5\5"),
    "a session id of no octet": changed(session=b""),
    "extensions of no known kind": with_extension(0xabcd, bytes(5000)),
    "300 unknown extensions": changed(extensions=[(0x4000 + n, bytes(n)) for n in range(300)] + Parts(NAME).extensions),
}


class Hellos(Stage):
    def test_broken_ones(self):
        for name, (octets, alert, words) in BROKEN.items():
            with self.subTest(name):
                before = self.good.accepted
                client = self.dial()
                client.sendall(octets)
                self.assertEqual(read_to_end(client), (bytes([ALERT, 3, 3, 0, 2, 2, alert]), "fin"))
                client.close()
                self.ended("client", "error", "peek", words)
                self.assertEqual(self.good.accepted, before + 1)  # the next one only

    def test_broken_ones_in_the_answer(self):
        """What is only wrong to the library that answers: no compression but DEFLATE, or DEFLATE with TLS 1.3 (RFC 8446
        section 4.1.2; B4)."""
        for name, method, alerts in (("only DEFLATE", b"\1", (50, 47)), ("DEFLATE too", b"\0\1", (47,))):  # 3.0 says 50, 3.5 47
            with self.subTest(name):
                client = self.dial()
                client.sendall(changed(compression=method))
                said, how = read_to_end(client)
                self.assertIn((said[:1] + said[-2:], how), [(bytes([ALERT, 2, alert]), "fin") for alert in alerts])
                client.close()
                self.ended("client", "error", "client-handshake", "compression")

    def test_odd_ones_are_answered(self):
        for name, octets in ODD.items():
            with self.subTest(name):
                client = self.dial()
                client.sendall(octets)
                self.assertEqual(client.recv(6)[::5], bytes([HANDSHAKE, 2]))
                reset(client)
                self.ended("client", "client_gone", "client-handshake")

    def test_one_that_never_ends(self):
        """Its sender leaves in the middle of a record header, of a message, between two records."""
        whole = as_records(HELLO, 100)
        for size in (1, 4, 7, 60, 105):
            with self.subTest(size):
                client = self.dial()
                client.sendall(whole[:size])
                client.close()
                self.ended("client", "client_gone", "peek")


if __name__ == "__main__":
    unittest.main()
