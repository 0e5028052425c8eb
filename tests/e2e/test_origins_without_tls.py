"""An origin that answers a ClientHello with something else is told by what it said, and what that is."""
import unittest

from entries import dial, receive_all
from harness import Case
from hello import client_hello
from raw import reset

CONFIG = """
listeners: [{{name: fixed, address: "127.0.0.1:0", mode: forward, target: "127.0.0.1:{port}"}}]
"""


class OriginsWithoutTls(Case):
    def told(self, says, *words):
        origin = self.origin(lambda connection: (connection.recv(4096), connection.sendall(says)), tls=False)
        daemon = self.start(CONFIG.format(port=origin.port))
        with dial(daemon.port("fixed")) as client:
            client.sendall(client_hello("origin.test"))
            receive_all(client)
        end = daemon.record()["end"]
        self.assertEqual((end["by"], end["how"], end["step"]), ("upstream", "error", "upstream-handshake"))
        for word in words:
            self.assertIn(word, end["detail"])
        self.assertNotIn("wrong version number", end["detail"])

    def test_each_is_named(self):
        self.told(b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n<html>", '"HTTP/1.1 400 Bad Request\\r\\n', "plain HTTP")
        self.told(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", '"SSH-2.0-OpenSSH_9.2p1', "that is SSH")
        self.told(b"220 mail.test ESMTP\r\n", "220 mail.test ESMTP", "starttls: smtp")
        self.told(b"* OK IMAP4rev1\r\n", "starttls: imap")
        self.told(b"+OK ready\r\n", "starttls: pop3")
        self.told(b"\x00\x01\x02\x03\x04\x05\x06", '"\\x00\\x01\\x02\\x03\\x04\\x05\\x06"; that is no TLS')

    def test_one_that_just_leaves(self):
        for leave, how, says in ((lambda connection: None, "truncated", "closed the connection during its TLS handshake"),
                                 (reset, "reset", "reset the connection during its TLS handshake")):
            with self.subTest(how):
                origin = self.origin(lambda connection: (connection.recv(4096), leave(connection)), tls=False)
                daemon = self.start(CONFIG.format(port=origin.port))
                with dial(daemon.port("fixed")) as client:
                    client.sendall(client_hello("origin.test"))
                    try:
                        self.assertEqual(receive_all(client), b"")
                    except ConnectionResetError:
                        self.assertEqual(how, "reset")
                end = daemon.record()["end"]
                self.assertEqual((end["by"], end["how"], end["step"]), ("upstream", how, "upstream-handshake"))
                self.assertEqual(end["detail"], f"127.0.0.1:{origin.port} {says}")


if __name__ == "__main__":
    unittest.main()
