"""HTTP servers that are programs of their own, over TLS: Apache, HAProxy, nghttpd, nghttpx, Node. (nginx is in programs.)"""
import os
import shutil
import socket

from harness import until
from programs import Program

APACHE = "/usr/sbin/apache2"
HAPROXY = shutil.which("haproxy") or "/usr/sbin/haproxy"
NODE = shutil.which("node") or "/usr/bin/node"


def listens(pid, port):
    """Whether it is this process that listens on that port (proc(5), /proc/net/tcp)."""
    with open("/proc/net/tcp") as table:
        rows = [line.split() for line in table]
    inodes = {f"socket:[{row[9]}]" for row in rows if row[3] == "0A" and row[1].endswith(f":{port:04X}")}
    try:
        return any(os.readlink(f"/proc/{pid}/fd/{fd}") in inodes for fd in os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return False


def on_a_free_port(case, argv):
    """The port of a server that cannot choose one: it is chosen for argv(port), again if it was taken meanwhile."""
    for _ in range(5):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        program = Program(case, argv(port))
        ended = lambda: program.process.poll() is not None
        until(lambda: listens(program.process.pid, port) or ended(), f"{argv(port)[0]} on port {port}: {program.output}")
        if not ended():
            return port
    raise AssertionError(program.output)


def nghttpd(case, leaf, root, *arguments):
    keys = [] if "--no-tls" in arguments else [leaf[1], leaf[0]]
    return on_a_free_port(case, lambda port: ["nghttpd", "-a", "127.0.0.1", "-d", root, *arguments, str(port), *keys])


def nghttpx(case, leaf, backend):
    """Before an nghttpd in the clear."""
    return on_a_free_port(case, lambda port: ["nghttpx", "--conf=/dev/null", "--no-ocsp", "--errorlog-file=/dev/null", "-n1",
                                              f"--frontend=127.0.0.1,{port}", f"--backend=127.0.0.1,{backend};;proto=h2", *leaf[::-1]])


def apache(case, leaf, files):
    root, modules = f"{case.folder}/apache", "/usr/lib/apache2/modules"
    os.makedirs(root)
    loaded = "\n".join(f"LoadModule {name}_module {modules}/mod_{name}.so"
                       for name in ("mpm_event", "authz_core", "ssl", "http2", "filter", "deflate", "headers"))
    user = "User www-data\nGroup www-data" if os.geteuid() == 0 else ""
    if user:  # its workers read the files as somebody else
        os.chmod(case.folder, 0o755)

    def argv(port):
        with open(f"{root}/httpd.conf", "w") as file:
            file.write(f"""ServerRoot {root}
ServerName origin.test
{loaded}
{user}
Listen 127.0.0.1:{port}
PidFile {root}/pid
DefaultRuntimeDir {root}
Mutex pthread
ErrorLog /dev/stderr
DocumentRoot {files}
Protocols h2 http/1.1
SSLEngine on
SSLCertificateFile {leaf[0]}
SSLCertificateKeyFile {leaf[1]}
<Location /packed>
  SetOutputFilter DEFLATE
</Location>
""")
        return [APACHE, "-D", "FOREGROUND", "-f", f"{root}/httpd.conf"]

    return on_a_free_port(case, argv)


def haproxy(case, leaf, backend, behind=""):
    """Before a server in the clear, of HTTP/1.1 unless `behind` says `proto h2`; its listening socket is handed down."""
    bundle, path = f"{case.folder}/haproxy.pem", f"{case.folder}/haproxy.cfg"
    with open(bundle, "w") as file, open(leaf[0]) as certificate, open(leaf[1]) as key:
        file.write(certificate.read() + key.read())
    with open(path, "w") as file:
        file.write(f"""global
  stats timeout 2s
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend web
  bind fd@${{LISTENER}} ssl crt {bundle} alpn h2,http/1.1
  default_backend behind
backend behind
  server behind 127.0.0.1:{backend} {behind}
""")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        program = Program(case, [HAPROXY, "-db", "-f", path], pass_fds=[listener.fileno()],
                          env={**os.environ, "LISTENER": str(listener.fileno())})
        case.assertIsNone(program.process.poll(), program.output)
        return listener.getsockname()[1]


def node(case, leaf, script):
    """A script that says `port N` once it listens; `options` in it has the certificate and key."""
    options = (f"const fs = require('fs'); const options = {{cert: fs.readFileSync('{leaf[0]}'), key: fs.readFileSync('{leaf[1]}')}};\n"
               "const ready = server => server.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}`));\n")
    program = Program(case, [NODE, "-e", options + script])
    return int(program.says(r"port (\d+)\n")[1])
