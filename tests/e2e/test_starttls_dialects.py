"""Each of the ten protocols that begin in the clear is intercepted from its STARTTLS on: s_client, with all of them."""
import subprocess
import unittest

from entries import dial, receive, receive_until
from raw import secure
from starttls_case import StartTlsCase
from starttls_peers import DIALECTS, ask, begin


class StartTlsDialects(StartTlsCase):
    def serve(self, dialect, connection):
        begin(dialect, connection)
        with self.tls.wrap_socket(connection, server_side=True) as secured:
            secured.sendall(b"secure " + receive_until(secured, b"\n"))
            secured.unwrap()

    def check(self, dialect, up=None, down=None):
        record = self.daemon.record()
        self.assertEqual((record["listener"], record["protocol"], record["action"], record["reason"], record["server_name"]),
                         (dialect, "tls", "intercept", f"starttls: {dialect}", "origin.test"), record)
        self.assertEqual((record["certificate"]["verify"], record["upstream_tls"]["version"], record["client_tls"]["version"]),
                         ("ok", "TLSv1.3", "TLSv1.3"))
        self.assertTrue(record["certificate"]["forged_serial"])
        if up:
            self.assertEqual((record["bytes_up"], record["bytes_down"]), (up, down))
        self.assertTrue(self.daemon.no_more_records())

    def test_openssl_s_client(self):
        for dialect in DIALECTS:
            with self.subTest(dialect):
                client = subprocess.Popen(
                    ["openssl", "s_client", "-starttls", dialect, "-connect", f"127.0.0.1:{self.daemon.port(dialect)}", "-quiet",
                     "-servername", "origin.test", "-verify_return_error", "-verify_hostname", "origin.test", "-CAfile", self.daemon.ca],
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                answer, noise = client.communicate(b"hello\n", timeout=20)
                self.assertIn(b"secure hello\n", answer, noise)
                self.check(dialect)

    def test_octet_by_octet_and_each_is_counted(self):
        for dialect in DIALECTS:
            with self.subTest(dialect):
                client = dial(self.daemon.port(dialect))
                up, down = ask(dialect, client, step=1)
                client = secure(client, self.client_context(self.daemon))
                client.sendall(b"hello\n")
                self.assertEqual(receive(client, 13), b"secure hello\n")
                client.close_notify()
                self.assertEqual(client.recv(1), b"")
                client.close()
                self.check(dialect, up + 6, down + 13)


if __name__ == "__main__":
    unittest.main()
