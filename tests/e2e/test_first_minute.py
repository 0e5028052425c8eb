"""The first minute: what the start screen offers can be used as it stands, also where the listener is on all addresses;
`--listen` moves the one listener, but never opens the proxy to everyone; each command's --help has examples of its own."""
import os
import re
import signal
import unittest

from harness import BASCULE, Case, run, until
from raw import dial, read_status, request_tunnel

CONFIG = """
listeners: [{address: "%s", mode: explicit%s}]
upstream: {trust: [origin-ca.pem]}
workers: 1
rules: [{name: all, action: intercept}]
"""


class FirstMinute(Case):
    def screen(self, address, allow="", **options):
        self.origin_ = self.origin()
        self.daemon = self.start(CONFIG % (address, allow), **options)
        until(lambda: any(line.startswith("  curl") for line in self.daemon.banner), "the screen")
        return "".join(self.daemon.banner)

    def follow(self, screen):
        """What curl says to somebody who typed the lines of the screen."""
        exports = "\n".join(re.findall("^  (export .*)$", screen, re.MULTILINE))
        self.assertIn("NODE_EXTRA_CA_CERTS=", exports)
        self.assertIn("REQUESTS_CA_BUNDLE=", exports)
        return run("sh", "-c", f"{exports}\nexec curl -sS https://127.0.0.1:{self.origin_.port}/",
                   env={"PATH": os.environ["PATH"]})

    def test_the_environment_lines_work(self):
        answer = self.follow(self.screen("127.0.0.1:0"))
        self.assertEqual(answer.stdout, "hello from the origin\n", answer.stderr)
        self.assertEqual(self.daemon.record()["action"], "intercept")

    def test_an_address_that_can_be_used_where_all_are_listened_on(self):
        for address in ("0.0.0.0:0", "[::]:0"):
            screen = self.screen(address, ", allow: [127.0.0.0/8]")
            host, port = re.search(r"https_proxy=http://(.*):(\d+)$", screen, re.MULTILINE).groups()
            self.assertIn(f"curl --proxy http://{host}:{port} ", screen)
            self.assertEqual(host, "127.0.0.1")
            request = request_tunnel(int(port), "127.0.0.1:9")
            self.assertEqual(read_status(request)[0], 403)  # the proxy's own answer: loopback is not for such a listener
            self.assertEqual(self.daemon.stop(), 0)

    def test_a_folder_with_a_space_is_quoted(self):
        self.folder += "/with space"
        os.mkdir(self.folder)
        answer = self.follow(self.screen("127.0.0.1:0"))
        self.assertEqual(answer.stdout, "hello from the origin\n", answer.stderr)

    def test_one_is_not_plural(self):
        screen = self.screen("127.0.0.1:0")
        self.assertIn("(1 rule)", screen)
        self.assertEqual(self.daemon.event("ready")["message"], "1 worker")
        self.daemon.signal(signal.SIGHUP)
        self.assertEqual(self.daemon.event("reloaded")["message"], "1 rule")

    def test_listen_is_kept_by_a_reload(self):
        self.screen("127.0.0.1:1", arguments=("--listen", "127.0.0.2:0"))
        address = self.daemon.event("listening")["address"]
        self.assertTrue(address.startswith("127.0.0.2:"), address)
        dial(int(address.rsplit(":", 1)[1]), host="127.0.0.2").close()
        self.daemon.signal(signal.SIGHUP)
        self.daemon.event("reloaded")
        self.assertFalse([event for event in self.daemon.events if event["event"] == "restart_needed"])

    def refused(self, config, listen):
        daemon = self.start(config, ready=False, arguments=("--listen", listen))
        self.assertEqual(daemon.process.wait(20), 2)
        daemon.finish()
        daemon.finish = lambda: None
        return "".join(daemon.lines)

    def test_listen_opens_the_proxy_to_nobody(self):
        config = CONFIG % ("127.0.0.1:0", "")
        self.authority  # the file that the configuration names
        said = self.refused(config, "0.0.0.0:0")
        self.assertIn("bascule run: --listen 0.0.0.0:0: is not loopback", said)
        self.assertIn("allow: [10.0.0.0/8]", said)

    def test_listen_says_what_it_cannot_do(self):
        self.authority
        self.assertIn("127.0.0.1:9000", self.refused(CONFIG % ("127.0.0.1:0", ""), "9000"))
        two = CONFIG.replace("mode: explicit%s}", "name: a}, {name: b, address: '127.0.0.1:0'}") % "127.0.0.1:0"
        self.assertIn("has 2 (a, b)", self.refused(two, "127.0.0.1:0"))


class Help(unittest.TestCase):
    def walk(self, *command):
        text = run(BASCULE, *command, "--help").stdout
        yield command, text
        listed = re.search(r"^Subcommands:\n((?:  .*\n)+)", text, re.MULTILINE)
        for line in listed[1].splitlines() if listed else ():
            if line.split()[0] != "ctl":  # not in this version
                yield from self.walk(*command, line.split()[0])

    def test_each_command_has_examples_of_its_own(self):
        for command, text in self.walk():
            examples = re.findall(r"^  (bascule .*)$", text, re.MULTILINE)
            self.assertTrue(examples, command)
            for example in examples:
                self.assertTrue(example.startswith(" ".join(("bascule", *command))), f"{command}: {example}")
                for option in () if "Subcommands:" in text else re.findall(r"--[a-z-]+", example):
                    self.assertRegex(text, rf"(?m)^  {option}\b", command)


if __name__ == "__main__":
    unittest.main()
