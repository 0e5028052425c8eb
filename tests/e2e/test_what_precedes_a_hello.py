"""What some TLS server takes for the beginning of TLS is never relayed as something else, past a rule that asks for the name: a
record before the hello, a record of an odd version, an SSLv2 hello, however slowly it comes."""
import unittest

from entries import dial
from harness import Case
from raw import client_hello, read_to_end

CONFIG = """
listeners: [{{name: fixed, address: "127.0.0.1:0", mode: forward, target: "127.0.0.1:{port}"}}]
timeouts: {{first_bytes: 50ms, peek: 500ms}}
rules: [{{name: ads, match: {{server_name: ads.test}}, action: block}}]
"""
UNEXPECTED, VERSION = b"\x15\x03\x03\0\x02\x02\x0a", b"\x15\x03\x03\0\x02\x02\x46"


class WhatPrecedesAHello(Case):
    def setUp(self):
        super().setUp()
        self.got = []
        origin = self.origin(lambda connection: self.got.append(connection.recv(4096)), tls=False)
        self.daemon = self.start(CONFIG.format(port=origin.port))

    def say(self, *pieces):
        with dial(self.daemon.port("fixed")) as client:
            for piece in pieces:
                client.sendall(piece)
            answer = read_to_end(client)[0]
        end = self.daemon.record()["end"]
        self.assertEqual((end["by"], end["step"]), ("client" if answer else "proxy", "peek"), end)
        self.assertEqual(self.got, [])
        return answer, end

    def test_another_record(self):
        for first in (b"\x14\x03\x01\0\x01\x01", b"\x15\x03\x01\0\x02\x01\0", b"\x17\x03\x03\0\x01\0", b"\x18\x03\x03\0\x03\1\0\0"):
            answer, end = self.say(first + client_hello())
            self.assertEqual(answer, UNEXPECTED, end)
            self.assertIn("another kind of record", end["detail"])

    def test_an_odd_version(self):
        for version in (b"\x02\x00", b"\x04\x00"):
            answer, end = self.say(b"\x16" + version + client_hello()[3:])
            self.assertEqual(answer, VERSION, end)

    def test_a_first_octet_that_is_followed_by_nothing(self):
        for octet in (b"\x14", b"\x15", b"\x17", b"\x16", b"\x80"):
            _, end = self.say(octet)
            self.assertEqual(end["how"], "timeout", end)


if __name__ == "__main__":
    unittest.main()
