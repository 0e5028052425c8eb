"""A log or content log that cannot be written never stops a connection; what is lost is counted and told."""
import os
import unittest

from harness import Case, answer_http, run, until
from raw import secure, tunnel

CONFIG = """
listeners: [{name: apps, address: "127.0.0.1:0", mode: explicit}]
upstream: {trust: [origin-ca.pem]}
"""


class SlowLogs(Case):
    def fetch(self, daemon, port, origin):
        done = run("curl", "-sS", "--proxy", f"http://127.0.0.1:{port}", "--cacert", daemon.ca,
                   f"https://localhost:{origin.port}/")
        self.assertEqual(done.stdout, "hello from the origin\n", done.stderr)

    def test_a_full_disk(self):
        origin = self.origin()
        daemon = self.start(CONFIG + "log: {format: json, output: /dev/full}\n", ready=False)
        until(lambda: any("listening on" in line for line in daemon.banner), "the screen")
        line = next(line for line in daemon.banner if "listening on" in line)
        port = int(line.split(":")[1].split()[0])
        for _ in range(3):
            self.fetch(daemon, port, origin)
        self.assertEqual(daemon.stop(), 0)
        daemon.finish()
        self.assertEqual(len(daemon.lines), 1, daemon.lines)
        self.assertIn("log to /dev/full: No space left on device; lines are lost, and counted", daemon.lines[0])

    def test_a_reader_of_stderr_that_has_stopped_reading(self):
        origin = self.origin(answer_http())
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        try:
            while True:
                os.write(writer, b"x" * 4096)
        except BlockingIOError:
            os.set_blocking(writer, True)
        daemon = self.start(CONFIG, ready=False, prefix=("sh", "-c", f'exec "$@" 2>&{writer}', "sh"), pass_fds=[writer])
        os.close(writer)
        until(lambda: any("listening on" in line for line in daemon.banner), "the screen")
        port = int(next(line for line in daemon.banner if "listening on" in line).split(":")[1].split()[0])
        for _ in range(3):
            self.fetch(daemon, port, origin)
        self.assertEqual(daemon.stop(), 0)
        os.close(reader)

    def converse(self, daemon, words):
        """Sends words, waits until the content log complains, ends; the record."""
        origin = self.origin(lambda connection: connection.sendall(connection.recv(len(words))))
        client = secure(tunnel(daemon.port("apps"), f"localhost:{origin.port}"), self.client_context(daemon), "localhost")
        client.sendall(words)
        self.complaint = daemon.event("content_log")["message"]
        client.close_notify()
        client.close()
        return daemon.record()

    def test_content_that_has_nowhere_to_go_is_counted_in_the_record(self):
        with open(f"{self.folder}/file", "w"):
            pass
        self.authority
        daemon = self.start(CONFIG + "rules: [{name: all, action: intercept, log: {content: {file: 'file/{id}.log'}}}]\n")
        record = self.converse(daemon, b"w" * 100)
        self.assertIn(f"content log {self.folder}/file/{record['id']}.log: Not a directory", self.complaint)
        self.assertGreaterEqual(record["content_dropped"], 100)

    def test_content_beyond_a_full_disk_is_counted_in_the_record(self):
        self.authority
        daemon = self.start(CONFIG + "rules: [{name: all, action: intercept, log: {content: {file: '{id}.log'}}}]\n",
                            prefix=("prlimit", "--fsize=1000:1000"))
        record = self.converse(daemon, b"w" * 10000)
        path = f"{self.folder}/{record['id']}.log"
        self.assertIn(f"content log {path}: File too large; content is dropped, and counted", self.complaint)
        self.assertGreaterEqual(record["content_dropped"], 9000)
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        self.assertLessEqual(os.stat(path).st_size, 1000)


if __name__ == "__main__":
    unittest.main()
