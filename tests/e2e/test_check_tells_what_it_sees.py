"""`bascule check` tells what `run` would find out later, and what is served all the same but may not be meant."""
import unittest

from harness import BASCULE, Case, run

LEAST = 'ca: {certificate: ca.crt, key: ca.key}\nlisteners: [{name: apps, address: "127.0.0.1:0"}]\n'


class CheckTells(Case):
    def check(self, more):
        run(BASCULE, "ca", "create", "--directory", self.folder)
        file = f"{self.folder}/b.yaml"
        with open(file, "w") as config:
            config.write(LEAST + more)
        done = run(BASCULE, "check", "--config", file)
        return done.returncode, done.stderr.replace(self.folder + "/", "")

    def test_silence(self):
        self.assertEqual(self.check(""), (0, ""))

    def test_a_user_that_is_not_there(self):
        code, said = self.check("user: nobody-of-this-name\n")
        self.assertEqual(code, 2)
        self.assertIn("b.yaml:3:7: user: there is no user nobody-of-this-name; make one", said)

    def test_a_log_that_cannot_be_written(self):
        code, said = self.check("log: {output: nowhere/x.log}\n")
        self.assertEqual(code, 2)
        self.assertRegex(said, r"b.yaml:3:15: log.output: nowhere/x.log cannot be written \(No such file")

    def test_several_phases_at_once(self):
        code, said = self.check("user: nobody-of-this-name\nlog: {output: nowhere/x.log}\nupstream: {trust: [gone.pem]}\n")
        self.assertEqual(code, 2)
        for path in ("user", "log.output", "upstream.trust"):
            self.assertIn(f": {path}: ", said)

    def test_a_rule_that_never_matches(self):
        code, said = self.check("rules:\n  - {name: all}\n  - {name: late, match: {port: 443}, action: block}\n")
        self.assertEqual(code, 0)
        self.assertEqual(said, "b.yaml:5:5: rules[1]: warning: rule late never matches: rule all at line 4 takes all of its "
                               "connections; put it before that one, or take it out\n")


if __name__ == "__main__":
    unittest.main()
