"""A connection whose content log cannot be written works all the same, and what is missing is counted and told."""
import unittest

from content import ContentCase
from harness import until

TURNS = [(b"question " * 1000, b"answer " * 1000)]


class ContentLogUnwritable(ContentCase):
    def assert_served(self, content):
        daemon = self.start_logging(TURNS, content)
        record = self.exchange(daemon, TURNS)
        self.assertEqual(record["end"]["how"], "close_notify")
        until(lambda: any("content log" in line for line in daemon.lines), f"a complaint in {daemon.lines}")
        return daemon, record

    def test_a_path_under_a_file(self):
        open(f"{self.folder}/plain", "w").close()
        daemon, _ = self.assert_served('{file: "plain/{id}.log"}')
        self.exchange(daemon, TURNS)  # and the next one

    def test_a_symbolic_link_is_not_followed(self):
        import os
        os.symlink(f"{self.folder}/elsewhere", f"{self.folder}/link.log")
        self.assert_served("{file: link.log}")
        self.assertFalse(os.path.exists(f"{self.folder}/elsewhere"))

    def test_a_full_disk(self):
        import os
        os.mknod(f"{self.folder}/full", 0o600 | 0o020000, os.makedev(1, 7))  # like /dev/full; devices are refused
        self.assert_served("{file: full}")


if __name__ == "__main__":
    unittest.main()
