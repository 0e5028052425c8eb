"""What is over a content log's limit is not written, but counted: in the file, and in the record as content_dropped."""
import json
import os
import unittest

from content import ContentCase

LIMIT = 64 << 10
TURNS = [(os.urandom(40_000), os.urandom(40_000)), (os.urandom(500_000), os.urandom(500_000))]
DROPPED = sum(len(up) + len(down) for up, down in TURNS) - LIMIT


class ContentLogLimit(ContentCase):
    def test_ndjson_marks_where_and_how_much(self):
        daemon = self.start_logging(TURNS, '{file: "content/{id}.log", format: ndjson, limit: 64KiB}')
        record = self.exchange(daemon, TURNS)
        self.assertEqual(record["content_dropped"], DROPPED)
        lines = [json.loads(line) for line in
                 self.content(f"content/{record['id']}.log", lambda data: b"content_end" in data).splitlines()]
        self.assertEqual(sum(line["dropped"] for line in lines[:-1] if "dropped" in line), DROPPED)
        self.assertEqual(lines[-1]["dropped"], DROPPED)
        self.assertEqual(lines[-1]["up"] + lines[-1]["down"], LIMIT)

    def test_text_says_how_much(self):
        daemon = self.start_logging(TURNS, '{file: "content/{id}.log", limit: 64KiB}')
        record = self.exchange(daemon, TURNS)
        self.assertEqual(record["content_dropped"], DROPPED)
        self.content(f"content/{record['id']}.log", lambda data: str(DROPPED).encode() in data)

    def test_raw_keeps_exact_prefixes_and_says_so_beside_them(self):
        daemon = self.start_logging(TURNS, '{file: "content/{id}", format: raw, limit: 64KiB}')
        record = self.exchange(daemon, TURNS)
        last = json.loads(self.content(f"content/{record['id']}.dropped", lambda data: data.endswith(b"\n")))
        self.assertEqual((last["dropped"], last["up"] + last["down"]), (DROPPED, LIMIT))
        for index, direction in enumerate(("up", "down")):
            written = self.content(f"content/{record['id']}.{direction}")
            self.assertEqual(len(written), last[direction])
            self.assertTrue(b"".join(turn[index] for turn in TURNS).startswith(written))


if __name__ == "__main__":
    unittest.main()
