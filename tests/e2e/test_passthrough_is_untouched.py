"""What a rule passes through reaches the other side byte for byte: the client sees the origin's own certificate."""
import unittest

from entries import certificate_of, connect, dial, get, receive, receive_all, secure, socks5
from hello import client_hello
from harness import Case
import ssl

NAME = "bank.test"
CONFIG = """
listeners:
  - {{name: apps, address: "127.0.0.1:0", mode: explicit}}
  - {{name: fixed, address: "127.0.0.1:0", mode: forward, target: "{name}:{port}"}}
  - {{name: by-name, address: "127.0.0.1:0", mode: sni, port: {port}}}
resolver: {{hosts: {hosts}}}
{further}
rules: [{{name: banks, match: {{server_name: bank.test}}, action: passthrough{check}}}]
"""


class Passthrough(Case):
    def begin(self, origin, further="", check=""):
        return self.start(CONFIG.format(name=NAME, port=origin.port, hosts=self.hosts(**{NAME: "127.0.0.1"}), further=further,
                                        check=check))

    def ways_in(self, daemon, port):
        yield connect(daemon.port("apps"), NAME, port)
        yield socks5(daemon.port("apps"), NAME, port)
        yield dial(daemon.port("fixed"))
        yield dial(daemon.port("by-name"))

    def test_the_client_meets_the_origin_itself(self):
        leaf = self.authority.leaf(NAME)
        origin = self.origin(leaf=leaf)
        daemon = self.begin(origin, further="upstream: {trust: [origin-ca.pem]}")
        with open(leaf[0]) as file:
            own = file.read().split("-----END")[0]
        for connection in self.ways_in(daemon, origin.port):
            client = secure(connection, ssl.create_default_context(cafile=self.authority.certificate), NAME)
            self.assertEqual(certificate_of(client).split("-----END")[0].split(), own.split())
            self.assertIn("hello from the origin", get(client, NAME))
            record = daemon.record()
            self.assertEqual((record["action"], record["rule"], record["protocol"]), ("passthrough", "banks", "tls"))
            self.assertEqual(record["server_name"], NAME)
            self.assertIn("ja4", record)
            self.assertNotIn("client_tls", record)

    def test_the_hello_and_what_follows_arrive_byte_for_byte(self):
        hello = client_hello(NAME, ["h2", "http/1.1"])
        sent, seen = hello + b"not even TLS \x00\xff" * 1000, []

        def origin_side(connection):
            seen.append(receive(connection, len(sent)))
            connection.sendall(b"\x15\x03\x03\x00\x02\x01\x00" + seen[-1][::-1])

        origin = self.origin(origin_side, tls=False)
        daemon = self.begin(origin, check=", check: none")  # it has no certificate to be asked for
        for connection in self.ways_in(daemon, origin.port):
            connection.sendall(sent)
            self.assertEqual(receive_all(connection), b"\x15\x03\x03\x00\x02\x01\x00" + sent[::-1])
            self.assertEqual(seen.pop(), sent)
            connection.close()
            self.assertEqual(daemon.record()["bytes_up"], len(sent))


if __name__ == "__main__":
    unittest.main()
