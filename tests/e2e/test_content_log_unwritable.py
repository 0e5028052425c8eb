"""A connection whose content log cannot be written works all the same, and what is missing is counted and told."""
import os
import unittest

from content import ContentCase
from harness import run, until

TURNS = [(b"question " * 1000, b"answer " * 50_000)]


class ContentLogUnwritable(ContentCase):
    def assert_served(self, content, complaint):
        daemon = self.start_logging(TURNS, content)
        for _ in range(2):
            self.assertEqual(self.exchange(daemon, TURNS)["end"]["how"], "close_notify")
        until(lambda: any("content log" in line and complaint in line for line in daemon.lines),
              f"{complaint} in {daemon.lines}")

    def test_a_path_under_a_file(self):
        open(f"{self.folder}/plain", "w").close()
        self.assert_served('{file: "plain/{id}.log"}', "plain")

    def test_a_symbolic_link_is_not_followed(self):
        os.symlink(f"{self.folder}/elsewhere", f"{self.folder}/link.log")
        self.assert_served("{file: link.log}", "link.log")
        self.assertFalse(os.path.exists(f"{self.folder}/elsewhere"))

    def test_a_device_is_refused(self):
        os.symlink("/dev/full", f"{self.folder}/full")
        self.assert_served("{file: full}", "full")

    def test_a_full_disk(self):
        os.mkdir(f"{self.folder}/disk")
        mounted = run("mount", "-t", "tmpfs", "-o", "size=64k", "bascule-e2e", f"{self.folder}/disk")
        self.assertEqual(mounted.returncode, 0, f"a small disk is needed, so root: {mounted.stderr}")
        self.addCleanup(run, "umount", f"{self.folder}/disk")
        self.assert_served('{file: "disk/{id}.log"}', "No space left on device")


if __name__ == "__main__":
    unittest.main()
