"""The commands answer as scripts expect: 0 done, 1 failed, 2 wrong usage or configuration; help on stdout, faults on stderr."""
import json
import os
import re
import ssl
import unittest

from harness import BASCULE, Case, run


class Commands(Case):
    def test_help_is_on_stdout_and_no_failure(self):
        for arguments in (["--help"], ["run", "--help"], ["ca", "create", "--help"]):
            done = run(BASCULE, *arguments)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("Usage: bascule", done.stdout)
            self.assertLessEqual(max(map(len, done.stdout.splitlines())), 120)

    def test_wrong_usage_is_told_in_one_line(self):
        for arguments, words in (([], "a command is missing"), (["frob"], 'unknown command "frob"'),
                                 (["run", "--nope"], "--nope"), (["run", "extra"], "extra"), (["ca"], "subcommand"),
                                 (["ca", "create"], "--directory"), (["ctl"], "ctl")):
            done = run(BASCULE, *arguments)
            self.assertEqual((done.returncode, done.stdout), (2, ""), arguments)
            self.assertRegex(done.stderr, r"^bascule: [^\n]*\n$")
            self.assertIn(words, done.stderr)

    def test_version(self):
        for arguments in (["version"], ["--version"]):
            done = run(BASCULE, *arguments)
            self.assertEqual(done.returncode, 0)
            self.assertRegex(done.stdout, r"^bascule \d+\.\d+\.\d+\n\S+ build, OpenSSL 3\.[^()]* \(compiled with OpenSSL 3\.[^()]*\)\n$")
            # the one it runs with is the system's, as the system's own command tells it
            self.assertIn(", " + re.search(r"\(Library: (.*)\)", run("openssl", "version").stdout)[1] + " (compiled", done.stdout)

    def test_schema(self):
        done = run(BASCULE, "schema")
        self.assertEqual(done.returncode, 0)
        schema = json.loads(done.stdout)
        self.assertIn("draft-07", schema["$schema"])
        self.assertFalse(schema["additionalProperties"])
        self.assertLessEqual({"ca", "listeners", "rules", "timeouts", "log"}, set(schema["properties"]))

    def test_ca_create_makes_what_clients_can_trust_and_only_we_can_use(self):
        folder = f"{self.folder}/new/ca"
        done = run(BASCULE, "ca", "create", "--directory", folder, "--name", "Our Lab")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(os.stat(f"{folder}/ca.key").st_mode & 0o777, 0o600)
        self.assertEqual(os.stat(f"{folder}/ca.crt").st_mode & 0o777, 0o644)
        (certificate,) = ssl.create_default_context(cafile=f"{folder}/ca.crt").get_ca_certs()
        self.assertEqual(certificate["subject"], ((("commonName", "Our Lab"),),))
        self.assertIn("CN=Our Lab", done.stdout)

    def test_ca_create_never_overwrites(self):
        run(BASCULE, "ca", "create", "--directory", self.folder)
        for missing in (None, "ca.crt", "ca.key"):
            if missing:
                run(BASCULE, "ca", "create", "--directory", self.folder)
                os.unlink(f"{self.folder}/{missing}")
            before = {name: open(f"{self.folder}/{name}").read() for name in os.listdir(self.folder)}
            done = run(BASCULE, "ca", "create", "--directory", self.folder)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn("exists already; a CA is never overwritten", done.stderr)
            self.assertEqual(before, {name: open(f"{self.folder}/{name}").read() for name in os.listdir(self.folder)})
            for name in os.listdir(self.folder):
                os.unlink(f"{self.folder}/{name}")

    def test_check_is_silent_about_a_good_file_and_tells_all_mistakes_of_a_bad_one(self):
        run(BASCULE, "ca", "create", "--directory", self.folder)
        good = 'ca: {certificate: ca.crt, key: ca.key}\nlisteners: [{name: a, address: "127.0.0.1:0", mode: explicit}]\n'
        for text, code, lines in ((good, 0, 0), (good + "timeouts: {peek: x, idle: y}\nlimts: {}\n", 2, 3)):
            with open(f"{self.folder}/b.yaml", "w") as file:
                file.write(text)
            for environment, arguments in (({}, ["--config", f"{self.folder}/b.yaml"]),
                                           ({"BASCULE_CONFIG": f"{self.folder}/b.yaml"}, [])):
                done = run(BASCULE, "check", *arguments, env={**os.environ, **environment})
                self.assertEqual((done.returncode, done.stdout, len(done.stderr.splitlines())), (code, "", lines), done.stderr)


if __name__ == "__main__":
    unittest.main()
