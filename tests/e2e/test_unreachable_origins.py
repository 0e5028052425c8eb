"""An origin that cannot be reached is told before the 200 or the SOCKS grant, with the reason; other clients are reset."""
import socket
import time
import unittest

from harness import Case
from peers import NameServer, SilentPort
from raw import anybody, dial, handshake_fault, read_status, read_to_end, request_tunnel, socks4a, socks5

CONFIG = """
listeners:
  - {{name: apps, address: "127.0.0.1:0", mode: explicit}}
  - {{name: fixed, address: "127.0.0.1:0", mode: forward, target: "{target}"}}
resolver: {{hosts: {hosts}, servers: 127.0.0.1:{dns}}}
timeouts: {{connect: 500ms, first_bytes: 100ms}}
"""


def unused_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Unreachable(Case):
    def setUp(self):
        super().setUp()
        self.silent = SilentPort()
        self.addCleanup(self.silent.close)
        self.names = NameServer()
        self.addCleanup(self.names.close)
        self.refused = unused_port()
        self.daemon = self.begin(f"127.0.0.1:{self.refused}")
        self.apps = self.daemon.port("apps")

    def begin(self, target):
        return self.start(CONFIG.format(target=target, hosts=self.hosts(**{"here.test": "127.0.0.1", "far.test": "224.0.0.1"}),
                                        dns=self.names.port))

    def check(self, by, how, step, *words):
        record = self.daemon.record()
        self.assertEqual((record["end"]["by"], record["end"]["how"], record["end"]["step"]), (by, how, step), record)
        for word in words:
            self.assertIn(word, record["end"]["detail"])
        self.assertNotIn("destination", record)
        return record

    def connect_fails(self, target, status, *words):
        got, text = read_status(request_tunnel(self.apps, target))
        self.assertEqual(got, status, text)
        for word in words:
            self.assertIn(word, text)

    def test_a_name_that_does_not_exist(self):
        self.connect_fails("nosuch.test:443", 502, "no such host (NXDOMAIN")
        record = self.check("proxy", "unresolved", "resolve", "nosuch.test:443", f"NXDOMAIN from 127.0.0.1:{self.names.port}")
        self.assertEqual(record["target"], "nosuch.test:443")
        for ask, code in ((socks5, 4), (socks4a, 91)):
            client, reply = ask(self.apps, "nosuch.test", 443)
            client.close()
            self.assertEqual(reply, code)
            self.check("proxy", "unresolved", "resolve")

    def test_a_port_where_nobody_listens(self):
        self.connect_fails(f"here.test:{self.refused}", 502, "connection refused")
        self.check("upstream", "refused", "connect", "here.test", f"127.0.0.1:{self.refused}", "nothing listens there")
        for ask, code in ((socks5, 5), (socks4a, 91)):
            client, reply = ask(self.apps, "here.test", self.refused)
            client.close()
            self.assertEqual(reply, code)
            self.check("upstream", "refused", "connect")

    def test_an_address_that_cannot_be_reached(self):
        """TCP to a multicast address: the one that no machine has a route for."""
        self.connect_fails("far.test:443", 502)
        self.check("upstream", "unreachable", "connect", "224.0.0.1:443")
        client, reply = socks5(self.apps, "far.test", 443)
        client.close()
        self.assertEqual(reply, 4)
        self.check("upstream", "unreachable", "connect")

    def test_an_address_that_is_silent(self):
        began = time.monotonic()
        self.connect_fails(f"here.test:{self.silent.port}", 504)
        self.assertGreaterEqual(time.monotonic() - began, 0.5)
        self.check("proxy", "timeout", "connect", "500ms")
        client, reply = socks5(self.apps, "here.test", self.silent.port)
        client.close()
        self.assertEqual(reply, 6)
        self.check("proxy", "timeout", "connect")

    def test_a_plain_request_is_answered_too(self):
        client = dial(self.apps)
        client.sendall(f"GET http://here.test:{self.refused}/ HTTP/1.1\r\nHost: here.test\r\n\r\n".encode())
        self.assertEqual(read_status(client)[0], 502)
        client.close()
        self.check("upstream", "refused", "connect")

    def test_a_client_that_began_with_tls_gets_an_alert_and_any_other_a_reset(self):
        self.assertEqual(handshake_fault(dial(self.daemon.port("fixed")), anybody()), "alert internal_error")
        self.check("upstream", "refused", "connect")
        client = dial(self.daemon.port("fixed"))
        client.sendall(b"\0 something else")
        self.assertEqual(read_to_end(client), (b"", "reset"))
        self.check("upstream", "refused", "connect")


if __name__ == "__main__":
    unittest.main()
