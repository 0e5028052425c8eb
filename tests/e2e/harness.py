"""What the end-to-end tests share: the daemon as a child process, certificates made for the run, an origin that says
what it saw. Nothing here sleeps: every wait is for a condition, with a bound (WAIT) that only a failure reaches.

A test file is one claim. It is run with BASCULE naming the binary: python3 tests/e2e/test_x.py
"""
import json
import os
import queue
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest

BASCULE = os.environ.get("BASCULE") or os.path.join(os.path.dirname(__file__), "../../build/release/bascule")
WAIT = float(os.environ.get("BASCULE_TEST_WAIT", "20"))


def until(condition, what, wait=WAIT):
    """Polls until condition() is true; returns its value."""
    end = time.monotonic() + wait
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {wait} s: {what}")
        threading.Event().wait(0.01)


def run(*argv, timeout=WAIT, input=None, **options):
    """Runs a command to its end; stdout and stderr are text."""
    return subprocess.run([str(a) for a in argv], input=input, capture_output=True, text=True, timeout=timeout,
                          errors="replace", **options)


def proportional_set_size(process):
    """The memory of a process in octets; what it shares is counted by its share."""
    with open(f"/proc/{process.pid}/smaps_rollup") as file:
        return int(re.search(r"^Pss:\s+(\d+) kB", file.read(), re.MULTILINE).group(1)) << 10


# For a daemon whose memory is measured: AddressSanitizer keeps what was freed.
MEASURED = {"ASAN_OPTIONS": "quarantine_size_mb=0"}


class Authority:
    """A CA of the test's own, and leaves under it (made by the openssl command)."""

    def __init__(self, folder, name="Test Origin CA"):
        self.folder, self.count = folder, 0
        self.key, self.certificate = f"{folder}/origin-ca.key", f"{folder}/origin-ca.pem"
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
                      self.key, "-out", self.certificate, "-days", "30", "-subj", f"/CN={name}",
                      "-addext", "keyUsage=critical,digitalSignature,keyCertSign,cRLSign")  # without it Python 3.13 believes no CA

    @staticmethod
    def _openssl(*arguments):
        done = run("openssl", *arguments)
        assert done.returncode == 0, done.stderr

    def leaf(self, *names, rsa=False, days=10, start=None, end=None, usage="serverAuth"):
        """(certificate file with chain, key file). `start`, `end`: YYYYMMDDHHMMSSZ, for expired ones."""
        self.count += 1
        base = f"{self.folder}/leaf{self.count}"
        kind = ["rsa:2048"] if rsa else ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
        sans = ",".join(("IP:" if name.replace(".", "").isdigit() or ":" in name else "DNS:") + name for name in names)
        with open(f"{base}.ext", "w") as file:
            file.write(f"subjectAltName={sans}\nextendedKeyUsage={usage}\nbasicConstraints=CA:FALSE\n")
        self._openssl("req", "-newkey", *kind, "-nodes", "-keyout", f"{base}.key", "-out", f"{base}.csr", "-subj", f"/CN={names[0]}")
        if start or end:
            open(f"{base}.db", "w").close()
            with open(f"{base}.cnf", "w") as file:
                file.write(f"[ca]\ndefault_ca=x\n[x]\ndatabase={base}.db\nrand_serial=yes\ndefault_md=sha256\npolicy=p\n"
                           f"new_certs_dir={self.folder}\n[p]\ncommonName=supplied\n")
            self._openssl("ca", "-batch", "-config", f"{base}.cnf", "-in", f"{base}.csr", "-out", f"{base}.crt", "-cert",
                          self.certificate, "-keyfile", self.key, "-startdate", start or "20200101000000Z", "-enddate",
                          end or "20400101000000Z", "-extfile", f"{base}.ext", "-notext")
        else:
            self._openssl("x509", "-req", "-in", f"{base}.csr", "-CA", self.certificate, "-CAkey", self.key, "-days", str(days),
                          "-extfile", f"{base}.ext", "-out", f"{base}.crt", "-CAcreateserial")
        with open(f"{base}.pem", "w") as chain, open(f"{base}.crt") as leaf, open(self.certificate) as issuer:
            chain.write(leaf.read() + issuer.read())
        return f"{base}.pem", f"{base}.key"


class Server:
    """A TCP server on a free port of `host` (a fixed `port` only in a network namespace); handler(connected socket) runs in a thread for each connection. With
    `tls` (an ssl.SSLContext), the socket is wrapped first; a failed handshake is kept in .failures."""

    def __init__(self, handler, tls=None, host="127.0.0.1", family=socket.AF_INET, port=0):
        self.handler, self.tls, self.failures, self.accepted = handler, tls, [], 0
        self.listener = socket.socket(family, socket.SOCK_STREAM)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((host, port))
        self.listener.listen(256)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            self.handler(connection)
        except (OSError, ValueError) as error:
            self.failures.append(error)
        finally:
            try:
                connection.close()
            except OSError:
                pass

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def server_context(leaf, alpn=(), maximum=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*leaf)
    if alpn:
        context.set_alpn_protocols(list(alpn))
    if maximum:
        context.maximum_version = maximum
    return context


def read_head(connection):
    """The HTTP head that comes on a socket, as text; '' where it ends before."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return ""
        data += piece
    return data.decode("latin-1")


def answer_http(body=b"hello from the origin\n", heads=None):
    """A handler: one request, one answer, close in order. Heads that it got are appended to `heads`."""

    def handler(connection):
        head = read_head(connection)
        if heads is not None:
            heads.append(head)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)
        if isinstance(connection, ssl.SSLSocket):
            try:
                connection.unwrap()
            except OSError:
                pass

    return handler


class Daemon:
    """`bascule run` with a configuration; the log is JSON on stderr and read as it comes. `config` is YAML without
    `ca` and `log` (unless it brings its own `log`); {folder} in it is the test's folder."""

    def __init__(self, folder, config, environment=None, prefix=(), log_level="info", arguments=(), pass_fds=(),
                 key="ca.key"):
        self.folder = folder
        if not os.path.exists(f"{folder}/ca.crt"):
            made = run(BASCULE, "ca", "create", "--directory", folder)
            assert made.returncode == 0, made.stderr
        self.ca = f"{folder}/ca.crt"
        text = f'ca: {{certificate: ca.crt, key: "{key}"}}\n' + config.replace("{folder}", folder)
        if "\nlog:" not in "\n" + config:
            text += f"\nlog: {{format: json, level: {log_level}}}\n"
        self.config = f"{folder}/bascule.yaml"
        self.write_config(text)
        self.lines, self.events, self._records = [], [], queue.Queue()
        self.process = subprocess.Popen([*prefix, BASCULE, "run", "--config", self.config, *arguments],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
                                        env={**os.environ, **(environment or {})}, pass_fds=pass_fds)
        self.banner = []
        self.readers = [threading.Thread(target=reader, daemon=True) for reader in (self._read_banner, self._read_log)]
        for reader in self.readers:
            reader.start()

    def finish(self):
        """After the process has ended: everything it printed is in banner, events and records."""
        for reader in self.readers:
            reader.join(WAIT)
        self.process.stdout.close()
        self.process.stderr.close()

    def write_config(self, text):
        with open(self.config, "w") as file:
            file.write(text)

    def _read_banner(self):
        for line in self.process.stdout:
            self.banner.append(line)

    def _read_log(self):
        for line in self.process.stderr:
            self.lines.append(line)
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if event.get("event") == "connection":
                self._records.put(event)
            else:
                self.events.append(event)

    def event(self, name, wait=WAIT):
        """The first event of that name, when it has come."""
        found = lambda: next((e for e in self.events if e["event"] == name), None)
        alive = lambda: found() or self.process.poll() is not None
        until(alive, f"event {name}; log: {''.join(self.lines[-20:])}", wait)
        if not found():
            self.readers[1].join(WAIT)  # the last lines of a daemon that has ended may still be on their way
        assert found(), f"the daemon ended with {self.process.returncode} before {name}: {''.join(self.lines[-20:])}"
        return found()

    def ready(self):
        self.event("ready")
        return self

    def port(self, listener):
        address = next(e["address"] for e in self.events if e["event"] == "listening" and e["listener"] == listener)
        return int(address.rsplit(":", 1)[1])

    def record(self, wait=WAIT):
        """The next connection record."""
        try:
            return self._records.get(timeout=wait)
        except queue.Empty:
            raise AssertionError(f"no record within {wait} s; log: {''.join(self.lines[-20:])}") from None

    def records(self, count):
        return [self.record() for _ in range(count)]

    def exchanges(self, count, wait=WAIT):
        """The first `count` records of HTTP exchanges, when they have come."""
        found = lambda: [e for e in self.events if e["event"] == "http"]
        until(lambda: len(found()) >= count, f"{count} exchanges; log: {''.join(self.lines[-20:])}", wait)
        assert len(found()) == count, found()
        return found()

    def no_more_records(self):
        return self._records.empty()

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self, wait=WAIT):
        """SIGTERM; the exit code."""
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        try:
            return self.process.wait(wait)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"did not stop within {wait} s") from None


class Case(unittest.TestCase):
    """A test with a folder of its own, an origin CA, and children that are ended with it."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="bascule-e2e-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self._authority = None

    @property
    def authority(self):
        if not self._authority:
            self._authority = Authority(self.folder)
        return self._authority

    def start(self, config, ready=True, **options):
        daemon = Daemon(self.folder, config, **options)
        self.addCleanup(self._end, daemon)
        return daemon.ready() if ready else daemon

    @staticmethod
    def _end(daemon):
        """No line of `format: text` is one that does not fit on a screen."""
        if daemon.process.poll() is None:
            daemon.process.kill()
        daemon.process.wait()
        daemon.finish()
        wide = [line for line in daemon.lines if re.match(r"\d\d:\d\d:\d\d\.\d{3} ", line) and len(line.rstrip()) >= 200]
        assert not wide, wide

    def origin(self, handler=None, names=("origin.test", "127.0.0.1", "localhost"), alpn=(), tls=True, leaf=None,
               maximum=None, **options):
        """An HTTPS (or, with tls=False, plain) origin under the test's CA."""
        context = server_context(leaf or self.authority.leaf(*names), alpn, maximum) if tls else None
        server = Server(handler or answer_http(), context, **options)
        self.addCleanup(server.close)
        return server

    def hosts(self, **names):
        """A hosts file for the resolver: hosts(**{"origin.test": "127.0.0.1"}); its path."""
        path = f"{self.folder}/hosts"
        with open(path, "w") as file:
            for name, address in names.items():
                file.write(f"{address} {name}\n")
        return path

    def client_context(self, daemon):
        return ssl.create_default_context(cafile=daemon.ca)


if __name__ == "__main__":
    raise SystemExit("a library; run a test_*.py")
