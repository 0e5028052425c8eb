"""Exim and Dovecot, as their clients find them behind STARTTLS: swaks, and Python's own SMTP, IMAP and POP3."""
import imaplib
import poplib
import smtplib
import subprocess
import unittest

from harness import Case, run
from starttls_servers import dovecot, exim

CONFIG = """
upstream: {trust: [origin-ca.pem]}
resolver: {hosts: HOSTS}
listeners:
"""


class MailServers(Case):
    def begin(self, ports):
        config = CONFIG.replace("HOSTS", self.hosts(localhost="127.0.0.1"))
        for dialect, port in ports.items():
            config += f'  - {{name: {dialect}, address: "127.0.0.1:0", mode: forward, target: "localhost:{port}", starttls: {dialect}}}\n'
        self.daemon = self.start(config)

    def check(self, dialect):
        record = self.daemon.record()
        self.assertEqual((record["action"], record["protocol"], record["reason"]), ("intercept", "tls", f"starttls: {dialect}"), record)

    def test_exim(self):
        server = self.origin(exim(self, self.authority.leaf("localhost")), tls=False)
        self.begin({"smtp": server.port})
        port = self.daemon.port("smtp")
        sent = run("swaks", "-4", "--server", f"localhost:{port}", "--to", "you@origin.test", "--from", "me@origin.test", "--tls",
                   "--tls-verify", "--tls-ca-path", self.daemon.ca, "--helo", "me.test")
        self.assertEqual(sent.returncode, 0, sent.stdout + sent.stderr)
        self.assertIn("~> DATA", sent.stdout)
        self.check("smtp")
        with smtplib.SMTP("localhost", port) as client:
            client.starttls(context=self.client_context(self.daemon))
            client.sendmail("me@origin.test", ["you@origin.test"], "Subject: STARTTLS\r\n\r\nSTARTTLS\r\n.\r\nSTARTTLS\r\n")
        self.check("smtp")
        with smtplib.SMTP("localhost", port) as client:  # a message in the clear that talks of TLS
            client.sendmail("me@origin.test", ["you@origin.test"], "Subject: x\r\n\r\nSTARTTLS\r\n.\r\nSTARTTLS\r\n")
        record = self.daemon.record()
        self.assertEqual((record["action"], record["protocol"], record["end"]["how"]), ("passthrough", "other", "fin"))

    def test_dovecot(self):
        self.begin(dovecot(self, self.authority.leaf("localhost")))
        context = self.client_context(self.daemon)
        with imaplib.IMAP4("localhost", self.daemon.port("imap")) as client:
            client.starttls(context)
            client.login("me", "secret")
            self.assertEqual(client.select()[0], "OK")
            self.assertEqual(client.append("INBOX", None, None, b"Subject: x\r\n\r\na STARTTLS\r\n")[0], "OK")
        self.check("imap")
        client = poplib.POP3("localhost", self.daemon.port("pop3"))
        client.stls(context)
        client.user("me")
        client.pass_("secret")
        self.assertIn(b"a STARTTLS", client.retr(1)[1])
        client.quit()
        self.check("pop3")
        sieve = subprocess.run(["openssl", "s_client", "-starttls", "sieve", "-connect", f"127.0.0.1:{self.daemon.port('sieve')}", "-quiet",
                                "-verify_return_error", "-CAfile", self.daemon.ca, "-servername", "localhost"], input=b"LOGOUT\r\n",
                               capture_output=True, timeout=20)
        self.assertIn(b'OK "Logout completed', sieve.stdout)
        self.check("sieve")


if __name__ == "__main__":
    unittest.main()
