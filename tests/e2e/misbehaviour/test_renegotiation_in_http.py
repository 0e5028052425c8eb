"""A renegotiation of TLS 1.2 in the middle of each phase of HTTP, by the client and by the origin: the message goes on as if
nothing had been, octet for octet, and the leg has new keys (acceptance B5)."""
import socket
import unittest

from OpenSSL import SSL

from harness import WAIT, Case, until
from raw import dial

NAME = "origin.test"
BODY = bytes(range(256)) * 300  # more than a record
REQUEST = b"POST /upload HTTP/1.1\r\nHost: origin.test\r\nContent-Length: %d\r\n\r\n" % len(BODY)
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BODY)


class Renegotiator:
    """One end in TLS 1.2 that renegotiates when told, by pyOpenSSL over its own BIOs."""

    def __init__(self, connection, leaf=None):
        self.connection = connection
        connection.settimeout(WAIT)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        context = SSL.Context(SSL.TLS_SERVER_METHOD if leaf else SSL.TLS_CLIENT_METHOD)
        context.set_max_proto_version(SSL.TLS1_2_VERSION)
        if leaf:
            context.use_certificate_chain_file(leaf[0])
            context.use_privatekey_file(leaf[1])
        self.data, self.renewals = b"", 0
        self.tls = SSL.Connection(context, None)
        if leaf:
            self.tls.set_accept_state()
        else:
            self.tls.set_tlsext_host_name(NAME.encode())
            self.tls.set_connect_state()
        self._drive(self.tls.do_handshake)

    def _send(self):
        try:
            while True:
                self.connection.sendall(self.tls.bio_read(65536))
        except SSL.WantReadError:
            pass

    def _drive(self, call):
        while True:
            try:
                return call()
            except SSL.WantReadError:
                self._send()
                piece = self.connection.recv(65536)
                if not piece:
                    raise ConnectionError("ended") from None
                self.tls.bio_write(piece)
            finally:
                self._send()

    def sendall(self, data):
        self._drive(lambda: self.tls.sendall(data))

    def receive(self, size):
        while len(self.data) < size:
            self.data += self._drive(lambda: self.tls.recv(65536))
        taken, self.data = self.data[:size], self.data[size:]
        return taken

    def renegotiate(self):
        """Returns when the handshake is over. Only reading may drive it: data comes in between, and is kept."""
        before = self.tls.get_finished()
        assert self.tls.renegotiate()
        while self.tls.renegotiate_pending() or self.tls.get_finished() == before:
            try:
                self.data += self.tls.recv(65536)
            except SSL.WantReadError:
                self._send()
                if self.tls.renegotiate_pending() or self.tls.get_finished() == before:
                    self.tls.bio_write(self.connection.recv(65536))
        self._send()
        self.renewals += 1

    def wait_for_the_end(self):
        try:
            self.receive(1)
        except SSL.ZeroReturnError:
            pass

    def close(self):
        try:
            self.tls.shutdown()
        except SSL.Error:
            pass
        self._send()
        self.connection.shutdown(socket.SHUT_WR)


PHASES = {"in the request's head": 20, "between the request's head and body": len(REQUEST), "in the request's body": len(REQUEST) + 40000,
          "between request and answer": len(REQUEST) + len(BODY)}
BACK = {"in the answer's head": 20, "between the answer's head and body": len(ANSWER), "in the answer's body": len(ANSWER) + 40000,
        "after the answer": len(ANSWER) + len(BODY)}


class RenegotiationInHttp(Case):
    def setUp(self):
        super().setUp()
        self.leaf, self.up, self.down = self.authority.leaf(NAME), {}, {}
        self.server = self.origin(self.answer, tls=False)
        self.daemon = self.start(f"""
listeners: [{{name: fixed, address: "127.0.0.1:0", mode: forward, target: "{NAME}:{self.server.port}"}}]
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {self.hosts(**{NAME: "127.0.0.1"})}}}
""")

    def say(self, end, message, renew_at):
        """All of it; where told, everything up to there first, and then a renegotiation."""
        if renew_at is None:
            end.sendall(message)
            return
        end.sendall(message[:renew_at])
        end.renegotiate()
        if message[renew_at:]:
            end.sendall(message[renew_at:])

    def answer(self, connection):
        end = Renegotiator(connection, self.leaf)
        self.got = b""
        at = self.plan.get(("origin", "up"))
        if at is not None:
            self.got += end.receive(at)
            end.renegotiate()
        self.got += end.receive(len(REQUEST + BODY) - len(self.got))
        self.say(end, ANSWER + BODY, self.plan.get(("origin", "down")))
        self.renewals = end.renewals
        end.wait_for_the_end()

    def exchange(self, plan):
        self.plan, self.renewals = plan, None
        client = Renegotiator(dial(self.daemon.port("fixed")))
        self.say(client, REQUEST + BODY, plan.get(("client", "up")))
        got, at = b"", plan.get(("client", "down"))
        if at is not None:
            got += client.receive(at)
            client.renegotiate()
        got += client.receive(len(ANSWER + BODY) - len(got))
        self.assertTrue(got == ANSWER + BODY)
        self.assertTrue(self.got == REQUEST + BODY)
        until(lambda: self.renewals is not None, "the origin has said and renewed all")
        client.close()
        client.connection.close()
        record = self.daemon.record()
        self.assertEqual((record["bytes_up"], record["bytes_down"]), (len(REQUEST + BODY), len(ANSWER + BODY)), record)
        self.assertEqual((record["end"]["by"], record["end"]["how"]), ("client", "close_notify"))
        started = [who for who, _ in plan]
        self.assertEqual((client.renewals, self.renewals), (started.count("client"), started.count("origin")))

    def test_by_the_client(self):
        for direction, phases in (("up", PHASES), ("down", BACK)):
            for name, at in phases.items():
                with self.subTest(name):
                    self.exchange({("client", direction): at})

    def test_by_the_origin(self):
        for direction, phases in (("up", PHASES), ("down", BACK)):
            for name, at in phases.items():
                with self.subTest(name):
                    self.exchange({("origin", direction): at})

    def test_by_both(self):
        self.exchange({("client", "up"): 40000, ("origin", "up"): 20000, ("origin", "down"): 40000, ("client", "down"): 20000})

    def test_the_limit_is_of_each_connection_and_of_clients(self):
        """Three by each client, three by its origin: nobody is over (limits.renegotiations_per_minute is 3)."""
        for _ in range(3):
            plan = {("client", "up"): 40000, ("client", "down"): 20000, ("origin", "up"): 20000, ("origin", "down"): 40000}
            self.exchange(plan)


if __name__ == "__main__":
    unittest.main()
