"""HTTP/2 in the clear that begins by Upgrade (RFC 7540 section 3.2) is watched: the request is its first stream, and the streams
after it have their records too. Clients are curl and nghttp, the origin is Apache."""
import os
import shutil
import unittest

from harness import Case, run, until
from programs import Program
from starttls_servers import answers, free_port

NAME = "origin.test"


@unittest.skipUnless(os.path.exists("/usr/lib/apache2/modules/mod_http2.so"), "Apache is not here")
class H2cUpgrade(Case):
    def apache(self):
        """The port of an Apache that speaks h2c; it cannot choose a free one: one is chosen for it, again if it was taken."""
        os.makedirs(f"{self.folder}/www")
        os.chmod(self.folder, 0o755)
        with open(f"{self.folder}/www/page", "w") as file:
            file.write("a page\n")
        for _ in range(5):
            port = free_port()
            with open(f"{self.folder}/apache.conf", "w") as file:
                modules = "".join(f"LoadModule {m}_module /usr/lib/apache2/modules/mod_{m}.so\n" for m in ("mpm_event", "authz_core", "http2"))
                user = "User www-data\nGroup www-data\n" if os.geteuid() == 0 else ""
                file.write(f"""{modules}{user}ServerRoot {self.folder}
ServerName {NAME}
Listen 127.0.0.1:{port}
PidFile {self.folder}/apache.pid
ErrorLog /dev/stderr
Protocols h2c http/1.1
H2Upgrade on
DocumentRoot {self.folder}/www
""")
            server = Program(self, ["/usr/sbin/apache2", "-X", "-f", f"{self.folder}/apache.conf"])
            until(lambda: server.process.poll() is not None or answers(port), "Apache")
            if server.process.poll() is None:
                return port
        raise AssertionError(server.output)

    def begin(self, port):
        self.daemon = self.start(f"""
listeners: [{{name: fixed, address: "127.0.0.1:0", mode: forward, target: "127.0.0.1:{port}"}}]
""")
        return f"http://127.0.0.1:{self.daemon.port('fixed')}"

    def check(self, paths):
        records = self.daemon.exchanges(len(paths))
        self.assertEqual({(r["path"], r["status"], r["upstream_version"], r["end"]["how"]) for r in records},
                         {(path, 200, "2", "complete") for path in paths})
        first = next(r for r in records if r["exchange"] == 1)
        self.assertEqual((first["version"], first["stream"], first["informational"]), ("1.1", 1, 1))
        self.assertEqual({r["version"] for r in records if r["exchange"] > 1}, {"2"} if len(paths) > 1 else set())
        connection = self.daemon.record()
        self.assertEqual((connection["http"], connection["exchanges"]), ("watched", len(paths)))

    def test_curl(self):
        url = self.begin(self.apache())
        done = run("curl", "-sS", "--http2", f"{url}/page", "-w", "%{http_version}")
        self.assertEqual((done.returncode, done.stdout), (0, "a page\n2"), done.stderr)
        self.check(["/page"])

    @unittest.skipUnless(shutil.which("nghttp"), "nghttp is not here")
    def test_nghttp(self):
        url = self.begin(self.apache())
        # One request: further ones nghttp drops now and then, without a proxy too.
        done = run("nghttp", "-u", f"{url}/page")
        self.assertEqual((done.returncode, done.stdout), (0, "a page\n"), done.stderr)
        self.check(["/page"])


if __name__ == "__main__":
    unittest.main()
