"""Content that goes to stderr does not mix with the records there: lines of a piece follow its head, with nothing between,
and each record is a line of its own, also while many connections write at once."""
import json
import threading
import unittest

from harness import Case, answer_http, run

CONFIG = """
listeners: [{name: apps, address: "127.0.0.1:0", mode: explicit}]
upstream: {trust: [origin-ca.pem]}
rules: [{name: seen, log: {content: {body: 1MiB, output: stderr}}}]
"""
CONNECTIONS = 12
BODY = b"".join(b"line %05d of the body\n" % number for number in range(4000))


class ContentOnStderr(Case):
    def test_pieces_and_records_stay_whole(self):
        origin = self.origin(answer_http(BODY))
        daemon = self.start(CONFIG)
        ask = lambda: run("curl", "-sS", "-o", "/dev/null", "--proxy", f"http://127.0.0.1:{daemon.port('apps')}", "--cacert",
                          daemon.ca, f"https://127.0.0.1:{origin.port}/")
        clients = [threading.Thread(target=ask) for _ in range(CONNECTIONS)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        ids = {record["id"] for record in daemon.records(CONNECTIONS)}
        self.assertEqual(daemon.stop(), 0)
        daemon.finish()
        daemon.finish = lambda: None
        before, bodies = "", 0
        for line in daemon.lines:
            if line.startswith("{"):
                json.loads(line)
            elif line.startswith(("> ", "< ")):
                self.assertFalse(before.startswith("{"), f"a record within a piece: {before}{line}")
                bodies += line.startswith("< line ")
            else:
                self.assertTrue(any(known in line for known in ids), line)
            before = line
        self.assertGreater(bodies, CONNECTIONS * 3900)  # less what pieces have cut in the middle


if __name__ == "__main__":
    unittest.main()
