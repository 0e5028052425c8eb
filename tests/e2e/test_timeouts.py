"""Every phase of a connection has its own deadline; the record says which one passed, and the client is not left waiting."""
import threading
import unittest

from harness import Case, server_context
from peers import NameServer, SilentPort
from raw import (Secured, anybody, client_hello, dial, handshake_fault, read_status, read_to_end,
                 request_tunnel, secure, tunnel)

CONFIG = """
listeners:
  - {name: apps, address: "127.0.0.1:0", mode: explicit}
  - {name: by-name, address: "127.0.0.1:0", mode: sni}
upstream: {trust: [system, origin-ca.pem]}
timeouts: {%s}
"""


class Timeouts(Case):
    def begin(self, timeouts, more=""):
        self.authority
        self.daemon = self.start(CONFIG % timeouts + more)
        return self.daemon.port("apps")

    def check(self, step, *words):
        record = self.daemon.record()
        end = record["end"]
        self.assertEqual((end["by"], end["how"], end["step"]), ("proxy", "timeout", step), record)
        for word in words:
            self.assertIn(word, end["detail"])
        self.assertTrue(self.daemon.no_more_records())

    def silent_origin(self):
        return self.origin(read_to_end, tls=False)

    def test_a_client_that_says_nothing_to_an_explicit_listener(self):
        client = dial(self.begin("peek: 300ms"))
        self.assertEqual(read_to_end(client)[0], b"")
        self.check("preface", "300ms (timeouts.peek)")

    def test_half_of_a_connect_is_answered_with_504(self):
        client = dial(self.begin("peek: 300ms"))
        client.sendall(b"CONNECT somewhere.test:443 HTT")
        self.assertEqual(read_status(client)[0], 504)
        self.check("preface", "300ms")

    def test_half_of_a_client_hello(self):
        client = tunnel(self.begin("peek: 300ms"), f"127.0.0.1:{self.silent_origin().port}")
        client.sendall(client_hello()[:100])
        self.assertIn(read_to_end(client)[1], ("reset", "fin"))
        self.check("peek", "300ms (timeouts.peek)")

    def test_a_client_that_says_nothing_to_a_listener_by_name(self):
        self.begin("peek: 300ms, first_bytes: 100ms")
        self.assertEqual(read_to_end(dial(self.daemon.port("by-name"))), (b"", "reset"))
        self.check("peek", "300ms (timeouts.peek)")

    def test_a_name_server_that_is_silent(self):
        names = NameServer(silent=True)
        self.addCleanup(names.close)
        port = self.begin("peek: 5s", f"resolver: {{servers: 127.0.0.1:{names.port}, timeout: 300ms}}")
        self.assertEqual(read_status(request_tunnel(port, "slow.test:443"))[0], 504)
        self.check("resolve", "300ms", "(resolver.timeout)")

    def test_nobody_speaks(self):
        """The limit of a silence before the first word is the relay's, even where it is as long as another."""
        client = tunnel(self.begin("first_bytes: 50ms, peek: 300ms, idle: 300ms"), f"127.0.0.1:{self.silent_origin().port}")
        self.assertEqual(read_to_end(client)[0], b"")
        self.check("peek", "300ms (timeouts.idle)")

    def test_an_address_that_does_not_answer(self):
        blackhole = SilentPort()
        self.addCleanup(blackhole.close)
        port = self.begin("connect: 300ms")
        self.assertEqual(read_status(request_tunnel(port, f"127.0.0.1:{blackhole.port}"))[0], 504)
        self.check("connect", "300ms (timeouts.connect)")

    def test_an_origin_that_is_silent_in_the_handshake(self):
        client = tunnel(self.begin("handshake: 300ms"), f"127.0.0.1:{self.silent_origin().port}")
        self.assertEqual(handshake_fault(client, anybody(), "localhost"), "alert internal_error")
        self.check("upstream-handshake", "300ms (timeouts.handshake)")

    def test_a_client_that_is_silent_in_the_handshake(self):
        client = tunnel(self.begin("handshake: 300ms"), f"127.0.0.1:{self.origin().port}")
        client.sendall(client_hello("localhost"))
        self.assertIn(read_to_end(client)[1], ("fin", "reset"))
        self.check("client-handshake", "300ms (timeouts.handshake)")

    def relayed(self, timeouts, handler=read_to_end):
        """A client whose TLS session with the origin stands."""
        context = server_context(self.authority.leaf("localhost"))
        origin = self.origin(lambda raw: handler(Secured(raw, context)), tls=False)
        return secure(tunnel(self.begin(timeouts), f"localhost:{origin.port}"), self.client_context(self.daemon), "localhost")

    def test_a_relay_in_which_nothing_moves(self):
        client = self.relayed("idle: 300ms")
        self.assertIn(read_to_end(client)[1], ("close_notify", "truncated", "reset"))
        self.check("relay", "no octet", "300ms (timeouts.idle)")

    def test_a_half_closed_relay_in_which_nothing_moves(self):
        hold = threading.Event()
        self.addCleanup(hold.set)
        client = self.relayed("half_close: 300ms", lambda origin: (read_to_end(origin), hold.wait()))
        client.close_notify()
        self.assertIn(read_to_end(client)[1], ("truncated", "reset"))
        self.check("relay", "300ms (timeouts.half_close)")

    def test_a_connection_that_has_lived_long_enough(self):
        def chatter(origin):
            while True:
                origin.sendall(b"tick")
                origin.recv(4)

        client = self.relayed("lifetime: 500ms", chatter)
        try:
            while client.recv(4):
                client.sendall(b"tock")
        except OSError:
            pass
        self.check("relay", "lived for 500ms (timeouts.lifetime)")

    def test_a_client_that_waits_for_the_server_to_speak_is_connected_after_first_bytes(self):
        origin = self.origin(lambda connection: connection.sendall(b"220 hello"), tls=False)
        client = tunnel(self.begin("first_bytes: 100ms"), f"127.0.0.1:{origin.port}")
        self.assertEqual(read_to_end(client), (b"220 hello", "fin"))
        client.close()
        record = self.daemon.record()
        self.assertEqual((record["protocol"], record["action"], record["end"]["how"]), ("other", "passthrough", "fin"))


if __name__ == "__main__":
    unittest.main()
