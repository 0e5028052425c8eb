"""A client that has refused our certificate for a name so often as `learn` says is let through, in whatever way it refused;
nobody else is, unless `scope` says so, and never where a rule says `learn: never`."""
import unittest

from entries import get, secure
from harness import server_context
from learning import NAME, VERSIONS, Learning, close_notify
from raw import reset


class LearnedPassthrough(Learning):
    def test_by_alert(self):
        for version in VERSIONS:
            with self.subTest(version=version.name):
                self.begin()
                self.by_alert(version)
                first = self.daemon.record()["end"]
                self.assertEqual((first["how"], first["step"]), ("alert", "client-handshake"))
                self.by_alert(version)
                self.assertIn("2 times for this name by 127.0.0.1; from now on it is passed through",
                              self.daemon.record()["end"]["detail"])
                record = self.is_passed()
                self.assertRegex(record["reason"], r"^learned: the client refused our certificate \(alert unknown_ca\) 2 times, "
                                                   r"until \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
                self.assertEqual(record["rule"], "default")

    def test_the_log_says_what_was_learned(self):
        self.begin("{after: 1, for: 1h}")
        self.by_alert()
        event = self.daemon.event("learned")
        self.assertEqual((event["listener"], event["server_name"], event["alert"], event["level"]),
                         ("apps", NAME, "unknown_ca", "info"))
        self.assertTrue(event["source"].startswith("127.0.0.1:"))
        self.assertEqual(event["id"], self.daemon.record()["id"])
        self.assertRegex(event["until"], r"^\d{4}-\d\d-\d\dT")

    def test_without_a_word_in_the_handshake(self):
        for version in VERSIONS:
            for end in (lambda client: client.close(), reset):
                with self.subTest(version=version.name, end=end):
                    self.begin()
                    for _ in range(2):
                        self.without_a_word(version, end)
                        self.assertEqual(self.daemon.record()["end"]["step"], "client-handshake")
                    self.assertIn("the client closed at once after our certificate 2 times", self.is_passed()["reason"])

    def test_without_a_word_after_the_handshake(self):
        for version in VERSIONS:
            for end in (lambda client: client.close(), reset, close_notify):
                with self.subTest(version=version.name, end=end):
                    self.begin()
                    for _ in range(2):
                        self.after_the_handshake(version, end)
                        self.assertEqual(self.daemon.record()["end"]["step"], "relay")
                    self.assertIn("the client closed at once after our certificate 2 times", self.is_passed()["reason"])

    def test_a_client_that_speaks_has_accepted(self):
        self.begin()
        self.by_alert()
        self.daemon.record()
        self.assertIn("hello", get(secure(self.dial(), self.client_context(self.daemon), NAME), NAME))
        self.assertEqual(self.daemon.record()["action"], "intercept")
        self.assertNotIn("times", self.is_refused()["end"]["detail"])  # counted anew
        self.is_refused()
        self.is_passed()

    def test_others_and_other_names_are_not_let_through(self):
        self.begin()
        self.is_refused()
        self.is_refused()
        self.is_passed()
        self.is_refused(source="127.0.0.2")
        self.is_refused(name="other.test")
        self.is_passed()

    def test_by_name_for_everybody(self):
        self.begin("{after: 2, scope: server_name}")
        self.is_refused()
        self.assertIn("2 times for this name; from now on", self.is_refused(source="127.0.0.2")["end"]["detail"])
        self.assertIn("learned: clients refused our certificate", self.is_passed(source="127.0.0.3")["reason"])
        self.is_refused(name="other.test")

    def test_never_fails_closed(self):
        """Also where it was learned before there was such a rule."""
        self.begin("{after: 1}")
        self.is_refused()
        self.is_passed()
        self.assertEqual(self.daemon.stop(), 0)
        self.config += "rules: [{name: closed, learn: never}]\n"
        self.again()
        for _ in range(3):
            self.assertEqual(self.is_refused()["rule"], "closed")

    def test_off_learns_nothing(self):
        self.begin("off")
        for _ in range(4):
            self.is_refused()
        self.assertFalse([event for event in self.daemon.events if event["event"] == "learned"])

    def test_an_expired_certificate_is_a_matter_of_clocks(self):
        """certificate_expired (45) and what is not about certificates teach nothing."""
        self.begin("{after: 1}")
        for alert in (40, 45, 80):
            self.without_a_word(end=lambda client, alert=alert: (client.sendall(bytes([21, 3, 3, 0, 2, 2, alert])), client.close()))
            self.assertEqual(self.daemon.record()["end"]["how"], "alert")
        self.is_refused()

    def test_a_name_that_the_origin_has_no_certificate_for_is_not_let_through(self):
        """A client teaches about its own claims only so far as they are true."""
        self.begin("{after: 1}", further="rules: [{name: lab, upstream: {trust: [origin-ca.pem], verify: off}}]")
        self.is_refused()
        self.is_passed()
        self.server.tls = server_context(self.authority.leaf("attacker.test"))
        self.assertEqual(self.daemon.stop(), 0)
        self.again()
        record = self.is_refused()
        self.assertRegex(record["reason"], rf"^learned: .*, but 127\.0\.0\.1:{self.server.port} did not show a certificate for {NAME} \(")


if __name__ == "__main__":
    unittest.main()
