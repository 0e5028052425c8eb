"""A request that the explicit listener cannot follow is refused in the client's own language, and recorded as its error."""
import unittest

from entries import dial, receive_all
from hello import client_hello
from harness import Case


class Malformed(Case):
    def setUp(self):
        super().setUp()
        self.daemon = self.start('listeners: [{name: apps, address: "127.0.0.1:0", mode: explicit}]')

    def refused(self, request, answer, detail=""):
        client = dial(self.daemon.port("apps"))
        client.sendall(request)
        self.assertTrue(receive_all(client).startswith(answer), request)
        client.close()
        record = self.daemon.record()
        self.assertEqual((record["end"]["by"], record["end"]["how"], record["end"]["step"]), ("client", "error", "preface"), record)
        self.assertIn(detail, record["end"]["detail"])

    def test_http(self):
        for target in (b"origin.test", b"origin.test:0", b"origin.test:65536", b":443", b"[::1:443", b"a_b c:443",
                       b"http://origin.test/"):
            self.refused(b"CONNECT " + target + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"HTTP/1.1 400 ")
        self.refused(b"GET / HTTP/1.1\r\nHost: origin.test\r\n\r\n", b"HTTP/1.1 400 ", "mode: transparent")
        self.refused(b"GET http://u:p@origin.test/ HTTP/1.1\r\nHost: origin.test\r\n\r\n", b"HTTP/1.1 400 ", "Authorization")
        self.refused(b"GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\nHost: b.test\r\n\r\n", b"HTTP/1.1 400 ")
        self.refused(b"POST http://a.test/ HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                     b"HTTP/1.1 400 ")

    def test_the_client_is_told_what_to_do_and_quoted_once(self):
        client = dial(self.daemon.port("apps"))
        client.sendall(b'GET https://origin.test/?q="\xff"# HTTP/1.1\r\nHost: origin.test\r\n\r\n')
        answer = receive_all(client).decode()
        self.assertTrue(answer.startswith("HTTP/1.1 400 "), answer)  # an octet that no URL has comes first
        self.assertIn(r'"GET https://origin.test/?q=\"\xff\"# HTTP/1.1": the target has', answer)
        client = dial(self.daemon.port("apps"))
        client.sendall(b"GET https://origin.test/ HTTP/1.1\r\nHost: origin.test\r\n\r\n")
        answer = receive_all(client).decode()
        self.assertTrue(answer.startswith("HTTP/1.1 501 "), answer)
        self.assertIn('"GET https://origin.test/ HTTP/1.1": a proxy is asked for an https URL by CONNECT', answer)
        self.assertIn("https_proxy", answer)

    def test_http_by_the_status_that_fits(self):
        self.refused(b"POST http://a.test/ HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: gzip\r\n\r\n", b"HTTP/1.1 501 ")
        self.refused(b"GET http://a.test/" + b"x" * 9000 + b" HTTP/1.1\r\nHost: a.test\r\n\r\n", b"HTTP/1.1 414 ")
        self.refused(b"GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\nX: " + b"x" * 70000 + b"\r\n\r\n", b"HTTP/1.1 431 ")

    def test_socks(self):
        self.refused(b"\x05\x01\x02", b"\x05\xff")
        self.refused(b"\x05\x01\x00" + b"\x05\x02\0\x01\x7f\0\0\x01\0\x50", b"\x05\x00\x05\x07")
        self.refused(b"\x05\x01\x00" + b"\x05\x01\0\x09\x7f\0\0\x01\0\x50", b"\x05\x00\x05\x08")
        self.refused(b"\x04\x02\0\x50\x7f\0\0\x01\0", b"\x00\x5b")

    def test_tls_and_bytes_of_no_known_kind(self):
        self.refused(client_hello("origin.test"), b"\x15\x03", "ClientHello")
        self.refused(b"\x00\x01\x02\x03", b"HTTP/1.1 400 ")


if __name__ == "__main__":
    unittest.main()
