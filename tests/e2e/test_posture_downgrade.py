"""Nobody can talk the legs down (acceptance B6): RFC 7507 fallback is refused, the sentinel of RFC 8446 section 4.1.3 is set on
the client's leg and checked on the origin's; and an origin of TLS 1.2 is no downgrade."""
import re
import ssl
import unittest

from harness import server_context
from hellos import Parts
from stage import NAME, Stage, client_context
from wire import HANDSHAKE, Wire, records_in

SENTINEL = b"DOWNGRD\1"
FALLBACK = b"\x56\0"  # RFC 7507: TLS_FALLBACK_SCSV


def without_tls_1_3(records):
    """A ClientHello from which somebody took TLS 1.3, length for length."""
    changed, count = re.subn(rb"\0\x2b(\0[\x03-\x09][\x02-\x08]\x03\x04)", b"\xab\xab\\1", records)  # supported_versions
    assert count == 1, records
    return changed


class Downgrade(Stage):
    def answer_to(self, hello):
        """The random of the ServerHello, or the alert."""
        with self.dial() as client:
            client.sendall(hello)
            said = b""
            while len(said) < 43:
                said += client.recv(100)
                if said[0] != HANDSHAKE:
                    return read_alert(said)
            return said[11:43]

    def old_hello(self, suites=b""):
        parts = Parts(NAME, client_context("1.2"))
        parts.suites += suites
        return parts.records()

    def test_a_fallback_is_refused(self):
        self.assertEqual(self.answer_to(self.old_hello(FALLBACK)), "alert 86")
        self.ended("client", "error", "client-handshake", "inappropriate fallback")

    def test_a_fallback_that_is_none_is_not(self):
        parts = Parts(NAME)
        parts.suites += FALLBACK
        self.assertIsInstance(self.answer_to(parts.records()), bytes)
        self.ended("client", "client_gone", "client-handshake")

    def test_the_sentinel_is_set_for_a_client_of_tls_1_2(self):
        self.assertEqual(self.answer_to(self.old_hello())[-8:], SENTINEL)
        self.ended("client", "client_gone", "client-handshake")

    def test_a_client_whose_offer_was_taken_away_finds_out(self):
        steal = lambda wire, pieces: [without_tls_1_3(wire.protect(pieces[0]))] if wire.flight == 0 else pieces
        with self.assertRaises(ssl.SSLError) as caught:
            self.client(alter=steal)
        self.assertIn("INAPPROPRIATE_FALLBACK", str(caught.exception))

    def test_we_find_out_when_our_offer_is_taken_away(self):
        heard = []

        def between(connection):
            """The origin behind it speaks TLS 1.3, and never got to know that we do."""
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            tls = server_context(self.leaf).wrap_bio(incoming, outgoing, server_side=True)
            incoming.write(without_tls_1_3(connection.recv(65536)))
            with self.assertRaises(ssl.SSLWantReadError):
                tls.do_handshake()
            connection.sendall(outgoing.read())
            heard.append(connection.recv(7))

        self.assertEqual(self.visit(between), (b"", "alert handshake_failure"))
        self.ended("upstream", "error", "upstream-handshake", "inappropriate fallback")
        self.assertEqual(heard, [b"\x15\3\3\0\2\2\x2f"])

    def test_an_origin_of_tls_1_2_is_no_downgrade(self):
        """B16: the client gets what the origin has, and no reason to refuse it."""
        randoms = []

        def speak(connection):
            self.origin(connection, "1.2").send(23, b"old")

        self.script = speak
        with self.dial("evil") as connection:
            client = Wire(connection, client_context(), NAME)
            randoms.append(records_in(client.heard)[0][0][2][6:38])
            self.assertEqual((client.version, client.receive_data(3)), ("TLSv1.2", b"old"))
        self.assertNotEqual(randoms[0][-8:], SENTINEL)
        record = self.daemon.record()
        self.assertEqual({record[leg]["version"] for leg in ("client_tls", "upstream_tls")}, {"TLSv1.2"})


def read_alert(said):
    return f"alert {said[6]}"


if __name__ == "__main__":
    unittest.main()
