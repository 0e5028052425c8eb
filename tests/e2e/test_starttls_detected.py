"""A ClientHello in the middle of a protocol that nobody knows turns the connection into an intercepted one, from either side;
what only looks like its beginning passes as it is, whole."""
import os
import ssl
import unittest

from entries import dial, receive, receive_all, receive_until
from harness import Case, server_context, until
from halves import Half
from raw import client_hello, read_to_end, secure

CONFIG = """
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {hosts}}}
timeouts: {{first_bytes: {first_bytes}, peek: 2s}}
listeners: [{{name: fixed, address: "127.0.0.1:0", mode: forward, target: "origin.test:{port}"}}]
{rules}
"""


class Detected(Case):
    def begin(self, handler, rules="", first_bytes="50ms"):
        self.leaf = self.authority.leaf("origin.test")
        origin = self.origin(handler, tls=False)
        self.daemon = self.start(CONFIG.format(hosts=self.hosts(**{"origin.test": "127.0.0.1"}), port=origin.port, rules=rules,
                                               first_bytes=first_bytes))
        client = dial(self.daemon.port("fixed"))
        self.addCleanup(client.close)
        return client

    def serve_after_words(self, connection):
        connection.sendall(b"speak, friend\n" if receive_until(connection, b"\n") == b"hello\n" else b"?")
        with server_context(self.leaf).wrap_socket(connection, server_side=True) as secured:
            secured.sendall(receive(secured, 8)[::-1])
            secured.unwrap()

    def check(self, reason, by, up, down, action="intercept"):
        record = self.daemon.record()
        self.assertEqual((record["action"], record["protocol"], record["reason"]), (action, "tls", reason), record)
        self.assertEqual((record["end"]["by"], record["end"]["how"]), (by, "close_notify"), record["end"])
        self.assertEqual((record["bytes_up"], record["bytes_down"]), (up, down))
        return record

    def test_a_hello_of_the_client(self):
        client = self.begin(self.serve_after_words)
        client.sendall(b"hello\n")
        self.assertEqual(receive_until(client, b"\n"), b"speak, friend\n")
        client = secure(client, self.client_context(self.daemon))
        client.sendall(b"12345678")
        self.assertEqual(receive(client, 9), b"87654321")
        client.close_notify()
        self.check("starttls: detected", "upstream", 14, 22)

    def test_a_hello_that_comes_octet_by_octet(self):
        client = self.begin(self.serve_after_words, first_bytes="2s")
        client.sendall(b"hello\n")
        receive_until(client, b"\n")
        tls = ssl.MemoryBIO(), ssl.MemoryBIO()
        session = self.client_context(self.daemon).wrap_bio(*tls, server_hostname="origin.test")
        with self.assertRaises(ssl.SSLWantReadError):
            session.do_handshake()
        for octet in tls[1].read():
            client.sendall(bytes([octet]))
        tls[0].write(client.recv(65536))
        while True:
            try:
                session.do_handshake()
                break
            except ssl.SSLWantReadError:
                tls[0].write(client.recv(65536))
        client.sendall(tls[1].read())
        session.write(b"12345678")
        client.sendall(tls[1].read())
        self.assertTrue(client.recv(65536))
        client.close()
        self.assertEqual(self.daemon.record()["reason"], "starttls: detected")

    def test_a_hello_of_the_upstream(self):
        """The upstream is the TLS client, and our client the server whose certificate is verified and mirrored."""
        answers = []

        def call_back(connection):
            connection.sendall(b"your turn\n")
            receive_until(connection, b"\n")
            secured = secure(connection, ssl.create_default_context(cafile=self.daemon.ca), "client.test")
            secured.sendall(b"12345678")
            answers.append(receive(secured, 9))
            read_to_end(secured)  # the client ends first
            secured.close_notify()

        client = self.begin(call_back)
        self.assertEqual(receive_until(client, b"\n"), b"your turn\n")
        client.sendall(b"ready\n")
        with server_context(self.authority.leaf("client.test")).wrap_socket(client, server_side=True) as secured:
            secured.sendall(receive(secured, 8)[::-1] + b"!")
            secured.unwrap()
        record = self.check("starttls: detected, the upstream is the TLS client", "client", 15, 18)
        self.assertEqual((record["server_name"], record["certificate"]["subject"]), ("client.test", "CN=client.test"))
        until(lambda: answers == [b"87654321!"], f"the upstream heard it: {answers}")

    def test_what_is_not_verified_ends_with_an_alert(self):
        other = self.authority.leaf("other.test")

        def serve(connection):
            receive_until(connection, b"\n")
            connection.sendall(b"go\n")
            server_context(other).wrap_socket(connection, server_side=True)

        client = self.begin(serve)
        client.sendall(b"hello\n")
        receive_until(client, b"\n")
        with self.assertRaises(ssl.SSLError) as caught:
            self.client_context(self.daemon).wrap_socket(client, server_hostname="origin.test")
        self.assertIn("ALERT_BAD_CERTIFICATE", str(caught.exception))
        self.assertEqual(self.daemon.record()["end"]["how"], "unverified")

    def test_what_only_begins_like_a_hello_passes_whole(self):
        hello = client_hello()
        almost = [b"\x16", b"\x16\x03", b"\x16\x03\x01\x02\x00\x02", hello[:5] + b"\x02" + hello[6:], b"\x16\x03\x01\xff\xff\x01abc"]
        for octets in (*almost, hello[:60], b"\x16\x03\x01" + os.urandom(70000), b"x" + hello):
            with self.subTest(octets[:8]):
                question = b"word\n" + b"\0" * 3

                def serve(connection, question=question, size=len(octets)):
                    receive(connection, len(question))
                    connection.sendall(b"next")
                    connection.sendall(receive(connection, size)[::-1])

                client = self.begin(serve)
                client.sendall(question)
                self.assertEqual(receive(client, 4), b"next")
                client.sendall(octets)
                self.assertTrue(receive_all(client) == octets[::-1])
                client.close()
                record = self.daemon.record()
                self.assertEqual((record["action"], record["protocol"], record["end"]["how"]), ("passthrough", "other", "fin"))
                self.assertEqual((record["bytes_up"], record["bytes_down"]), (8 + len(octets), 4 + len(octets)))

    def test_a_hello_deep_in_a_file_is_no_beginning(self):
        part = b"\0 a file with a capture in it\n" * 400
        hello = client_hello()
        received = []

        def take(connection):
            received.append(receive(connection, len(part)))
            received.append(receive_all(connection))

        client = self.begin(take)
        client.sendall(part)
        until(lambda: received, "the first part has come, so that the hello begins a read")
        client.sendall(hello + part)
        client.close()
        until(lambda: len(received) == 2, "all has come")
        self.assertTrue(received == [part, hello + part])
        self.assertEqual(self.daemon.record()["action"], "passthrough")

    def test_an_incomplete_hello_passes_on_with_the_end_behind_it(self):
        received = []

        def serve(connection):
            half = Half(connection)
            half.send(b"go\n")
            received.append(half.read_all())
            half.send(b"late answer")
            half.end()

        client = self.begin(serve, first_bytes="1s")
        receive_until(client, b"\n")
        half = Half(client)
        half.send(client_hello()[:100])
        half.end()
        self.assertEqual(half.read_all(), b"late answer")
        self.assertEqual(received, [client_hello()[:9] + received[0][9:]])
        self.assertEqual(len(received[0]), 100)
        self.assertEqual(self.daemon.record()["end"]["how"], "fin")

    def test_passthrough_looks_for_nothing(self):
        client = self.begin(self.serve_after_words, "rules: [{match: {protocol: other}, action: passthrough}]")
        client.sendall(b"hello\n")
        receive_until(client, b"\n")
        context = ssl.create_default_context(cafile=f"{self.folder}/origin-ca.pem")
        client = secure(client, context)
        client.sendall(b"12345678")
        self.assertEqual(receive(client, 8), b"87654321")
        client.close()
        record = self.daemon.record()
        self.assertEqual((record["action"], record["protocol"]), ("passthrough", "other"))
        self.assertNotIn("reason", record)


if __name__ == "__main__":
    unittest.main()
