"""A daemon that learns, and clients that refuse its certificates in the ways that programs do."""
import contextlib
import os
import socket
import ssl

from entries import connect, get, secure, trusting_nobody
from harness import BASCULE, Case, run
from hello import client_hello

NAME = "pinned.test"
CONFIG = """
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}]
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {hosts}}}
learn: {learn}
{further}
"""
VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)


def close_notify(client):
    try:
        client.unwrap()
    except OSError:
        pass  # what the origin says is not read any more
    client.close()


class Learning(Case):
    def begin(self, learn="{after: 2}", further="", **options):
        """An origin, and a daemon before it whose state is in the test's folder."""
        self.server = self.origin(names=(NAME, "other.test"), host="0.0.0.0")
        self.count = getattr(self, "count", 0) + 1
        self.state = f"{self.folder}/state{self.count}"
        self.config = CONFIG.format(hosts=self.hosts(**{NAME: "127.0.0.1", "other.test": "127.0.0.1"}), learn=learn,
                                    further=further)
        return self.again(**options)

    def again(self, **options):
        self.daemon = self.start(self.config, environment={"STATE_DIRECTORY": self.state}, **options)
        return self.daemon

    def learned(self, *arguments):
        """`bascule learned ...`: the exit code, and what it wrote."""
        done = run(BASCULE, "learned", *arguments, env={**os.environ, "STATE_DIRECTORY": self.state})
        return done.returncode, done.stdout + done.stderr

    def dial(self, name=NAME, source="127.0.0.1"):
        """A tunnel to the origin, from a source address of choice."""
        bound = socket.create_connection
        try:
            socket.create_connection = lambda address, timeout, *_: bound(address, timeout, (source, 0))
            return connect(self.daemon.port("apps"), name, self.server.port)
        finally:
            socket.create_connection = bound

    def context(self, version=None):
        """A client's that trusts the origin's CA and not ours."""
        context = ssl.create_default_context(cafile=self.authority.certificate)
        if version:
            context.minimum_version = context.maximum_version = version
        return context

    def by_alert(self, version=None, **way):
        with contextlib.closing(self.dial(**way)) as client, self.assertRaises(ssl.SSLCertVerificationError):
            secure(client, self.context(version), way.get("name", NAME))

    def without_a_word(self, version=None, end=lambda client: client.close()):
        """Leaves when the certificate has come, in the middle of the handshake."""
        client = self.dial()
        client.sendall(client_hello(NAME, context=self.context(version)))
        client.recv(1)
        end(client)

    def after_the_handshake(self, version=None, end=lambda client: client.close()):
        """As programs that look at the certificate only then."""
        context = trusting_nobody()
        if version:
            context.minimum_version = context.maximum_version = version
        client = secure(self.dial(), context, NAME)
        end(client)

    def is_passed(self, **way):
        """The client meets the origin itself; the record."""
        client = secure(self.dial(**way), self.context(), way.get("name", NAME))
        self.assertIn("hello from the origin", get(client, NAME))
        record = self.daemon.record()
        self.assertEqual((record["action"], record["server_name"]), ("passthrough", way.get("name", NAME)))
        self.assertNotIn("client_tls", record)
        return record

    def is_refused(self, **way):
        """The client meets our certificate, and will not have it; the record."""
        self.by_alert(**way)
        record = self.daemon.record()
        self.assertEqual((record["action"], record["end"]["by"]), ("intercept", "client"))
        return record
