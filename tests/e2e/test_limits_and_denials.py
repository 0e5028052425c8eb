"""What a limit, `allow`, `destinations.deny` or our own address forbids is refused, told, and recorded."""
import socket
import unittest

from harness import Case
from raw import dial, read_status, read_to_end, request_tunnel, socks5, tunnel


def arrive(port):
    """How a connection that says nothing ends."""
    try:
        return read_to_end(dial(port))[1]
    except ConnectionResetError:
        return "reset"


class LimitsAndDenials(Case):
    def check(self, daemon, how, step, *words):
        record = daemon.record()
        self.assertEqual((record["end"]["by"], record["end"]["how"], record["end"]["step"]), ("proxy", how, step), record)
        for word in words:
            self.assertIn(word, record["end"]["detail"])

    def test_the_connections_in_all_are_limited_and_room_comes_back(self):
        daemon = self.start("""
listeners: [{name: apps, address: "127.0.0.1:0", mode: explicit}]
limits: {connections: 2}
workers: 1
""")
        origin = self.origin(lambda connection: connection.recv(1), tls=False)
        target = f"127.0.0.1:{origin.port}"
        held = [tunnel(daemon.port("apps"), target) for _ in range(2)]
        self.assertEqual(arrive(daemon.port("apps")), "reset")
        self.check(daemon, "limit", "accept", "limits.connections: 2 are open")
        held[0].close()
        daemon.record()
        tunnel(daemon.port("apps"), target).close()
        held[1].close()

    def test_the_connections_of_a_source_are_limited(self):
        daemon = self.start("""
listeners: [{name: apps, address: "127.0.0.1:0", mode: explicit}]
limits: {connections_per_source: 1}
""")
        origin = self.origin(lambda connection: connection.recv(1), tls=False)
        held = tunnel(daemon.port("apps"), f"127.0.0.1:{origin.port}")
        self.assertEqual(arrive(daemon.port("apps")), "reset")
        self.check(daemon, "limit", "accept", "limits.connections_per_source: 127.0.0.1 has 1 open")
        with socket.socket() as other:
            other.bind(("127.0.0.2", 0))
            other.connect(("127.0.0.1", daemon.port("apps")))
            other.sendall(f"CONNECT 127.0.0.1:{origin.port} HTTP/1.0\r\n\r\n".encode())
            self.assertEqual(read_status(other)[0], 200)
        held.close()

    def test_a_source_outside_allow_is_reset(self):
        daemon = self.start('listeners: [{name: apps, address: "127.0.0.1:0", mode: explicit, allow: 10.0.0.0/8}]')
        self.assertEqual(arrive(daemon.port("apps")), "reset")
        self.check(daemon, "denied", "accept", "allow")

    def test_our_own_listener_is_no_destination(self):
        daemon = self.start(f"""
listeners:
  - {{name: apps, address: "127.0.0.1:0", mode: explicit}}
  - {{name: wide, address: "0.0.0.0:0", mode: explicit, allow: 127.0.0.0/8}}
resolver: {{hosts: {self.hosts(**{"myself.test": "127.0.0.1"})}}}
""")
        apps, wide = daemon.port("apps"), daemon.port("wide")
        for target in (f"127.0.0.1:{apps}", f"myself.test:{apps}", f"127.0.0.1:{wide}", f"127.9.9.9:{wide}", f"0.0.0.0:{apps}",
                       f"[::ffff:127.0.0.1]:{apps}"):
            status, text = read_status(request_tunnel(apps, target))
            self.assertEqual(status, 403, f"{target}: {text}")
            self.assertIn("this proxy itself", text)
            self.check(daemon, "loop", "connect", "this proxy itself")
        client, reply = socks5(apps, "myself.test", apps)
        client.close()
        self.assertEqual(reply, 2)

    def test_a_denied_destination(self):
        daemon = self.start(f"""
listeners:
  - {{name: apps, address: "127.0.0.1:0", mode: explicit}}
  - {{name: wide, address: "0.0.0.0:0", mode: explicit, allow: 127.0.0.0/8}}
resolver: {{hosts: {self.hosts(**{"metadata.test": "169.254.169.254"})}}}
""")
        for listener, target in (("apps", "169.254.169.254:80"), ("apps", "metadata.test:80"), ("apps", "[fe80::1]:80"),
                                 ("wide", "127.0.0.1:1"), ("wide", "[::1]:1"), ("wide", "[::ffff:127.0.0.1]:1"),
                                 ("wide", "0.0.0.0:1")):
            status, text = read_status(request_tunnel(daemon.port(listener), target))
            self.assertEqual(status, 403, f"{target}: {text}")
            record = daemon.record()
            self.assertEqual((record["end"]["by"], record["end"]["how"]), ("proxy", "denied"), record)
            self.assertNotIn("destination", record)


if __name__ == "__main__":
    unittest.main()
