"""What STARTTLS leads to is judged again, as TLS and by the name in the hello: intercepted, passed through or blocked."""
import ssl
import unittest

from entries import connect, receive
from harness import Case, server_context
from halves import Half
from raw import anybody, secure
from starttls_peers import GREETINGS, ask, begin

CONFIG = """
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {hosts}}}
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}]
learn: {learn}
rules:
  - {{name: blocked, match: {{server_name: blocked.test, protocol: tls}}, action: block}}
  - {{name: pinned, match: {{server_name: pinned.test, protocol: tls}}, action: passthrough{check}}}
  - {{name: mail, match: {{port: {port}}}, starttls: smtp, check: name, log: {{content: {{file: "content.log", format: ndjson}}}}}}
  - {{name: rest, match: {{protocol: tls}}, action: block}}
"""


class Mail(Case):
    check, learn = ", check: none", "off"

    def setUp(self):
        super().setUp()
        self.tls = server_context(self.authority.leaf("mail.test", "pinned.test", "blocked.test"))
        self.origin_server = self.origin(self.serve, tls=False)
        self.daemon = self.start(CONFIG.format(hosts=self.hosts(**{"mail.test": "127.0.0.1"}), port=self.origin_server.port,
                                               check=self.check, learn=self.learn),
                                 environment={"STATE_DIRECTORY": self.folder})

    def serve(self, connection):
        try:
            begin("smtp", connection)
        except AssertionError:
            return  # the client has ended
        with self.tls.wrap_socket(connection, server_side=True) as secured:
            secured.sendall(b"250 " + receive(secured, 9))
            secured.unwrap()

    def ask(self):
        client = connect(self.daemon.port("apps"), "mail.test", self.origin_server.port)
        self.up, self.down = ask("smtp", client)
        return client

    def talk(self, client, context, name):
        client = secure(client, context, name)
        client.sendall(b"EHLO me\r\n")
        self.assertEqual(receive(client, 13), b"250 EHLO me\r\n")
        client.close_notify()
        self.assertEqual(client.recv(1), b"")
        client.close()


class StartTlsVerdicts(Mail):
    def test_interception_with_a_log_of_both_phases(self):
        self.talk(self.ask(), self.client_context(self.daemon), "mail.test")
        record = self.daemon.record()
        self.assertEqual((record["action"], record["rule"], record["reason"]), ("intercept", "mail", "starttls: smtp"))
        self.assertEqual((record["bytes_up"], record["bytes_down"]), (self.up + 9, self.down + 13))
        self.daemon.stop()
        with open(f"{self.folder}/content.log") as file:
            log = file.read()
        self.assertLess(log.index("STARTTLS"), log.index("250 EHLO me"))

    def test_what_is_not_allowed_is_not_offered(self):
        """An origin that chose it could not be asked again."""
        self.tls.maximum_version = ssl.TLSVersion.TLSv1_2
        self.tls.set_ciphers("AES128-SHA:ECDHE-ECDSA-AES128-GCM-SHA256")
        self.tls.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
        context = self.client_context(self.daemon)
        context.set_ciphers("ALL:@SECLEVEL=0")
        self.talk(self.ask(), context, "mail.test")
        record = self.daemon.record()
        self.assertEqual(record["reason"], "starttls: smtp")
        self.assertNotEqual(record["upstream_ja4"], record["ja4"])

    def test_passthrough_by_name(self):
        self.talk(self.ask(), ssl.create_default_context(cafile=f"{self.folder}/origin-ca.pem"), "pinned.test")
        record = self.daemon.record()
        self.assertEqual((record["action"], record["rule"], record["reason"]), ("passthrough", "pinned", "starttls: smtp"), record)
        self.assertEqual((record["protocol"], record["server_name"]), ("tls", "pinned.test"))
        self.assertNotIn("client_tls", record)

    def test_block_by_name(self):
        with self.assertRaises(ssl.SSLError) as caught:
            self.client_context(self.daemon).wrap_socket(self.ask(), server_hostname="blocked.test")
        self.assertIn("ALERT_ACCESS_DENIED", str(caught.exception))
        record = self.daemon.record()
        self.assertEqual((record["action"], record["rule"], record["end"]["how"]), ("block", "blocked", "blocked"))

    def test_a_hello_without_a_name_is_for_the_one_asked_for(self):
        context = self.client_context(self.daemon)
        context.check_hostname = False
        with context.wrap_socket(self.ask()) as client:
            names = [value for _, value in client.getpeercert()["subjectAltName"]]
        self.assertIn("mail.test", names)
        self.assertEqual(self.daemon.record()["server_name"], "mail.test")

    def test_a_half_close_in_the_clear_is_passed_on(self):
        client = connect(self.daemon.port("apps"), "mail.test", self.origin_server.port)
        half = Half(client)
        receive(client, len(GREETINGS["smtp"]))
        half.send(b"QUIT\r\n")
        half.end()
        self.assertEqual(half.read_all(), b"")
        self.assertEqual(self.daemon.record()["end"]["how"], "fin")

    def test_an_agreement_without_a_hello_times_out_or_ends(self):
        client = self.ask()
        client.close()
        record = self.daemon.record()
        self.assertEqual((record["end"]["by"], record["end"]["how"], record["end"]["step"]), ("client", "client_gone", "peek"))
        self.assertEqual(record["reason"], "starttls: smtp")


class StartTlsClaims(Mail):
    check = ""

    def test_a_name_that_nobody_can_be_asked_about_is_not_believed(self):
        self.talk(self.ask(), self.client_context(self.daemon), "pinned.test")
        record = self.daemon.record()
        self.assertEqual((record["action"], record["rule"]), ("intercept", "pinned"))
        self.assertIn("starttls: smtp; the rule lets through by name, but the client asked for mail.test", record["reason"])


class StartTlsLearns(Mail):
    """What a client says before TLS does not mean that it has accepted our certificate."""
    learn = "{after: 1}"

    def test_a_refusal_after_the_handshake_is_learned(self):
        secure(self.ask(), anybody(), "mail.test").close()
        self.assertIn("from now on it is passed through", self.daemon.record()["end"]["detail"])
        self.talk(self.ask(), ssl.create_default_context(cafile=f"{self.folder}/origin-ca.pem"), "mail.test")
        record = self.daemon.record()
        self.assertEqual((record["action"], record["rule"]), ("passthrough", "mail"))
        self.assertRegex(record["reason"], "^starttls: smtp; learned: the client closed at once after our certificate, until ")


if __name__ == "__main__":
    unittest.main()
