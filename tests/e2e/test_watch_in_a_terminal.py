"""On a terminal the lines of `bascule watch` are in columns as wide as its window, also after that was made smaller, with
colours unless NO_COLOR, and a tally at the end; on a pipe there is none of it, and nothing is cut."""
import fcntl
import os
import pty
import re
import signal
import struct
import termios
import unittest

from harness import BASCULE, answer_http, until
from watch_case import WatchCase, lines

LONG = "/" + "long-" * 60 + "end"
TIME = r"\d\d:\d\d:\d\d\.\d{3} "
NOISE = re.compile(r"\x1b\[[\d;]*m")


def resize(terminal, columns):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))


def read_all(terminal):
    shown = b""
    while True:
        try:
            piece = os.read(terminal, 10000)
        except OSError:  # EIO: nobody has it open any more
            return shown.decode()
        if not piece:
            return shown.decode()
        shown += piece


class Terminal(WatchCase):
    def setUp(self):
        super().setUp()
        self.server = self.origin(answer_http(b"hello\n"), alpn=("http/1.1",))
        self.url = f"https://localhost:{self.server.port}"
        self.environment["TERM"] = "xterm"
        self.environment.pop("NO_COLOR", None)

    def start(self, *argv, columns=100):
        """(its process, our end of its terminal)."""
        child, terminal = pty.fork()
        if child == 0:
            until(lambda: os.get_terminal_size(0).columns == columns, "the window has its size")
            os.execve(BASCULE, [BASCULE, "watch", *map(str, argv)], self.environment)
        self.addCleanup(os.close, terminal)
        resize(terminal, columns)
        return child, terminal

    def show(self, *argv, columns=100, codes=(0,)):
        """The lines of a window, with their colours."""
        child, terminal = self.start(*argv, columns=columns)
        shown = read_all(terminal)
        self.assertIn(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), codes, shown)
        return shown.replace("\r", "").splitlines()

    def curl(self, *paths):
        transfers = [word for path in paths for word in ("-o", f"{self.folder}/body", self.url + path)]
        return ("--", "curl", "-sS", *transfers)

    def test_columns_are_as_wide_as_the_window(self):
        for columns, kind in ((80, ""), (130, r" [^ ]* +")):
            *rows, _ = [NOISE.sub("", line) for line in self.show(*self.curl("/short", LONG), columns=columns)]
            self.assertEqual([len(row) for row in rows], [columns, columns], rows)
            self.assertRegex(rows[0], rf"^{TIME}GET     {re.escape(self.url)}/short +  200{kind} +6 B +[\d.]+ ms$")
            self.assertRegex(rows[1], rf"^{TIME}GET     {re.escape(self.url)}/long-[-long]*…  200{kind} +6 B +[\d.]+ ms$")

    def test_the_status_has_a_colour(self):
        self.assertIn("\x1b[32m  200\x1b[0m", self.show(*self.curl("/x"))[0])
        self.environment["NO_COLOR"] = "1"
        shown = self.show(*self.curl("/x"))
        self.assertFalse([line for line in shown if "\x1b" in line], shown)
        self.assertEqual(len(shown[0]), 100)

    def test_what_was_not_in_order_is_whole_and_below(self):
        def leave(connection):
            connection.recv(10000)

        broken = self.origin(leave, alpn=("http/1.1",))
        shown = [NOISE.sub("", line) for line in
                 self.show("--", "curl", "-s", f"https://localhost:{broken.port}/", columns=60, codes=(52, 56))]
        self.assertRegex(shown[0], rf"^{TIME}GET     https://local\S*…?  NO ANSWER +[\d.]+ ms$")
        self.assertRegex(shown[1], "^ {13}the upstream ended the connection without close_notify before it was answered; ")
        self.assertRegex(shown[-1], "^1 exchange, 1 failed, ")

    def test_a_tally_at_the_end(self):
        shown = NOISE.sub("", self.show(*self.curl("/a", "/b", "/c"))[-1])
        self.assertRegex(shown, r"^3 exchanges, \d+ B up, \d+ B down, [\d.]+ m?s$")

    def test_the_tally_has_what_failed(self):
        self.environment["SSL_CERT_FILE"] = ""
        shown = [NOISE.sub("", line) for line in self.show(*self.curl("/a"))]
        self.assertRegex(shown[-1], "^1 exchange, 1 with an error status, 1 failed, ")
        self.assertTrue([line for line in shown if "FAILED localhost" in line and "..." not in line], shown)

    def test_a_plain_request_that_is_refused_is_told_once(self):
        shown = [NOISE.sub("", line) for line in self.show("--", "curl", "-s", "-o", "/dev/null", "http://127.0.0.1:1/x")]
        self.assertRegex(shown[0], rf"^{TIME}GET     http://127.0.0.1:1/x +502 ")
        self.assertRegex(shown[1], r"^ {13}127.0.0.1:1: connection refused; nothing listens there$")
        self.assertRegex(shown[2], "^1 exchange, 1 with an error status, 1 failed, ")

    def test_where_nothing_came_there_is_advice(self):
        shown = self.show("--", "true")
        self.assertEqual([NOISE.sub("", line) for line in shown],
                         ["nothing came through the proxy; a program that knows none is shown with --capture"])

    def test_a_window_that_is_made_smaller(self):
        program = f"curl -sS -o /dev/null {self.url}/first; echo next; read answer; curl -sS -o /dev/null {self.url}{LONG}"
        child, terminal = self.start("--", "sh", "-c", program, columns=120)
        shown = b""
        while b"next" not in shown or b"/first" not in shown:
            shown += os.read(terminal, 10000)
        resize(terminal, 70)
        os.write(terminal, b"\n")
        rows = [NOISE.sub("", line) for line in read_all(terminal).replace("\r", "").splitlines()]
        os.waitpid(child, 0)
        self.assertEqual([len(row) for row in rows if "/lo" in row], [70], rows)

    def test_an_interrupt_shows_the_tally_too(self):
        child, terminal = self.start("--listen", "127.0.0.1:0")
        shown = b""
        while b"or for one program" not in shown:
            shown += os.read(terminal, 10000)
        os.kill(child, signal.SIGINT)
        self.assertIn("0 exchanges, 0 B up, 0 B down, ", read_all(terminal))
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)

    def test_on_a_pipe_nothing_is_cut_and_nothing_added(self):
        done = self.watch(*self.curl(LONG), environment={"TERM": "xterm"})
        self.assertEqual(len(done.stdout.splitlines()), 1, done.stdout)
        self.assertIn(f"GET {self.url}{LONG}  200 6 B", lines(done)[0])
        self.assertNotIn("\x1b", done.stdout)


if __name__ == "__main__":
    unittest.main()
