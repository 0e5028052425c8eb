"""TCP's urgent octets (telnet's Synch, FTP's ABOR) are octets like others: each relay passes them on where they stood."""
import socket
import unittest

from entries import dial, receive_all
from harness import Case

CONFIG = """
listeners:
  - {{name: spliced, address: "127.0.0.1:0", mode: forward, target: "127.0.0.1:{port}"}}
  - {{name: tapped, address: "127.0.0.1:0", mode: forward, target: "127.0.0.1:{port}"}}
  - {{name: watched, address: "127.0.0.1:0", mode: forward, target: "127.0.0.1:{port}", starttls: ftp}}
rules:
  - {{name: splice, match: {{listener: spliced}}, action: passthrough}}
  - {{name: tap, match: {{listener: tapped}}, action: passthrough, log: {{content: {{file: "{{id}}.log"}}}}}}
timeouts: {{first_bytes: 50ms}}
"""
SAID = b"\xff\xf4" + b"\xf2" + b"ABOR\r\n"


def say(connection):
    """With the third octet urgent, in segments of their own, so that it is read apart from the others."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(SAID[:2])
    connection.send(SAID[2:3], socket.MSG_OOB)
    connection.sendall(SAID[3:])
    connection.shutdown(socket.SHUT_WR)


class Urgent(Case):
    def test_both_ways_by_each_relay(self):
        got = []

        def origin(connection):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
            say(connection)
            got.append(receive_all(connection))

        daemon = self.start(CONFIG.format(port=self.origin(origin, tls=False).port))
        for listener in ("spliced", "tapped", "watched"):
            with self.subTest(listener):
                client = dial(daemon.port(listener))
                client.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
                say(client)  # before it is accepted, perhaps
                self.assertEqual(receive_all(client), SAID)
                client.close()
                record = daemon.record()
                self.assertEqual((record["bytes_up"], record["bytes_down"]), (len(SAID), len(SAID)))
                self.assertEqual(got.pop(), SAID)


if __name__ == "__main__":
    unittest.main()
