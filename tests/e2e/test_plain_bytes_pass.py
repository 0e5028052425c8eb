"""What is neither TLS nor HTTP passes as it is, also where the server speaks first or the client says nothing."""
import unittest

from entries import connect, dial, receive, receive_all, receive_until, socks5
from harness import Case

CONFIG = """
listeners:
  - {{name: apps, address: "127.0.0.1:0", mode: explicit}}
  - {{name: fixed, address: "127.0.0.1:0", mode: forward, target: "127.0.0.1:{port}"}}
timeouts: {{first_bytes: 50ms}}
"""


def mail(connection):
    connection.sendall(b"220 mail.test ESMTP\r\n")
    line = receive_until(connection, b"\r\n")
    connection.sendall(b"250 you said " + line)
    connection.sendall(b"221 bye\r\n")


class PlainBytes(Case):
    def begin(self, handler):
        origin = self.origin(handler, tls=False)
        self.daemon = self.start(CONFIG.format(port=origin.port))
        yield connect(self.daemon.port("apps"), "127.0.0.1", origin.port)
        yield socks5(self.daemon.port("apps"), "127.0.0.1", origin.port)
        yield dial(self.daemon.port("fixed"))

    def check(self, protocol="other"):
        record = self.daemon.record()
        self.assertEqual((record["action"], record["protocol"]), ("passthrough", protocol))
        self.assertEqual(record["end"]["how"], "fin")
        return record

    def test_a_server_that_speaks_first_is_heard(self):
        for client in self.begin(mail):
            self.assertEqual(receive_until(client, b"\r\n"), b"220 mail.test ESMTP\r\n")
            client.sendall(b"EHLO me\r\n")
            self.assertEqual(receive_all(client), b"250 you said EHLO me\r\n221 bye\r\n")
            client.close()
            record = self.check()
            self.assertEqual((record["bytes_up"], record["bytes_down"]), (9, 52))

    def test_a_protocol_of_its_own_passes_both_ways(self):
        question = bytes(range(256)) * 40
        for client in self.begin(lambda c: c.sendall(receive(c, len(question))[::-1])):
            client.sendall(question)
            self.assertEqual(receive_all(client), question[::-1])
            client.close()
            self.check()

    def test_a_word_that_could_become_a_method_is_passed_on_when_nothing_follows(self):
        for client in self.begin(lambda c: c.sendall(receive(c, 5)[::-1])):
            client.sendall(b"HELLO")
            self.assertEqual(receive_all(client), b"OLLEH")
            client.close()
            self.check()

    def test_http_in_a_tunnel_is_http(self):
        for client in self.begin(lambda c: c.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + receive_until(c, b"\r\n\r\n"))):
            client.sendall(b"GET /x HTTP/1.1\r\nHost: in.test\r\n\r\n")
            self.assertIn(b"GET /x HTTP/1.1\r\nHost: in.test\r\n\r\n", receive_all(client))
            client.close()
            self.check("http")

    def test_a_late_hello_is_still_seen(self):
        origin = self.origin(names=("localhost",))
        daemon = self.start(CONFIG.format(port=origin.port) + "upstream: {trust: [origin-ca.pem]}\n")
        client = connect(daemon.port("apps"), "localhost", origin.port)
        client.settimeout(0.3)  # longer than first_bytes: the daemon waits for either side by then
        with self.assertRaises(TimeoutError):
            client.recv(1)
        client.settimeout(None)
        client = self.client_context(daemon).wrap_socket(client, server_hostname="localhost")
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        self.assertIn(b"hello from the origin", receive_all(client))
        client.close()
        self.assertEqual(daemon.record()["action"], "intercept")


if __name__ == "__main__":
    unittest.main()
