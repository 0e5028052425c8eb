"""Records that no peer may send, in the middle of a relay, by the client and by the origin, TLS 1.2 and 1.3: who sent it gets
the alert of the RFC, the other side a reset after the octets that were good, the record says who it was, and the next
connection is served (acceptance F3, B4)."""
import unittest

from harness import until
from stage import Stage
from wire import ALERT, CCS, DATA, HANDSHAKE, HEARTBEAT, SHORT, alerts, message, record

HELLO = message(1, b"\3\3" + bytes(32) + b"\0\0\2\x13\1\1\0")
LIMIT = 1 << 14  # RFC 8446 section 5.1

# No record of TLS 1.3: the first is what OpenSSL 3.0 says, the second, for its type (RFC 8446 section 5) or its version, what 3.5
# says.
NO_RECORD = ("protocol_version", "unexpected_message")
ODD_VERSION = ("protocol_version", "decode_error")
# What is sent, and the alert that answers it by version: RFC 8446 sections 5 and 6, RFC 5246 sections 6.2 and 7.2.
SENT = {
    "no record at all": (lambda w: w.send_raw(b"garbage that is no record"), "protocol_version", NO_RECORD),
    "a record of another version": (lambda w: w.send_raw(record(DATA, bytes(40), 0x0505)), "protocol_version", ODD_VERSION),
    "an unknown type of record": (lambda w: w.send_raw(record(99, bytes(40))), "bad_record_mac", "unexpected_message"),
    "an unknown type, sealed": (lambda w: w.send(77, b"\1"), "unexpected_message", "unexpected_message"),
    "a heartbeat": (lambda w: w.send(HEARTBEAT, b"\1\0\x10" + bytes(16)), "unexpected_message", "unexpected_message"),
    "data that is not sealed": (lambda w: w.send_raw(record(DATA, b"plain" * 9)), "bad_record_mac", "bad_record_mac"),
    "an alert that is not sealed": (lambda w: w.send_raw(record(ALERT, b"\2\x28")), SHORT, "unexpected_message"),
    "a record sealed twice under one number": (lambda w: replay(w), "bad_record_mac", "bad_record_mac"),
    "records in another order": (lambda w: w.send_raw(b"".join(reversed([w.ours.seal(DATA, b"a"), w.ours.seal(DATA, b"b")]))),
                                 "bad_record_mac", "bad_record_mac"),
    "a length above what the cipher may add": (lambda w: w.send_raw(record(DATA, b"x", length=LIMIT + 2049)),
                                               "record_overflow", "record_overflow"),
    "more plaintext than a record may hold": (lambda w: w.send(DATA, bytes(LIMIT + 1)), "record_overflow", "record_overflow"),
    "a record without an octet": (lambda w: w.send_raw(record(DATA, b"")), SHORT, "bad_record_mac"),
    "a flood of empty data": (lambda w: w.send_raw(b"".join(w.ours.seal(DATA, b"") for _ in range(500))),
                              "unexpected_message", "unexpected_message"),
    "a ChangeCipherSpec": (lambda w: w.send_raw(record(CCS, b"\1")), SHORT, "unexpected_message"),
    "a ChangeCipherSpec, sealed": (lambda w: w.send(CCS, b"\1"), "unexpected_message", "unexpected_message"),
    "a flood of ChangeCipherSpec": (lambda w: w.send_raw(100 * record(CCS, b"\1")), SHORT, "unexpected_message"),
    "a Finished": (lambda w: w.send(HANDSHAKE, message(20, bytes(32))), "unexpected_message", "unexpected_message"),
    "a CertificateRequest": (lambda w: w.send(HANDSHAKE, message(13, b"\0\0\0")), "unexpected_message", "unexpected_message"),
    "an alert of one octet": (lambda w: w.send(ALERT, b"\2"), "unexpected_message", "unexpected_message"),
    "two alerts in one record": (lambda w: w.send(ALERT, b"\1\x5a\1\0"), "unexpected_message", "unexpected_message"),
    "an alert without an octet": (lambda w: w.send(ALERT, b""), "unexpected_message", "unexpected_message"),
    "a flood of warnings": (lambda w: w.send_raw(b"".join(w.ours.seal(ALERT, b"\1\x5a") for _ in range(100))),
                            "unexpected_message", "unexpected_message"),
    "a KeyUpdate with a bad value": (lambda w: w.send(HANDSHAKE, message(24, b"\2")), "unexpected_message", "illegal_parameter"),
    "a KeyUpdate that is too long": (lambda w: w.send(HANDSHAKE, message(24, b"\0\0")), "unexpected_message", "illegal_parameter"),
    "two KeyUpdates in one record": (lambda w: w.send(HANDSHAKE, 2 * message(24, b"\0")), "unexpected_message", "unexpected_message"),
}
# What only TLS 1.3 forbids (RFC 8446 section 5.1), and TLS 1.2 waits after.
SENT_13 = {
    "a handshake record without an octet": (lambda w: w.send(HANDSHAKE, b""), "unexpected_message"),
    "data in the middle of a message": (lambda w: (w.send(HANDSHAKE, b"\x18\0"), w.send(DATA, b"x")), "unexpected_message"),
    "padding without a type": (lambda w: w.send_raw(w.ours.seal(0, b"", padding=100)), "unexpected_message"),
    "a record above 2^14 + 256": (lambda w: w.send_raw(record(DATA, bytes(LIMIT + 257))), "record_overflow"),
}
# What has another answer from each side.
FROM_CLIENTS = {
    "a second ClientHello": (lambda w: w.send(HANDSHAKE, HELLO), "handshake_failure", "unexpected_message"),
    "a NewSessionTicket": (lambda w: w.send(HANDSHAKE, message(4, bytes(30))), "unexpected_message", "unexpected_message"),
    "a hello that claims 16 MiB": (lambda w: w.send(HANDSHAKE, message(1, bytes(99), 0xffffff)), "illegal_parameter",
                                   "unexpected_message"),
}
FROM_ORIGINS = {
    "a ClientHello": (lambda w: w.send(HANDSHAKE, HELLO), "unexpected_message", "unexpected_message"),
    "a ticket that breaks its lengths": (lambda w: w.send(HANDSHAKE, message(4, b"\0" * 30)), "unexpected_message", "decode_error"),
    "a ticket that claims 16 MiB": (lambda w: w.send(HANDSHAKE, message(4, bytes(99), 0xffffff)), "unexpected_message",
                                    "illegal_parameter"),
}
WORD = b"well said"


def replay(wire):
    sealed = wire.ours.seal(DATA, b"again")
    wire.send_raw(sealed + sealed)


class RecordsInTheRelay(Stage):
    def cases(self, special):
        for name, (send, old, new) in {**SENT, **special}.items():
            yield name, send, "1.2", old
            yield name, send, "1.3", new
        for name, (send, alert) in SENT_13.items():
            yield name, send, "1.3", alert

    def test_by_a_client(self):
        for name, send, version, alert in self.cases(FROM_CLIENTS):
            note = f"{name}, TLS {version}"
            with self.subTest(note):
                seen = []

                def keep(connection):
                    origin = self.origin(connection, version)
                    origin.send(DATA, origin.receive_data(len(WORD)))
                    seen.append(origin.ending())

                self.script = keep
                client = self.client(version, listener="evil")
                client.send(DATA, WORD)
                self.assertEqual(client.receive_data(len(WORD)), WORD)
                send(client)
                self.assertIn(client.ending(), alerts(alert), note)
                client.connection.close()
                self.ended("client", "error", "relay", note=note)
                until(lambda: seen, "the origin sees the end")
                self.assertEqual(seen, ["reset"], note)

    def test_by_an_origin(self):
        for name, send, version, alert in self.cases(FROM_ORIGINS):
            note = f"{name}, TLS {version}"
            with self.subTest(note):
                seen = []

                def misbehave(connection):
                    origin = self.origin(connection, version)
                    origin.send(DATA, origin.receive_data(len(WORD)))
                    send(origin)
                    seen.append(origin.ending())

                data, how = self.visit(misbehave, version, WORD)
                self.assertEqual((data[:len(WORD)], how), (WORD, "reset"), note)
                until(lambda: seen, "the origin hears the alert")
                self.assertEqual(len(seen), 1, note)
                self.assertIn(seen[0], alerts(alert), note)
                self.ended("upstream", "error", "relay", note=note)


if __name__ == "__main__":
    unittest.main()
