"""In a content log of text a person reads both directions in order: printable as it is, the rest escaped."""
import unittest

from content import ContentCase, read_exactly
from harness import until

TURNS = [(b"GET /caf\xc3\xa9 HTTP/1.1\r\nHost: localhost\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n\x00\x01binary\xff\n"),
         (b"bye\n", b"< not a head\n")]


class ContentLogText(ContentCase):
    def test_as_a_file(self):
        daemon = self.start_logging(TURNS, '{file: "content/{id}.log", format: text}')
        record = self.exchange(daemon, TURNS)
        text = self.content(f"content/{record['id']}.log", lambda data: b"bye" in data and b"not a head" in data).decode()
        self.assert_readable(text, record)

    def test_live_on_stderr(self):
        daemon = self.start_logging(TURNS, "{output: stderr}")
        shown = lambda: "".join(line for line in daemon.lines if not line.startswith("{"))
        with self.connected(daemon) as client:
            for up, down in TURNS:  # each is shown before the next is sent
                client.sendall(up)
                read_exactly(client, len(down))
                until(lambda: f"{len(down)} octets" in shown(), f"{down} in {shown()}")
            client.unwrap()
        record = daemon.record()
        until(lambda: " end: " in shown(), "the last line")
        self.assert_readable(shown(), record)

    def assert_readable(self, text, record):
        self.assertIn(record["id"], text)
        places = [text.find(part) for part in ("> GET /caf\u00e9 HTTP/1.1\n", "> Host: localhost\n", "< HTTP/1.1 200 OK\n",
                                               "< \\x00\\x01binary\\xff", "> bye\n", "< < not a head\n")]
        self.assertNotIn(-1, places, text)
        self.assertEqual(places, sorted(places), text)


if __name__ == "__main__":
    unittest.main()
