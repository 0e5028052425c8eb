"""`bascule watch` needs no configuration: it runs a command with the proxy and its CA in the environment, one line for each
exchange on stdout, and ends as the command did."""
import json
import os
import pty
import re
import signal
import subprocess
import sys
import unittest

from harness import BASCULE, answer_http, run, until
from watch_case import WatchCase, lines


class Watch(WatchCase):
    def setUp(self):
        super().setUp()
        self.server = self.origin(answer_http(b"hello\n"), alpn=("http/1.1",))
        self.url = f"https://localhost:{self.server.port}"

    def test_one_line_for_one_exchange(self):
        done = self.watch("--", "curl", "-sS", f"{self.url}/a?b=c")
        self.assertIn("hello\n", done.stdout)
        self.assertEqual(len(lines(done)), 1, done.stdout)
        self.assertRegex(lines(done)[0], rf"GET {re.escape(self.url)}/a\?b=c  200 6 B ")
        self.assertNotIn("warning", done.stdout)

    def test_plain_http(self):
        plain = self.origin(answer_http(b"plain\n"), tls=False)
        done = self.watch("--", "curl", "-sS", f"http://localhost:{plain.port}/x")
        self.assertIn(f"GET http://localhost:{plain.port}/x  200 6 B", done.stdout, done.stderr)

    def test_exit_codes_are_the_commands(self):
        self.assertEqual(self.watch("--", "sh", "-c", "exit 7").returncode, 7)
        self.assertEqual(self.watch("--", "sh", "-c", "kill -9 $$").returncode, 128 + 9)
        missing = self.watch("--", "no-such-program")
        self.assertEqual(missing.returncode, 127)
        self.assertIn("no-such-program: No such file", missing.stderr)

    def test_what_failed_is_shown(self):
        done = self.watch("--", "curl", "-sS", f"{self.url}/x", environment={"SSL_CERT_FILE": ""})
        self.assertIn("The server could not prove", done.stdout)  # a page of ours
        self.assertRegex(done.stdout, rf"FAILED localhost:{self.server.port}: upstream .*certificate")

    def test_headers_and_json(self):
        done = self.watch("--headers", "--", "curl", "-sS", "-H", "Cookie: a=b", f"{self.url}/x")
        self.assertIn("\n    > host: localhost", done.stdout)
        self.assertIn("\n    < content-length: 6\n", done.stdout)
        self.assertRegex(done.stdout, r"\n    > cookie: hash:[0-9a-f]{16}\n")
        done = self.watch("--json", "--", "curl", "-sS", "-o", f"{self.folder}/body", f"{self.url}/x")
        records = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([r["path"] for r in records if r["event"] == "http"], ["/x"])

    def test_ca_is_made_once_and_is_ones_own(self):
        self.watch("--", "true")
        state = f"{self.folder}/state/bascule"
        with open(f"{state}/ca.crt") as file:
            first = file.read()
        self.assertEqual(os.stat(state).st_mode & 0o777, 0o700)
        self.assertEqual(os.stat(f"{state}/ca.key").st_mode & 0o777, 0o600)
        self.watch("--", "true")
        with open(f"{state}/ca.crt") as file:
            self.assertEqual(file.read(), first)
        self.assertEqual(sorted(os.listdir(state)), ["ca.crt", "ca.key"])  # nothing else is left

    def test_first_calls_at_once_share_one_ca(self):
        calls = [subprocess.Popen([BASCULE, "watch", "--", "true"], env=self.environment, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, text=True) for _ in range(6)]
        said = [call.communicate(timeout=60)[1] for call in calls]
        self.assertEqual([call.returncode for call in calls], [0] * 6, said)

    def test_without_a_command_it_serves_until_a_signal(self):
        process = subprocess.Popen([BASCULE, "watch", "--listen", "127.0.0.1:0"], env=self.environment, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        shown = ""
        for line in process.stdout:
            if line.startswith("  export "):
                shown += line
            if line == "\n":
                break
        done = run("sh", "-e", "-c", f"{shown} echo $JAVA_TOOL_OPTIONS >&2; exec curl -sS {self.url}/later", env=self.environment)
        self.assertIn(" -Dhttps.proxyHost=127.0.0.1 ", done.stderr)
        self.assertEqual(done.stdout, "hello\n", done.stderr)
        self.assertIn(f"GET {self.url}/later  200", process.stdout.readline())
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(20), 0)
        process.stdout.close()
        process.stderr.close()

    def test_a_signal_goes_to_the_command(self):
        process = subprocess.Popen([BASCULE, "watch", "--", sys.executable, "-c",
                                    "import signal,sys; signal.pthread_sigmask(signal.SIG_BLOCK, {15}); print('up', flush=True); signal.sigwait({15}); sys.exit(5)"],
                                   env=self.environment, text=True, stdout=subprocess.PIPE)
        self.addCleanup(process.kill)
        self.assertEqual(process.stdout.readline(), "up\n")
        process.terminate()
        self.assertEqual(process.wait(20), 5)
        process.stdout.close()

    def test_control_c_of_a_terminal_reaches_the_command_once(self):
        program = ("import signal; signal.pthread_sigmask(signal.SIG_BLOCK, {2}); print('up', flush=True); signal.sigwait({2}); n = 1\n"
                   "while signal.sigtimedwait({2}, 0.5): n += 1\nprint('interrupts', n, flush=True)")
        child, terminal = pty.fork()
        if child == 0:
            os.execve(BASCULE, [BASCULE, "watch", "--", sys.executable, "-c", program], self.environment)
        shown = b""
        while b"up" not in shown:
            shown += os.read(terminal, 1000)
        os.write(terminal, b"\x03")
        while not re.search(rb"interrupts \d", shown):
            shown += os.read(terminal, 1000)
        os.waitpid(child, 0)
        os.close(terminal)
        self.assertIn(b"interrupts 1", shown)

    def test_ones_own_rules(self):
        made = run(BASCULE, "ca", "create", "--directory", self.folder)
        self.assertEqual(made.returncode, 0, made.stderr)
        with open(f"{self.folder}/own.yaml", "w") as file:
            file.write("ca: {certificate: ca.crt, key: ca.key}\nlisteners: [{name: apps, address: '127.0.0.1:0', mode: explicit}]\n"
                       "rules: [{name: no, match: {server_name: localhost}, action: block}]\n")
        done = self.watch("--config", f"{self.folder}/own.yaml", "--", "curl", "-sS", f"{self.url}/x")
        self.assertRegex(done.stdout, r"BLOCKED localhost:\d+ by rule no \(own.yaml:3\)")

    def test_it_serves_this_machine_only(self):
        done = self.watch("--listen", "0.0.0.0:0", "--", "true")
        self.assertEqual(done.returncode, 1)
        self.assertIn("is not loopback", done.stderr)

    def test_no_daemon_is_left_when_it_is_killed(self):
        process = subprocess.Popen([BASCULE, "watch", "--listen", "127.0.0.1:0"], env=self.environment, text=True,
                                   stdout=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        for line in process.stdout:
            if line == "\n":
                break
        children = run("pgrep", "-P", process.pid).stdout.split()
        self.assertTrue(children)
        process.kill()
        process.wait()
        until(lambda: not any(os.path.exists(f"/proc/{child}") and "Z" not in open(f"/proc/{child}/stat").read().split()[2]
                              for child in children), "the daemon ends")


if __name__ == "__main__":
    unittest.main()
