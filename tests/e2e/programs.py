"""Servers that are programs of their own: nginx, openssl s_server, gnutls-serv. Each is started on a free port."""
import os
import re
import socket
import subprocess
import threading

from harness import until


class Program:
    """A child that is ended with the test; its output, read as it comes, is in .output."""

    def __init__(self, case, argv, **options):
        self.output = ""
        self.process = subprocess.Popen([str(a) for a in argv], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                        errors="replace", **options)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        case.addCleanup(self._end)

    def _read(self):
        for line in self.process.stdout:
            self.output += line

    def _end(self):
        self.process.terminate()
        self.process.wait()
        self.reader.join()
        self.process.stdout.close()
        if self.process.stdin:
            self.process.stdin.close()

    def says(self, pattern):
        """The match of `pattern` in the output, once it has come."""
        search = lambda: re.search(pattern, self.output)
        until(lambda: search() or self.process.poll() is not None, f"{pattern} in {self.output!r}")
        assert search(), f"ended with {self.process.returncode}: {self.output}"
        return search()


def openssl_server(case, leaf, *arguments, **options):
    """(program, port) of `openssl s_server`."""
    program = Program(case, ["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert_chain", leaf[0], "-cert", leaf[0], "-key",
                             leaf[1], *arguments], stdin=subprocess.PIPE, **options)
    return program, int(program.says(r"ACCEPT 127\.0\.0\.1:(\d+)")[1])


def gnutls_server(case, leaf, *arguments):
    """(program, port) of `gnutls-serv`, which cannot choose a free port: one is chosen for it, again if it was taken."""
    for _ in range(5):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        program = Program(case, ["gnutls-serv", "--port", port, "--x509certfile", leaf[0], "--x509keyfile", leaf[1], *arguments])
        said = program.says(r"listening on IPv4 \S+ port \d+\.\.\.(\w+)")
        if said[1] == "done":
            return program, port
    raise AssertionError(program.output)


def nginx(case, leaf, server):
    """The port of an nginx with one `server` block; its listening socket is handed down, so that the port is never free."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    root = f"{case.folder}/nginx{port}"
    os.makedirs(root)
    paths = "".join(f"{kind}_temp_path {root}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    with open(f"{root}/nginx.conf", "w") as file:
        user = "user root;" if os.geteuid() == 0 else ""  # else its worker could not read the test's folder
        file.write(f"""{user} daemon off; pid {root}/pid; error_log stderr warn;
events {{}}
http {{ access_log off; client_max_body_size 0; {paths}
server {{ ssl_certificate {leaf[0]}; ssl_certificate_key {leaf[1]};
{server.replace("LISTEN", f"listen 127.0.0.1:{port}").replace("ROOT", root)} }} }}
""")
    program = Program(case, ["/usr/sbin/nginx", "-p", root, "-c", f"{root}/nginx.conf"], pass_fds=[listener.fileno()],
                      env={**os.environ, "NGINX": f"{listener.fileno()};"})
    listener.close()
    case.assertIsNone(program.process.poll(), program.output)
    return port
