"""`bascule watch --body` shows whole messages below the line of their exchange; `--har` writes them to a file."""
import json
import unittest

import har
from harness import read_head
from watch_case import WatchCase


class WatchContent(WatchCase):
    def setUp(self):
        super().setUp()

        def handler(connection):
            read_head(connection)
            content = b'{"name":"Ada","n":[1,2]}'
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(content) + content)
            connection.recv(1)

        self.server = self.origin(handler, alpn=("http/1.1",))
        self.url = f"https://localhost:{self.server.port}/x"

    def post(self, *options):
        done = self.watch(*options, "--", "curl", "-sS", "-o", f"{self.folder}/body", "-d", "a=1&b=%20", self.url)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_messages_stand_below_their_line(self):
        lines = self.post("--body").splitlines()
        line = next(i for i, text in enumerate(lines) if f"POST {self.url}  200 application/json" in text)
        shown = lines[line + 1:]
        request, answer = shown.index("> POST /x HTTP/1.1"), shown.index("< HTTP/1.1 200 OK")
        self.assertLess(request, answer)
        self.assertLess(request, shown.index("> a = 1"))
        self.assertLess(answer, shown.index('<   "name": "Ada",'))

    def test_without_it_none_is_shown(self):
        self.assertNotIn("Ada", self.post())

    def test_json(self):
        events = [json.loads(line) for line in self.post("--body", "--json").splitlines()]
        self.assertEqual([event["event"] for event in events], ["http", "message", "message"])
        self.assertEqual(json.loads(events[2]["body"]), {"name": "Ada", "n": [1, 2]})
        self.assertEqual(events[0]["id"], events[1]["id"])

    def test_har(self):
        self.post("--har", f"{self.folder}/out.har")
        entry, = har.validated(f"{self.folder}/out.har")["log"]["entries"]
        self.assertEqual((entry["request"]["url"], entry["response"]["status"]), (self.url, 200))
        self.assertEqual(json.loads(entry["response"]["content"]["text"])["name"], "Ada")


if __name__ == "__main__":
    unittest.main()
