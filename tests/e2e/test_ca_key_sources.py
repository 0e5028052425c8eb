"""D6: the CA's key may be a systemd credential, or stay in a PKCS#11 token; a connection is intercepted either way."""
import os
import re
import unittest

from harness import BASCULE, Case, run

LISTENER = """
listeners: [{name: apps, address: "127.0.0.1:0", mode: explicit}]
upstream: {trust: [origin-ca.pem]}
log: {format: json}
"""
MODULE = "/usr/lib/softhsm/libsofthsm2.so"
PIN = "8642"


class CaKeySources(Case):
    def setUp(self):
        super().setUp()
        self.origin_ = self.origin(names=("localhost",))
        made = run(BASCULE, "ca", "create", "--directory", self.folder)
        self.assertEqual(made.returncode, 0, made.stderr)

    def assert_intercepts(self, daemon):
        done = run("curl", "-sS", "--proxy", f"http://127.0.0.1:{daemon.port('apps')}", "--cacert", daemon.ca,
                   f"https://localhost:{self.origin_.port}/")
        self.assertEqual(done.stdout, "hello from the origin\n", done.stderr)
        self.assertEqual(daemon.record()["action"], "intercept")

    def test_a_credential(self):
        credentials = f"{self.folder}/credentials"
        os.mkdir(credentials)
        os.rename(f"{self.folder}/ca.key", f"{credentials}/bascule-ca")
        os.chmod(f"{credentials}/bascule-ca", 0o440)
        self.assert_intercepts(self.start(LISTENER, key="credential:bascule-ca",
                                          environment={"CREDENTIALS_DIRECTORY": credentials}))

    def token(self):
        """The key goes into a token, and its file away; the environment that finds the token."""
        with open(f"{self.folder}/softhsm2.conf", "w") as file:
            file.write(f"directories.tokendir = {self.folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n")
        os.mkdir(f"{self.folder}/tokens")
        environment = {"SOFTHSM2_CONF": f"{self.folder}/softhsm2.conf"}
        both = {**os.environ, **environment}
        for command in (("softhsm2-util", "--init-token", "--free", "--label", "bascule", "--pin", PIN, "--so-pin", "1357"),
                        ("softhsm2-util", "--import", f"{self.folder}/ca.key", "--token", "bascule", "--label", "ca", "--id",
                         "01", "--pin", PIN)):
            done = run(*command, env=both)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        os.remove(f"{self.folder}/ca.key")
        with open(os.open(f"{self.folder}/pin", os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(PIN + "\n")
        return environment

    def test_a_token(self):
        environment = self.token()
        uri = f"pkcs11:token=bascule;object=ca;type=private?module-path={MODULE}&pin-source=file:{self.folder}/pin"
        self.assert_intercepts(self.start(LISTENER, key=uri, environment=environment))

    def test_a_token_that_is_not_there_is_told_without_the_pin(self):
        environment = self.token()
        uri = f"pkcs11:token=absent;object=ca?module-path={MODULE}&pin-value={PIN}"
        with open(f"{self.folder}/bascule.yaml", "w") as file:
            file.write(f'ca: {{certificate: ca.crt, key: "{uri}"}}\n' + LISTENER)
        for command in ("check", "run"):
            done = run(BASCULE, command, "--config", f"{self.folder}/bascule.yaml", env={**os.environ, **environment})
            self.assertEqual(done.returncode, 2, done.stdout)
            said = [line for line in done.stderr.splitlines() if line.startswith(self.folder)]
            self.assertEqual(len(said), 1, done.stderr)
            self.assertRegex(said[0], rf"^{re.escape(self.folder)}/bascule\.yaml:1:32: ca\.key: pkcs11:token=absent;object=ca: "
                                      r"the token gives no such private key \(.*\)")
            self.assertNotIn(PIN, done.stderr)


if __name__ == "__main__":
    unittest.main()
