"""A CA below a corporate root: its issuers go with each leaf, so that a client that trusts the root alone accepts it, in both
versions of TLS, also where own certificates are shown, and the start screen says what clients trust."""
import unittest

from harness import BASCULE, Authority, Case, run

CONFIG = """
listeners: [{{name: fixed, address: "127.0.0.1:0", mode: forward, target: "origin.test:{port}"}}]
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {hosts}}}
"""


class CaBelowACorporateRoot(Case):
    def issue(self, name, issuer, *extensions):
        """(certificate, key): a CA below another one."""
        base = f"{self.folder}/{name}"
        with open(f"{base}.ext", "w") as file:
            file.write("\n".join(("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign",
                                  "subjectKeyIdentifier=hash", *extensions)))
        Authority._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", f"{base}.key",
                           "-out", f"{base}.csr", "-subj", f"/CN={name}")
        Authority._openssl("x509", "-req", "-in", f"{base}.csr", "-CA", issuer[0], "-CAkey", issuer[1], "-CAcreateserial", "-days",
                           "200", "-extfile", f"{base}.ext", "-out", f"{base}.pem")
        return f"{base}.pem", f"{base}.key"

    def corporate_ca(self, *extensions):
        """ca.crt and ca.key of the daemon; the root that clients trust."""
        root = f"{self.folder}/root.pem", f"{self.folder}/root.key"
        Authority._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", root[1],
                           "-out", root[0], "-days", "300", "-subj", "/CN=Corp Root")
        middle = self.issue("middle", root, *extensions)
        own = self.issue("own", middle)
        with open(f"{self.folder}/ca.crt", "w") as file:
            file.writelines(open(name).read() for name in (own[0], root[0], middle[0]))  # in whatever order
        with open(own[1]) as key, open(f"{self.folder}/ca.key", "w") as file:
            file.write(key.read())
        run("chmod", "600", f"{self.folder}/ca.key")
        return root[0]

    def start_for(self, more=""):
        self.server = self.origin(names=("origin.test",))
        return self.start(CONFIG.format(port=self.server.port, hosts=self.hosts(**{"origin.test": "127.0.0.1"})) + more)

    def curl(self, daemon, root, *options):
        return run("curl", "-sS", "--cacert", root, "--connect-to", f"::127.0.0.1:{daemon.port('fixed')}", *options,
                   f"https://origin.test:{self.server.port}/")

    def test_a_client_that_trusts_the_root_alone(self):
        root = self.corporate_ca()
        daemon = self.start_for()
        for options in (("--tls-max", "1.2"), ("--tlsv1.3",)):
            done = self.curl(daemon, root, *options)
            self.assertEqual(done.stdout, "hello from the origin\n", done.stderr)
        self.assertIn("clients trust CN=Corp Root", "".join(daemon.banner))
        shown = run("openssl", "s_client", "-connect", f"127.0.0.1:{daemon.port('fixed')}", "-servername", "origin.test", "-showcerts",
                    input="").stdout
        self.assertEqual(shown.count("BEGIN CERTIFICATE"), 3, "leaf, own, middle, no root")
        self.assertNotRegex(shown, "s:CN ?= ?Corp Root")

    def test_constraints_above_the_ca_hold(self):
        self.corporate_ca("nameConstraints=critical,permitted;DNS:corp.test")
        daemon = self.start_for()
        self.assertNotEqual(self.curl(daemon, f"{self.folder}/root.pem").returncode, 0)
        self.assertIn("name constraints", daemon.record()["end"]["detail"])

    def test_what_is_wrong_with_the_chain_is_told_by_check(self):
        self.corporate_ca("subjectAltName=DNS:x")  # nothing that matters
        with open(f"{self.folder}/ca.crt", "a") as file, open(self.authority.certificate) as stray:
            file.write(stray.read())
        with open(f"{self.folder}/bascule.yaml", "w") as file:
            file.write('ca: {certificate: ca.crt, key: ca.key}\nlisteners: [{name: a, address: "127.0.0.1:0", mode: explicit}]\n')
        done = run(BASCULE, "check", "--config", f"{self.folder}/bascule.yaml")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, r"bascule.yaml:1:19: ca.certificate: warning: .*Test Origin CA, which issued nothing above it")


if __name__ == "__main__":
    unittest.main()
