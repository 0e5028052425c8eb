"""The commands that people renegotiate with, `openssl s_client` (R) and `gnutls-cli --rehandshake`, do so through the proxy."""
import ssl
import subprocess
import threading
import unittest

from harness import WAIT, Case, until


def echo(connection):
    while piece := connection.recv(4096):
        connection.sendall(piece)


class RenegotiationCommonClients(Case):
    def start_both(self):
        origin = self.origin(echo, maximum=ssl.TLSVersion.TLSv1_2)
        return self.start(f"""
listeners: [{{name: fixed, address: "127.0.0.1:0", mode: forward, target: "localhost:{origin.port}"}}]
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {self.hosts(localhost="127.0.0.1")}}}
""")

    def talk(self, *argv):
        """Starts a client; (its stdin, a function that waits for a word in its output)."""
        client = subprocess.Popen([str(a) for a in argv], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, bufsize=0)
        said = bytearray()
        reader = threading.Thread(target=lambda: [said.extend(piece) for piece in iter(lambda: client.stdout.read(4096), b"")])
        reader.start()

        def end():
            client.kill()
            client.wait()
            reader.join(WAIT)
            client.stdin.close()
            client.stdout.close()

        self.addCleanup(end)
        return client, lambda word, times=1: until(lambda: said.count(word) >= times, f"{word} in what {argv[0]} says: {bytes(said)}")

    def test_openssl_s_client(self):
        daemon = self.start_both()
        client, heard = self.talk("openssl", "s_client", "-connect", f"127.0.0.1:{daemon.port('fixed')}", "-servername",
                                  "localhost", "-tls1_2", "-CAfile", daemon.ca, "-verify_return_error")
        heard(b"Verify return code: 0 (ok)")
        for count in range(3):
            client.stdin.write(b"R\n")
            heard(b"RENEGOTIATING\n", times=count + 1)
            client.stdin.write(b"after renegotiation %d\n" % count)
            heard(b"\nafter renegotiation %d\n" % count)
        client.stdin.write(b"Q\n")
        self.assertEqual(daemon.record()["end"]["how"], "close_notify")

    def test_gnutls_cli(self):
        daemon = self.start_both()
        client, heard = self.talk("gnutls-cli", "--rehandshake", "--port", daemon.port("fixed"), "--x509cafile", daemon.ca,
                                  "--priority", "NORMAL:-VERS-ALL:+VERS-TLS1.2", "localhost")
        heard(b"ReHandshake was completed")
        client.stdin.write(b"after the rehandshake\n")
        heard(b"\nafter the rehandshake\n")
        client.stdin.close()
        self.assertEqual(daemon.record()["end"]["how"], "close_notify")


if __name__ == "__main__":
    unittest.main()
