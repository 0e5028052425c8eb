"""What looks odd and is allowed passes, by the client and by the origin: empty records, padding (RFC 8446 section 5.4), records
of one octet and of the largest size, key updates, tickets in plenty, a warning (acceptance B7, B8)."""
import unittest

from harness import until
from stage import Stage
from wire import ALERT, DATA, HANDSHAKE, message

LIMIT = 1 << 14
WORD = b"between two odd things"


def update_keys(wire):
    wire.send(HANDSHAKE, message(24, b"\0"))
    wire.ours = wire.ours.next()


def ticket(number):
    """RFC 8446 section 4.6.1: lifetime, age_add, nonce, ticket, extensions."""
    return message(4, (7200).to_bytes(4, "big") + bytes(4) + b"\2" + number.to_bytes(2, "big") + b"\0\x20" + bytes(32) + b"\0\0")


BOTH = {
    "data without an octet": lambda w: w.send(DATA, b""),
    "empty data between full records": lambda w: [w.send(DATA, b"") or w.send(DATA, b"x" * 9) for _ in range(100)],
    "the largest record": lambda w: w.send(DATA, b"y" * LIMIT),
    "records of one octet": lambda w: [w.send(DATA, b"z") for _ in range(1000)],
    "a warning": lambda w: w.send(ALERT, b"\1\x5a"),
}
NEW = {
    "padding of one octet": lambda w: w.send(DATA, b"padded", padding=1),
    "padding up to the limit": lambda w: w.send(DATA, b"padded", padding=LIMIT - 6),
    "nothing but padding": lambda w: w.send(DATA, b"", padding=LIMIT),
    "20 key updates": lambda w: [update_keys(w) or w.send(DATA, b"under new keys") for _ in range(20)],
    "a padded key update": lambda w: (w.send(HANDSHAKE, message(24, b"\0"), padding=999), setattr(w, "ours", w.ours.next())),
    "a key update in pieces": lambda w: ([w.send(HANDSHAKE, message(24, b"\0")[i:i + 1]) for i in range(5)],
                                         setattr(w, "ours", w.ours.next())),
}
OF_ORIGINS = {
    "500 tickets": lambda w: [w.send(HANDSHAKE, ticket(number)) for number in range(500)],
    "20 tickets in one record": lambda w: w.send(HANDSHAKE, b"".join(ticket(number) for number in range(20))),
    "a ticket in pieces": lambda w: [w.send(HANDSHAKE, ticket(1)[i:i + 1]) for i in range(len(ticket(1)))],
}


class Counting:
    """What a wire sends as data is kept, to be compared with what arrives."""

    def __init__(self, wire):
        self.__dict__.update(wire=wire, data=b"")

    def send(self, kind, data, **options):
        if kind == DATA:
            self.__dict__["data"] += data
        self.wire.send(kind, data, **options)

    def __getattr__(self, name):
        return getattr(self.wire, name)

    def __setattr__(self, name, value):
        setattr(self.wire, name, value)


class RecordsThatAreAllowed(Stage):
    extra = "limits: {key_updates_per_minute: 20}"

    def test_by_a_client(self):
        for version, cases in (("1.2", BOTH), ("1.3", {**BOTH, **NEW})):
            for name, send in cases.items():
                with self.subTest(f"{name}, TLS {version}"):
                    client = Counting(self.client(version))
                    send(client)
                    client.send(DATA, WORD)
                    self.assertTrue(client.receive_data(len(client.data)) == client.data)
                    client.send(ALERT, b"\1\0")
                    self.assertEqual(client.ending(), "close_notify")
                    client.connection.close()
                    record = self.ended("client", "close_notify", "relay")
                    self.assertEqual((record["bytes_up"], record["bytes_down"]), 2 * (len(client.data),))

    def test_by_an_origin(self):
        for version, cases in (("1.2", BOTH), ("1.3", {**BOTH, **NEW, **OF_ORIGINS})):
            for name, send in cases.items():
                with self.subTest(f"{name}, TLS {version}"):
                    said = []

                    def speak(connection):
                        origin = Counting(self.origin(connection, version))
                        send(origin)
                        origin.send(DATA, WORD)
                        origin.send(ALERT, b"\1\0")
                        said.append(origin.data)
                        connection.recv(1)

                    data, how = self.visit(speak, version)
                    until(lambda: said, "the origin has said it")
                    self.assertTrue(data == said[0], len(data))
                    self.assertEqual(how, "close_notify")
                    self.ended("upstream", "close_notify", "relay")


if __name__ == "__main__":
    unittest.main()
