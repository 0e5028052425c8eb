"""From a content log in ndjson or raw both directions of a random exchange are rebuilt exactly; its files have mode 0600."""
import base64
import json
import os
import stat

import unittest

from content import ContentCase

TURNS = [(os.urandom(size), os.urandom(650_000 - size)) for size in (1, 600_000, 17_000, 350_000) * 2] * 2  # 10 MB


class ContentLogRebuilds(ContentCase):
    def setUp(self):
        super().setUp()
        self.sent = {"up": b"".join(up for up, _ in TURNS), "down": b"".join(down for _, down in TURNS)}

    def test_from_ndjson(self):
        daemon = self.start_logging(TURNS, '{file: "content/{id}.log", format: ndjson, limit: 64MiB}')
        record = self.exchange(daemon, TURNS)
        self.assertNotIn("content_dropped", record)
        lines = [json.loads(line) for line in
                 self.content(f"content/{record['id']}.log", lambda data: b"content_end" in data).splitlines()]
        self.assertEqual({line["id"] for line in lines}, {record["id"]})
        self.assertEqual([line["event"] for line in (lines[0], lines[-1])], ["content_start", "content_end"])
        rebuilt = {"up": b"", "down": b""}
        for line in lines[1:-1]:
            self.assertEqual(line["offset"], len(rebuilt[line["direction"]]))
            rebuilt[line["direction"]] += base64.b64decode(line["base64"]) if "base64" in line else line["data"].encode()
        self.assertEqual([line["seq"] for line in lines[1:-1]], sorted(line["seq"] for line in lines[1:-1]))
        self.assertTrue(rebuilt == self.sent)
        self.assertEqual((lines[-1]["up"], lines[-1]["down"], lines[-1]["dropped"]),
                         (len(self.sent["up"]), len(self.sent["down"]), 0))

    def test_from_raw(self):
        daemon = self.start_logging(TURNS, '{file: "content/{id}", format: raw, limit: 64MiB}')
        record = self.exchange(daemon, TURNS)
        for direction, sent in self.sent.items():
            written = self.content(f"content/{record['id']}.{direction}", lambda data, size=len(sent): len(data) >= size)
            self.assertTrue(written == sent, f"{direction} differs")
        self.assertFalse(os.path.exists(f"{self.folder}/content/{record['id']}.dropped"))
        self.assertEqual(stat.S_IMODE(os.stat(f"{self.folder}/content").st_mode), 0o700)


if __name__ == "__main__":
    unittest.main()
