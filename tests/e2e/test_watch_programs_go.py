"""`bascule watch` shows what a Go program asks for, built to one static file and by `go run`."""
import unittest

from fetch_programs import GO, go_environment, static_go
from watch_case import ProgramCase, exchanges


class Go(ProgramCase):
    def check(self, *command, **options):
        url = self.serve("g", b"hello")
        done = self.watch_program(*command, url, **options)
        self.assertIn("200 hello\n", done.stdout)
        self.assertEqual(exchanges(done), [("GET", url, "200")])

    def test_static_and_run(self):
        source = self.write("fetch.go", GO)
        self.check(static_go(self, source))
        self.check("go", "run", source, environment=go_environment(self), timeout=250)


if __name__ == "__main__":
    unittest.main()
