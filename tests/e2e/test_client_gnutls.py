"""gnutls-cli, which knows of no proxy, is intercepted at a forward and at an sni listener."""
import unittest

from harness import Case, run

NAME = "origin.test"


class GnutlsClient(Case):
    def test_it_verifies_the_forged_leaf_and_gets_the_answer(self):
        server = self.origin()
        daemon = self.start(f"""
listeners:
  - {{name: fixed, address: "127.0.0.1:0", mode: forward, target: "{NAME}:{server.port}"}}
  - {{name: by-name, address: "127.0.0.1:0", mode: sni, port: {server.port}}}
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {self.hosts(**{NAME: "127.0.0.1"})}}}
""")
        for listener in ("fixed", "by-name"):
            for priority, version in (("NORMAL:-VERS-ALL:+VERS-TLS1.2", "TLSv1.2"), ("NORMAL", "TLSv1.3")):
                done = run("gnutls-cli", "--x509cafile", daemon.ca, "--sni-hostname", NAME, "--verify-hostname", NAME,
                           "--priority", priority, "--port", daemon.port(listener), "127.0.0.1",
                           input=f"GET / HTTP/1.1\r\nHost: {NAME}\r\n\r\n")
                self.assertIn("hello from the origin", done.stdout, done.stderr + "".join(daemon.lines))
                self.assertIn("The certificate is trusted", done.stdout)
                record = daemon.record()
                self.assertEqual((record["listener"], record["action"]), (listener, "intercept"))
                self.assertEqual(record["client_tls"]["version"], version)


if __name__ == "__main__":
    unittest.main()
