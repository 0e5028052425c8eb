"""A peer that ends it at any step, by a fatal alert, close_notify, FIN or reset, client or origin, TLS 1.2 and 1.3: the other
side sees that kind of end, the record names who, how and at which step, and the next connection is served."""
import unittest

from harness import until
from hello import client_hello
from raw import reset
from stage import NAME, Stage, client_context
from wire import ALERT, ALERTS, DATA, Piece, Stop, Wire

WORD = b"to the other side"


def alert(level, number):
    return lambda wire, sealed: wire.send_raw(wire.protect(Piece(ALERT, bytes([level, number]), sealed)))


fatal, close_notify = alert(2, 47), alert(1, 0)


def fin(wire, _):
    wire.connection.close()


def abort(wire, _):
    reset(wire.connection)


# Where a handshake's sender stops: how many records of its flight still go out, and whether what follows is sealed.
CLIENT_STEPS = {("1.2", "after the certificate"): (1, 0, False), ("1.2", "after the key exchange"): (1, 1, False),
                ("1.3", "after the certificate"): (1, 1, True), ("1.3", "before any key is used"): (1, 0, False)}
ORIGIN_STEPS = {("1.2", "after the hello"): (0, 0, False), ("1.2", "after the ServerHello"): (0, 1, False),
                ("1.2", "after the certificate"): (0, 2, False), ("1.2", "before the Finished"): (1, 1, False),
                ("1.3", "after the hello"): (0, 0, False), ("1.3", "after the ServerHello"): (0, 1, True),
                ("1.3", "after the certificate"): (0, 4, True), ("1.3", "before the Finished"): (0, 5, True)}


def stopping(flight, count, sealed, act):
    """An alteration that lets `count` records of a flight pass, and then does `act`."""

    def alter(wire, pieces):
        if wire.flight != flight:
            return pieces
        for piece in pieces[:count]:
            wire.send_raw(wire.protect(piece))
        act(wire, sealed)
        raise Stop

    return alter


class EndingsAtEachStep(Stage):
    def client_ends(self, where, act, how, *words):
        version, step = where
        with self.subTest(f"{step}, TLS {version}"):
            connection = self.dial()
            with self.assertRaises(Stop):
                Wire(connection, client_context(version), NAME, stopping(*CLIENT_STEPS[where], act))
            connection.close()
            self.ended("client", how, "client-handshake", *words)

    def origin_ends(self, where, act, seen, how, *words):
        version, step = where
        with self.subTest(f"{step}, TLS {version}"):
            script = lambda connection: self.end_at_origin(connection, version, where, act)
            self.assertEqual(self.visit(script, version), (b"", seen))
            self.ended("upstream", how, "upstream-handshake", *words)

    def end_at_origin(self, connection, version, where, act):
        try:
            self.origin(connection, version, stopping(*ORIGIN_STEPS[where], act))
        except Stop:
            pass

    def test_clients_that_end_it_by_an_alert(self):
        for where in CLIENT_STEPS:
            self.client_ends(where, fatal, "alert", "alert illegal_parameter", "refused our certificate")

    def test_clients_that_end_it_in_order_or_not(self):
        for where in CLIENT_STEPS:
            for act in (close_notify, fin, abort):
                self.client_ends(where, act, "client_gone")

    def test_origins_that_end_it_by_an_alert(self):
        for where in ORIGIN_STEPS:
            self.origin_ends(where, fatal, "alert illegal_parameter", "alert", "alert illegal_parameter")

    def test_origins_that_end_it_in_order_or_not(self):
        for where in ORIGIN_STEPS:
            self.origin_ends(where, close_notify, "truncated", "truncated")
            self.origin_ends(where, fin, "truncated", "truncated")
            self.origin_ends(where, abort, "reset", "reset")

    def test_every_number_by_a_client(self):
        for number, name in {**ALERTS, 200: "200"}.items():
            self.client_ends(("1.2", "after the certificate"), alert(2, number), "alert", f"(alert {name})")

    def test_every_number_by_an_origin(self):
        """B12 and others: the client gets that very number."""
        for number, name in {**ALERTS, 200: "200"}.items():
            with self.subTest(name):
                script = lambda connection: self.end_at_origin(connection, "1.2", ("1.2", "after the hello"), alert(2, number))
                self.script = script
                connection = self.dial("evil")
                connection.sendall(self.hello())
                self.assertEqual(connection.recv(7), bytes([ALERT, 3, 3, 0, 2, 2, number]))
                connection.close()
                self.ended("upstream", "alert", "upstream-handshake", f"(alert {name})")

    def test_warnings_do_not_end_it(self):
        """Before each flight; user_canceled is the one that TLS 1.3 knows (RFC 8446 section 6.1)."""
        warning = Piece(ALERT, b"\1\x5a")
        warn = lambda wire, pieces: [warning, *pieces] if wire.flight else pieces
        for version in ("1.2", "1.3"):
            with self.subTest(version):
                client = self.client(version, warn)
                client.send(DATA, WORD)
                self.assertEqual(client.receive_data(len(WORD)), WORD)
                client.send(ALERT, b"\1\0")
                client.connection.close()
                self.ended("client", "close_notify", "relay")

                def speak(connection):
                    origin = self.origin(connection, version, lambda wire, pieces: [warning, *pieces])
                    origin.send(DATA, WORD)
                    origin.send(ALERT, b"\1\0")
                    connection.recv(1)

                self.assertEqual(self.visit(speak, version), (WORD, "close_notify"))
                self.ended("upstream", "close_notify", "relay")

    def test_in_the_relay(self):
        """An alert of the origin's goes on in TLS 1.3, if it is a known one; else it is a reset for the other side
        (docs/traps/renegotiation.md)."""
        for version in ("1.2", "1.3"):
            for act, seen, how in ((fatal, "reset", "alert"), (alert(2, 200), "reset", "alert"),
                                   (close_notify, "close_notify", "close_notify"), (fin, "truncated", "truncated"),
                                   (abort, "reset", "reset")):
                with self.subTest(f"{how}, TLS {version}"):
                    goes_on = act is fatal and version == "1.3"
                    self.relay_ended_by_origin(version, act, "alert illegal_parameter" if goes_on else seen, how)
                    self.relay_ended_by_client(version, act, seen, how)

    def test_each_alert_of_an_origin_in_the_relay(self):
        for number in sorted(set(ALERTS) - {90}):  # user_canceled is no error (RFC 8446 section 6.1)
            with self.subTest(ALERTS[number]):
                def script(connection, act=alert(2, number)):
                    origin = self.origin(connection, "1.3")
                    origin.send(DATA, WORD)
                    act(origin, True)

                self.script = script
                client = self.client("1.3", listener="evil")
                self.assertEqual(client.receive_data(len(WORD)), WORD)
                self.assertEqual(client.ending(), f"alert {ALERTS[number]}")
                client.connection.close()
                self.ended("upstream", "alert", "relay", ALERTS[number])

    def relay_ended_by_origin(self, version, act, seen, how):
        def script(connection):
            origin = self.origin(connection, version)
            origin.send(DATA, origin.receive_data(len(WORD)))
            act(origin, True)
            if act is close_notify:
                connection.recv(1)

        data, end = self.visit(script, version, WORD)
        self.assertEqual(end, seen)
        if seen != "reset":  # which may overtake what was said before
            self.assertEqual(data, WORD)
        self.ended("upstream", how, "relay")

    def relay_ended_by_client(self, version, act, seen, how):
        heard = []

        def script(connection):
            origin = self.origin(connection, version)
            origin.send(DATA, origin.receive_data(len(WORD)))
            heard.append(origin.ending())

        self.script = script
        client = self.client(version, listener="evil")
        client.send(DATA, WORD)
        self.assertEqual(client.receive_data(len(WORD)), WORD)
        act(client, True)
        until(lambda: heard, "the origin sees the end")
        self.assertEqual(heard, [seen])
        client.connection.close()
        # Nothing that the client waits for is missing: the origin had the last word.
        self.ended("client", "fin" if how == "truncated" else how, "relay")

    def hello(self):
        return client_hello(NAME, context=client_context("1.2"))


if __name__ == "__main__":
    unittest.main()
