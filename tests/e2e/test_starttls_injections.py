"""Nothing that is said in the clear is carried into TLS: words smuggled in before it begins end the connection (CVE-2011-0411,
CVE-2021-23222 and their kin), from either side, in one breath with STARTTLS or its answer, or later."""
import unittest

from entries import dial, receive
from raw import read_to_end
from starttls_case import StartTlsCase
from starttls_peers import DIALECTS, GREETINGS, MESSAGES, ask, begin, expected

SMUGGLED = b"RSET\r\nSMUGGLED\r\n"
WAIT_FOR_ANSWER = [dialect for dialect in DIALECTS if dialect != "mysql"]  # whose client goes on without one


class StartTlsInjections(StartTlsCase):
    def setUp(self):
        super().setUp()
        self.heard, self.after, self.agrees = [], b"", True

    def serve(self, dialect, connection):
        begin(dialect, connection, self.agrees, self.after)
        self.heard.append(read_to_end(connection)[0])

    def check(self, dialect, by, words):
        record = self.daemon.record()
        self.assertEqual((record["listener"], record["end"]["by"], record["end"]["how"]), (dialect, by, "error"), record)
        self.assertIn(words, record["end"]["detail"])
        self.assertNotIn("client_tls", record)

    def ask_but_the_last(self, dialect):
        """A client up to its request for TLS."""
        client = dial(self.daemon.port(dialect))
        receive(client, len(GREETINGS[dialect]))
        for message in MESSAGES[dialect][:-1]:
            client.sendall(message)
            answer = expected(dialect, message)
            self.assertEqual(receive(client, len(answer)), answer)
        return client

    def test_commands_behind_starttls_do_not_pass(self):
        for dialect in DIALECTS:
            with self.subTest(dialect):
                client = self.ask_but_the_last(dialect)
                client.sendall(MESSAGES[dialect][-1] + SMUGGLED)
                answer = expected(dialect, MESSAGES[dialect][-1])
                self.assertEqual(read_to_end(client), (answer, "reset"))
                self.check(dialect, "client", "in the clear where TLS was to begin")
        self.assertEqual(b"".join(self.heard), b"")

    def test_commands_after_the_go_ahead_do_not_pass(self):
        for dialect in DIALECTS:
            with self.subTest(dialect):
                client = dial(self.daemon.port(dialect))
                ask(dialect, client)
                client.sendall(SMUGGLED)
                self.assertEqual(read_to_end(client), (b"", "reset"))
                self.check(dialect, "client", "in the clear where TLS was to begin")
        self.assertEqual(b"".join(self.heard), b"")

    def test_responses_behind_the_go_ahead_do_not_pass(self):
        self.after = SMUGGLED
        for dialect in WAIT_FOR_ANSWER:
            with self.subTest(dialect):
                client = dial(self.daemon.port(dialect))
                ask(dialect, client)
                with self.assertRaises(OSError):
                    self.client_context(self.daemon).wrap_socket(client, server_hostname="origin.test")
                client.close()
                self.check(dialect, "upstream", "said more in the clear before TLS began")
        self.assertEqual([said[:1] for said in self.heard], [b""] * len(WAIT_FOR_ANSWER))  # no hello either

    def test_a_refusal_lets_what_was_sent_ahead_pass_in_the_clear(self):
        self.agrees = False
        for dialect in WAIT_FOR_ANSWER:
            with self.subTest(dialect):
                client = self.ask_but_the_last(dialect)
                client.sendall(MESSAGES[dialect][-1] + SMUGGLED)
                answer = expected(dialect, MESSAGES[dialect][-1], agrees=False)
                self.assertEqual(receive(client, len(answer)), answer)
                client.close()
                record = self.daemon.record()
                self.assertEqual((record["protocol"], record["action"], record["end"]["how"]), ("other", "passthrough", "fin"))
                self.assertNotIn("reason", record)
        self.assertEqual(self.heard, [SMUGGLED] * len(WAIT_FOR_ANSWER))


if __name__ == "__main__":
    unittest.main()
