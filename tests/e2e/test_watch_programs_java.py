"""`bascule watch` shows what a Java program asks for, by both of Java's clients, also of localhost; the options that it had
are kept."""
import unittest

from fetch_programs import JAVA
from watch_case import ProgramCase, exchanges


class Java(ProgramCase):
    def test_both_clients(self):
        url = self.serve("j", b"hello")
        program = self.write("Fetch.java", JAVA)
        done = self.watch_program("java", program, url, environment={"JAVA_TOOL_OPTIONS": "-Down=kept"})
        for said in ("own kept\n", "\n200\n", "\n200 hello\n"):
            self.assertIn(said, done.stdout)
        self.assertEqual(exchanges(done), [("GET", f"{url}?old", "200"), ("GET", f"{url}?new", "200")])

    def test_an_origin_that_the_caller_does_not_trust(self):
        url = self.serve("j", b"hello")
        program = self.write("Fetch.java", JAVA)
        done = self.watch_program("java", program, url, environment={"SSL_CERT_FILE": ""}, code=4)
        self.assertEqual(exchanges(done), [("GET", f"{url}?old", "502")])  # a page of ours
        self.assertRegex(done.stdout, "FAILED origin.localhost:.* upstream .*certificate")


if __name__ == "__main__":
    unittest.main()
