"""What no listener can make sense of ends with a 400 or an alert, a record that quotes it, and a daemon that goes on (B15)."""
import unittest

from harness import Case
from raw import client_hello, dial, read_status, read_to_end

CONFIG = """
listeners:
  - {name: apps, address: "127.0.0.1:0", mode: explicit}
  - {name: by-name, address: "127.0.0.1:0", mode: sni}
  - {name: framed, address: "127.0.0.1:0", mode: explicit, proxy_protocol: true}
"""
DECODE_ERROR = b"\x15\x03\x03\0\x02\x02"  # the head of a fatal alert's record


class ProtocolErrors(Case):
    def setUp(self):
        super().setUp()
        self.daemon = self.start(CONFIG)

    def say(self, listener, octets):
        client = dial(self.daemon.port(listener))
        client.sendall(octets)
        return client

    def check(self, *words, step="preface"):
        record = self.daemon.record()
        end = record["end"]
        self.assertEqual((end["by"], end["how"], end["step"]), ("client", "error", step), record)
        for word in words:
            self.assertIn(word, end["detail"])
        self.assertTrue(self.daemon.no_more_records())

    def test_garbage_on_an_explicit_listener(self):
        self.assertEqual(read_status(self.say("apps", b"GARBAGE\0\1\2\r\n\r\n"))[0], 400)
        self.check('"GARBAGE\\x00\\x01\\x02\\r\\n\\r\\n"')

    def test_a_request_that_is_no_proxy_s(self):
        status, text = read_status(self.say("apps", b"GET /path HTTP/1.1\r\nHost: x.test\r\n\r\n"))
        self.assertEqual(status, 400)
        self.check("GET /path", 'listener "apps"', "mode: transparent")

    def test_tls_on_an_explicit_listener(self):
        read_to_end(self.say("apps", client_hello()))
        self.check("ClientHello", "mode: transparent or sni")

    def test_a_bad_target(self):
        for target in (b"nohost", b":443", b"a b:443", b"host:99999", b"..:443"):
            status = read_status(self.say("apps", b"CONNECT " + target + b" HTTP/1.1\r\nHost: x\r\n\r\n"))[0]
            self.assertEqual(status, 400, target)
            self.check()

    def test_socks_with_a_command_we_do_not_know(self):
        client = self.say("apps", b"\x05\x01\x00")
        self.assertEqual(client.recv(2), b"\x05\x00")
        client.sendall(b"\x05\x02\x00\x01\x7f\0\0\1\0\x50")
        self.assertEqual(client.recv(10)[:2], b"\x05\x07")
        self.check("SOCKS")

    def test_garbage_on_a_listener_by_name(self):
        self.assertEqual(read_to_end(self.say("by-name", b"GARBAGE\r\n"))[1], "reset")
        self.check('47 41 52 42', '"GARB', "are not TLS", 'listener "by-name" takes TLS only', "mode: explicit", step="peek")

    def test_http_on_a_listener_by_name(self):
        for request in (b"GET / HTTP/1.0\r\n\r\n", b"GET / HTTP/1.1\nHost: x\n\n"):
            self.assertEqual(read_status(self.say("by-name", request))[0], 400, request)
            self.check("mode: sni", step="peek")

    def test_a_malformed_client_hello(self):
        hello = bytearray(client_hello())
        hello[43] = 0xFF  # the session id cannot be so long
        said, _ = read_to_end(self.say("by-name", bytes(hello)))
        self.assertTrue(said.startswith(DECODE_ERROR), said)
        self.check("ClientHello", step="peek")

    def test_a_listener_that_expects_a_proxy_header(self):
        read_to_end(self.say("framed", b"CONNECT x.test:443 HTTP/1.1\r\n\r\n"))
        self.check("expected a PROXY protocol header")


if __name__ == "__main__":
    unittest.main()
