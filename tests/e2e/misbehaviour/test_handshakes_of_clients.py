"""A client that breaks the handshake after our flight: the alert of the RFC, a record that blames it, and the next one is
served; and what is odd and allowed is accepted (acceptance B7, F3)."""
import unittest

import flights
from flights import CERTIFICATE, CHANGE, CLIENT_KEY_EXCHANGE, FINISHED, before, instead, spoiled, twice, without
from stage import NAME, Stage, client_context
from raw import fault_in
from wire import ALERT, CCS, DATA, HANDSHAKE, Piece, SHORT, Wire, alerts, message, record

POINT = b"\x20" + bytes(32)  # on X25519, of small order


def ccs(*pieces):
    """In the place of the ChangeCipherSpec."""
    return lambda flight: [new for piece in flight for new in (pieces if piece.kind == CCS else [piece])]


OLD = {  # TLS 1.2: the flight is ClientKeyExchange, ChangeCipherSpec, and a Finished that OpenSSL has sealed
    "no ChangeCipherSpec": (ccs(), "unexpected_message"),
    "a ChangeCipherSpec before its time": (lambda f: [f[1], f[0], f[2]], "unexpected_message"),
    "two ChangeCipherSpecs": (ccs(CHANGE, CHANGE), SHORT),
    "a ChangeCipherSpec of another value": (ccs(Piece(CCS, b"\2")), "unexpected_message"),
    "no key exchange": (without(CLIENT_KEY_EXCHANGE), "unexpected_message"),
    "two key exchanges": (twice(CLIENT_KEY_EXCHANGE), "unexpected_message"),
    "a key that is none": (instead(CLIENT_KEY_EXCHANGE, Piece(HANDSHAKE, message(16, POINT))), "illegal_parameter"),
    "a key of 16 MiB, it says": (flights.claims(CLIENT_KEY_EXCHANGE, False), "illegal_parameter"),
    "a certificate that nobody asked for": (before(CLIENT_KEY_EXCHANGE, Piece(HANDSHAKE, message(11, b"\0\0\0"))),
                                            "unexpected_message"),
    "data first": (before(CLIENT_KEY_EXCHANGE, Piece(DATA, b"GET /")), "unexpected_message"),
    "a second hello": (before(CLIENT_KEY_EXCHANGE, Piece(HANDSHAKE, message(1, bytes(50)))), "unexpected_message"),
    "a Finished that is spoiled": (lambda f: [*f[:2], Piece(HANDSHAKE, f[2].data[:-1] + bytes([f[2].data[-1] ^ 1]))],
                                   "bad_record_mac"),
    "a Finished that is not sealed": (lambda f: [*f[:2], Piece(HANDSHAKE, message(20, bytes(12)))], SHORT),
}
# RFC 8446 section 5 wants the first; OpenSSL 3.0 says the second.
BAD_CCS = ("unexpected_message", "illegal_parameter")
NEW = {  # TLS 1.3: ChangeCipherSpec, Finished
    "a flood of ChangeCipherSpecs": (ccs(*100 * [CHANGE]), "unexpected_message"),
    "a ChangeCipherSpec of another value": (ccs(Piece(CCS, b"\2")), BAD_CCS),
    "a ChangeCipherSpec of two octets": (ccs(Piece(CCS, b"\1\1")), BAD_CCS),
    "a Finished that is spoiled": (spoiled(FINISHED), "decrypt_error"),
    "a Finished that is not sealed": (lambda f: [f[0], Piece(HANDSHAKE, f[1].data)], "unexpected_message"),
    "a Finished of 16 MiB, it says": (flights.claims(FINISHED, True), "illegal_parameter"),
    "something after the Finished in its record": (lambda f: [f[0], Piece(HANDSHAKE, f[1].data + message(24, b"\0"), True)],
                                                   "unexpected_message"),
    "a certificate that nobody asked for": (before(FINISHED, Piece(HANDSHAKE, message(CERTIFICATE, bytes(4)), True)),
                                            "unexpected_message"),
    "an EndOfEarlyData": (before(FINISHED, Piece(HANDSHAKE, message(5, b""), True)), "unexpected_message"),
    "data first": (before(FINISHED, Piece(DATA, b"GET /", True)), "unexpected_message"),
    "a KeyUpdate": (before(FINISHED, Piece(HANDSHAKE, message(24, b"\0"), True)), "unexpected_message"),
    "a second hello": (before(FINISHED, Piece(HANDSHAKE, message(1, bytes(50)))), "unexpected_message"),
    "a second hello, sealed": (before(FINISHED, Piece(HANDSHAKE, message(1, bytes(50)), True)), "unexpected_message"),
    "a record above the limit": (lambda f: [f[0], record(DATA, bytes((1 << 14) + 257))], "record_overflow"),
}
ODD = {
    "1.2": {"in records of one octet": flights.in_pieces(1)},
    "1.3": {"in records of one octet": flights.in_pieces(1), "no ChangeCipherSpec": ccs(),
            "padded": lambda f: [f[0], Piece(HANDSHAKE, f[1].data, True, padding=2000)]},
}


class HandshakesOfClients(Stage):
    def test_broken_ones(self):
        for version, cases in (("1.2", OLD), ("1.3", NEW)):
            for name, (change, alert) in cases.items():
                with self.subTest(f"{name}, TLS {version}"):
                    with self.dial() as connection:
                        try:
                            how = Wire(connection, client_context(version), NAME, flights.on_flight(1, change)).ending()
                        except OSError as error:
                            how = fault_in(error)
                    self.assertIn(how, alerts(alert))
                    record = self.ended("client", "error", "client-handshake", "the handshake with the client failed")
                    self.assertNotIn("client_tls", record)

    def test_odd_ones(self):
        for version, cases in ODD.items():
            for name, change in cases.items():
                with self.subTest(f"{name}, TLS {version}"):
                    client = self.client(version, flights.on_flight(1, change))
                    client.send(DATA, b"word")
                    self.assertEqual(client.receive_data(4), b"word")
                    client.send(ALERT, b"\1\0")
                    client.connection.close()
                    self.ended("client", "close_notify", "relay")


if __name__ == "__main__":
    unittest.main()
