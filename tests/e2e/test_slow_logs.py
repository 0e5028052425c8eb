"""A log or content log that cannot be written never stops a connection; what is lost is counted and told."""
import os
import unittest

from harness import Case, answer_http, run, until

CONFIG = """
listeners: [{name: apps, address: "127.0.0.1:0", mode: explicit}]
upstream: {trust: [origin-ca.pem]}
"""


class SlowLogs(Case):
    def fetch(self, daemon, port, origin):
        done = run("curl", "-sS", "--proxy", f"http://127.0.0.1:{port}", "--cacert", daemon.ca, f"https://localhost:{origin.port}/")
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

    def test_content_that_cannot_be_written_is_counted_in_the_record(self):
        with open(f"{self.folder}/file", "w"):
            pass
        origin = self.origin()
        daemon = self.start(CONFIG + "rules: [{name: all, action: intercept, log: {content: {file: 'file/{id}.log'}}}]\n")
        self.fetch(daemon, daemon.port("apps"), origin)
        record = daemon.record()
        self.assertGreater(record["bytes_up"] + record["bytes_down"], 0)
        message = daemon.event("content_log")["message"]
        self.assertIn(f"content log {self.folder}/file/{record['id']}.log: Not a directory", message)
        self.assertEqual(record["content_dropped"], record["bytes_up"] + record["bytes_down"])


if __name__ == "__main__":
    unittest.main()
