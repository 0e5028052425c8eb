"""What was learned outlives the daemon, ends when its time has come, and is listed and forgotten by `bascule learned`, which
a running daemon follows."""
import json
import os
import re
import unittest
from datetime import datetime, timezone

from entries import get, secure, trusting_nobody
from harness import until
from learning import NAME, Learning

LINE = rf"\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\dZ 127\.0\.0\.1 {NAME} refused unknown_ca 1\n"


class LearnedFile(Learning):
    def written(self):
        """The entries of the file."""
        try:
            with open(f"{self.state}/learned") as file:
                return [line for line in file if not line.startswith("#")]
        except FileNotFoundError:
            return []

    def teach(self, count=1, **way):
        self.is_refused(**way)
        until(lambda: len(self.written()) == count, f"{count} entries in the file: {self.written()}")

    def test_a_restart_keeps_it(self):
        self.begin("{after: 1}")
        self.teach()
        self.assertRegex(self.written()[0], LINE)
        self.assertEqual(os.stat(f"{self.state}/learned").st_mode & 0o777, 0o600)
        self.assertEqual(self.daemon.stop(), 0)
        self.again()
        self.assertIn("(alert unknown_ca), until", self.is_passed()["reason"])

    def test_a_stop_right_after_it_keeps_it(self):
        self.begin("{after: 1}")
        self.is_refused()
        self.assertEqual(self.daemon.stop(), 0)
        self.assertEqual(len(self.written()), 1)

    def test_it_is_listed(self):
        self.begin("{after: 1}")
        self.assertEqual(self.learned("list"), (0, ""))
        self.teach()
        self.teach(2, name="other.test")
        code, text = self.learned("list")
        self.assertEqual(code, 0)
        self.assertRegex(text, rf"^\S+Z  127\.0\.0\.1  {NAME}  the client refused our certificate \(alert unknown_ca\)\n\S+Z  127\.0\.0\.1  other\.test ")
        entries = [json.loads(line) for line in self.learned("list", "--json")[1].splitlines()]
        self.assertEqual([entry.pop("until")[-1] for entry in entries], ["Z", "Z"])
        same = {"client": "127.0.0.1", "because": "refused", "alert": "unknown_ca", "times": 1}
        self.assertEqual(entries, [{"server_name": NAME} | same, {"server_name": "other.test"} | same])

    def test_a_running_daemon_forgets(self):
        self.begin("{after: 1}")
        self.teach(name="other.test")
        for words in (("--server-name", NAME.upper()), ("--client", "127.0.0.1", "--server-name", NAME)):
            self.teach(2)
            self.is_passed()
            self.assertEqual(self.learned("forget", *words), (0, "1 forgotten\n"))
            self.followed()
            self.is_passed(name="other.test")
        self.is_passed_after_teaching()
        self.assertEqual(self.learned("forget", "--client", "127.0.0.9"), (0, "0 forgotten\n"))
        self.is_passed()
        self.assertEqual(self.learned("forget", "--client", "127.0.0.1"), (0, "2 forgotten\n"))
        self.followed()
        self.is_passed_after_teaching()
        self.assertEqual(self.learned("forget", "--all"), (0, "1 forgotten\n"))
        self.followed()
        self.is_passed_after_teaching()
        os.unlink(f"{self.state}/learned")
        self.followed()

    def followed(self):
        """Within a second or so the daemon shows its own certificate again; it is not asked to, and is not restarted."""
        def ours():
            client = secure(self.dial(), trusting_nobody(), NAME)
            get(client, NAME)  # it speaks, and so teaches nothing
            return self.daemon.record()["action"] == "intercept"

        until(ours, "what was forgotten is not used", wait=5)

    def is_passed_after_teaching(self):
        self.is_refused()
        until(lambda: any(NAME in line for line in self.written()), "it is in the file")
        self.is_passed()

    def test_it_ends_when_its_time_has_come(self):
        self.begin("{after: 1, for: 1s}")
        self.is_refused()
        end = datetime.fromisoformat(self.daemon.event("learned")["until"].replace("Z", "+00:00"))
        until(lambda: datetime.now(timezone.utc) > end, "its end")
        until(lambda: self.learned("list") == (0, ""), "it is not listed any more")
        self.is_refused()

    def test_what_to_forget_must_be_said(self):
        self.begin()
        for words in ((), ("--all", "--client", "127.0.0.1")):
            code, text = self.learned("forget", *words)
            self.assertEqual(code, 2)
            self.assertIn("--client, --server-name, or --all", text)
        self.assertEqual(self.learned("forget", "--client", "nobody")[0], 2)
        self.assertEqual(self.learned("forget", "--all"), (0, "0 forgotten\n"))

    def test_a_configuration_that_learns_nothing_is_told(self):
        self.begin("off")
        self.assertIn("learns nothing", self.learned("list", "--config", self.daemon.config)[1])

    def test_a_broken_line_is_told_and_skipped(self):
        self.begin("{after: 1}")
        self.teach()
        self.assertEqual(self.daemon.stop(), 0)
        with open(f"{self.state}/learned", "a") as file:
            file.write("so what\x1b[2J\n")
        self.again()
        event = self.daemon.event("learned_file")
        self.assertRegex(event["message"], rf'^{re.escape(self.state)}/learned:3: not an entry, skipped: "so what\\x1b\[2J"$')
        self.is_passed()

    def test_a_state_that_cannot_be_written_is_told_once(self):
        """What is learned is kept in memory then."""
        self.begin("{after: 1}")
        self.assertEqual(self.daemon.stop(), 0)
        self.state = f"{self.folder}/nowhere/state"
        self.again()
        self.assertIn("kept in memory only", self.daemon.event("learned_file")["message"])
        self.is_refused()
        self.is_passed()
        self.assertEqual(len([event for event in self.daemon.events if event["event"] == "learned_file"]), 1)


if __name__ == "__main__":
    unittest.main()
