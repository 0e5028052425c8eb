"""PostgreSQL, MariaDB and OpenLDAP, with their own clients, which verify what they are shown."""
import os
import unittest

from harness import Case, run
from starttls_servers import mariadb, postgres, slapd

CONFIG = """
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {hosts}}}
listeners: [{{name: {dialect}, address: "127.0.0.1:0", mode: forward, target: "localhost:{port}", starttls: {dialect}}}]
"""


class Databases(Case):
    def begin(self, dialect, port):
        self.daemon = self.start(CONFIG.format(hosts=self.hosts(localhost="127.0.0.1"), dialect=dialect, port=port))
        os.chmod(self.folder, 0o755)
        return self.daemon.port(dialect)

    def check(self, dialect):
        record = self.daemon.record()
        self.assertEqual((record["action"], record["protocol"], record["reason"]), ("intercept", "tls", f"starttls: {dialect}"), record)

    def test_postgres(self):
        port = self.begin("postgres", postgres(self, self.authority.leaf("localhost")))

        def ask(mode):
            return run("psql", f"host=localhost hostaddr=127.0.0.1 port={port} user=test dbname=postgres sslmode={mode} gssencmode=disable "
                       f"sslrootcert={self.daemon.ca}", "-Atc", "select ssl, version from pg_stat_ssl where pid = pg_backend_pid()")

        for mode in ("require", "verify-full", "prefer"):
            answer = ask(mode)
            self.assertEqual(answer.stdout, "t|TLSv1.3\n", answer.stderr)
            self.check("postgres")
        answer = ask("disable")
        self.assertEqual(answer.stdout, "f|\n", answer.stderr)
        record = self.daemon.record()
        self.assertEqual((record["action"], record["protocol"]), ("passthrough", "other"))

    def test_mariadb(self):
        port = self.begin("mysql", mariadb(self, self.authority.leaf("localhost")))
        answer = run("mariadb", "--no-defaults", "--protocol=tcp", "-h", "localhost", "-P", port, "-u", "test", "--ssl-ca", self.daemon.ca,
                     "--ssl-verify-server-cert", "-Ne", "show status like 'Ssl_version'")
        self.assertEqual(answer.stdout, "Ssl_version\tTLSv1.3\n", answer.stderr)
        self.check("mysql")

    def test_slapd(self):
        port = self.begin("ldap", slapd(self, self.authority.leaf("localhost", "127.0.0.1")))
        answer = run("ldapsearch", "-ZZ", "-x", "-H", f"ldap://127.0.0.1:{port}", "-b", "", "-s", "base", "supportedExtension",
                     env={**os.environ, "LDAPTLS_CACERT": self.daemon.ca, "LDAPTLS_REQCERT": "hard"})
        self.assertIn("supportedExtension: 1.3.6.1.4.1.1466.20037", answer.stdout, answer.stderr)
        self.check("ldap")


if __name__ == "__main__":
    unittest.main()
