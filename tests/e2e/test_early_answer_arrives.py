"""An origin that answers before it has read the request, and then resets: the answer still reaches the client."""
import socket
import struct
import unittest

from harness import Case, WAIT, read_head

ANSWER = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 20000\r\n\r\n" + b"x" * 20_000


class EarlyAnswer(Case):
    def test_before_a_reset_in_the_middle_of_an_upload(self):
        def handler(connection):
            read_head(connection)
            connection.sendall(ANSWER)
            connection.shutdown(socket.SHUT_WR)
            connection.recv(65536)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        origin = self.origin(handler, tls=False)
        daemon = self.start(f"""
listeners: [{{name: fixed, address: "127.0.0.1:0", mode: forward, target: "127.0.0.1:{origin.port}"}}]
""")
        with socket.create_connection(("127.0.0.1", daemon.port("fixed")), timeout=WAIT) as client:
            client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n")
            client.settimeout(WAIT)
            got = b""
            try:
                client.sendall(b"y" * 4_000_000)
            except OSError:
                pass  # the reset, passed on
            while len(got) < len(ANSWER):
                try:
                    piece = client.recv(65536)
                except ConnectionResetError:
                    break
                if not piece:
                    break
                got += piece
        self.assertEqual(len(got), len(ANSWER))
        daemon.record()


if __name__ == "__main__":
    unittest.main()
