"""A reload says what runs, not what was read: the log and a listener's `allow` follow at once, and of each other key that
takes a restart it is said, by listener and key, until there has been one."""
import json
import os
import signal
import unittest

from harness import Case, until
from raw import dial

CONFIG = """ca: {certificate: ca.crt, key: ca.key}
listeners:
  - {name: apps, address: "127.0.0.1:0", mode: explicit%s}
log: {format: json, level: debug%s}
workers: 2
%s
"""


def contents(path):
    if not os.path.exists(path):
        return ""
    with open(path) as file:
        return file.read()


class ReloadSaysWhatRuns(Case):
    def setUp(self):
        super().setUp()
        self.daemon = self.start(CONFIG.split("\n", 1)[1] % ("", "", ""))

    def events(self, name):
        return [event for event in self.daemon.events if event["event"] == name]

    def reload(self, text):
        before = len(self.events("reloaded"))
        with open(self.daemon.config, "w") as file:
            file.write(text)
        self.daemon.signal(signal.SIGHUP)
        until(lambda: len(self.events("reloaded")) > before, "reloaded")
        return self.events("reloaded")[-1]["message"]

    def waiting(self):
        """What the last reload said of restarts, and forgets it."""
        told = [(event.get("listener", ""), event.get("key", "")) for event in self.events("restart_needed")]
        self.daemon.events = [event for event in self.daemon.events if event["event"] != "restart_needed"]
        return told

    def refused(self):
        try:
            dial(self.daemon.port("apps")).close()
        except ConnectionResetError:
            pass  # refused so soon that connect() saw it
        return self.daemon.record()["end"]["how"] == "denied"

    def test_a_key_that_takes_a_restart_is_told_until_there_was_one(self):
        moved = CONFIG.replace("127.0.0.1:0", "127.0.0.2:0").replace("workers: 2", "workers: 3") % ("", "", "")
        self.assertEqual(self.reload(moved), "0 rules; 2 changes wait until a restart")
        self.assertEqual(self.waiting(), [("apps", "address"), ("", "workers")])
        self.reload(moved)
        self.assertEqual(self.waiting(), [("apps", "address"), ("", "workers")])
        self.assertEqual(self.reload(CONFIG % ("", "", "")), "0 rules")
        self.assertEqual(self.waiting(), [])

    def test_listeners_that_come_and_go_are_named(self):
        self.reload(CONFIG.replace("name: apps", "name: others") % ("", "", ""))
        self.assertEqual(self.waiting(), [("apps", ""), ("others", "")])

    def test_allow_is_applied(self):
        self.assertFalse(self.refused())
        self.reload(CONFIG % (", allow: [10.0.0.0/8]", "", ""))
        self.assertTrue(self.refused())
        self.reload(CONFIG % ("", "", ""))
        self.assertFalse(self.refused())
        self.assertEqual(self.waiting(), [])

    def test_allow_written_for_another_address_is_not_applied_to_this_one(self):
        self.reload(CONFIG % (", allow: [10.0.0.0/8]", "", ""))
        self.reload(CONFIG.replace("127.0.0.1:0", "127.0.0.2:0") % ("", "", ""))
        self.assertEqual(self.waiting(), [("apps", "address"), ("apps", "allow")])
        self.assertTrue(self.refused())

    def test_the_logs_level_is_applied(self):
        with open(self.daemon.config, "w") as file:
            file.write((CONFIG % ("", "", "")).replace("workers: 2", "workers: 3").replace("debug", "warning"))
        self.daemon.signal(signal.SIGHUP)
        self.daemon.event("restart_needed")
        dial(self.daemon.port("apps")).close()
        self.reload(CONFIG % (", allow: [10.0.0.0/8]", "", ""))
        self.assertTrue(self.refused())
        self.assertEqual(len(self.events("reloaded")), 1)
        self.assertTrue(self.daemon.no_more_records())

    def test_the_logs_output_and_format_are_applied(self):
        path = f"{self.folder}/there.log"
        with open(self.daemon.config, "w") as file:
            file.write(CONFIG % ("", f', output: "{path}"', ""))
        self.daemon.signal(signal.SIGHUP)
        until(lambda: "reloaded" in contents(path), "the new output")
        self.assertEqual(self.events("reloaded"), [])
        dial(self.daemon.port("apps")).close()
        until(lambda: "connection" in contents(path), "a record there")
        self.assertTrue(self.daemon.no_more_records())
        for line in contents(path).splitlines():
            json.loads(line)
        self.reload(CONFIG % ("", "", ""))
        with open(self.daemon.config, "w") as file:
            file.write((CONFIG % ("", "", "")).replace("format: json", "format: text"))
        self.daemon.signal(signal.SIGHUP)
        until(lambda: any("0 rules" in line and not line.startswith("{") for line in self.daemon.lines), "text")

    def test_an_output_that_cannot_be_written_changes_nothing(self):
        with open(self.daemon.config, "w") as file:
            file.write(CONFIG % (", allow: [10.0.0.0/8]", ', output: "/nonexistent/folder/bascule.log"', ""))
        self.daemon.signal(signal.SIGHUP)
        self.assertIn("log.output", self.daemon.event("reload_failed")["message"])
        self.assertFalse(self.refused())
        self.assertEqual(self.events("reloaded"), [])


if __name__ == "__main__":
    unittest.main()
