"""The scene of these tests: the daemon between a client and an origin, one of which misbehaves by a script."""
import socket
import ssl

from harness import Case, Server, server_context
from raw import Secured, anybody, dial, fault_in, read_to_end
from wire import Wire

NAME = "origin.test"
VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


def at_once(connection):
    """What a test writes by pieces leaves by pieces (and no reply waits for an ACK)."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def echo(connection):
    """Gives back what comes, to the client's end; then ends in order."""
    while piece := connection.recv(65536):
        connection.sendall(piece)
    connection.close_notify()


class Stage(Case):
    """setUp starts a well-behaved origin behind the listener `good`, which echoes, and behind `evil` one that runs the
    script of the moment. `extra` goes into the configuration, `environment` to the daemon."""

    extra = ""
    environment = None

    def setUp(self):
        super().setUp()
        self.leaf = self.authority.leaf(NAME)
        self.good = self._serve(lambda connection: echo(Secured(connection, server_context(self.leaf))))
        self.evil = self._serve(lambda connection: self.script(connection))
        self.daemon = self.start(f"""
workers: 1
listeners:
  - {{name: good, address: "127.0.0.1:0", mode: forward, target: "{NAME}:{self.good.port}"}}
  - {{name: evil, address: "127.0.0.1:0", mode: forward, target: "{NAME}:{self.evil.port}"}}
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {self.hosts(**{NAME: "127.0.0.1"})}}}
{self.extra}
""", environment=self.environment)

    def _serve(self, handler):
        server = Server(lambda connection: handler(at_once(connection)))
        self.addCleanup(server.close)
        return server

    # --- a client that misbehaves

    def client(self, version=None, alter=None, listener="good", context=None):
        """A scripted client, after its handshake through `listener`."""
        return Wire(self.dial(listener), context or client_context(version), NAME, alter)

    def dial(self, listener="good"):
        connection = at_once(dial(self.daemon.port(listener)))
        self.addCleanup(connection.close)
        return connection

    # --- an origin that misbehaves

    def visit(self, script, version=None, say=b""):
        """What a well-behaved client gets that says `say` to an origin that runs script(connection): its data, and how it
        ended, as raw.read_to_end() says it."""
        self.script = script
        with self.dial("evil") as connection:
            try:
                client = Secured(connection, client_context(version), NAME)
                if say:
                    client.sendall(say)
            except OSError as error:
                return b"", fault_in(error)
            return read_to_end(client)

    def origin(self, connection, version=None, alter=None, shake=True):
        """For scripts: the origin's end of a handshake."""
        context = server_context(self.leaf, maximum=VERSIONS.get(version))
        context.num_tickets = 0
        return Wire(connection, context, None, alter, shake)

    # --- what is left behind

    def ended(self, by, how, step, *words, note=""):
        """Exactly one record, with that end; and the daemon serves the next connection."""
        record = self.daemon.record()
        end = record["end"]
        self.assertEqual((end["by"], end["how"], end["step"]), (by, how, step), f"{note}: {end}")
        for word in words:
            self.assertIn(word, end["detail"], note)
        self.serves_the_next(note)
        return record

    def serves_the_next(self, note=""):
        self.assertIsNone(self.daemon.process.poll(), note)
        client = Secured(self.dial(), client_context(), NAME)
        client.sendall(b"still there?")
        got = b""
        while len(got) < 12:
            got += client.recv(100)
        client.close_notify()
        self.assertEqual(read_to_end(client), (b"", "close_notify"), note)
        record = self.daemon.record()
        self.assertEqual((record["end"]["how"], record["bytes_up"]), ("close_notify", 12), f"{note}: {record}")
        self.assertTrue(self.daemon.no_more_records(), note)


def client_context(version=None):
    context = anybody()
    if version:
        context.minimum_version = context.maximum_version = VERSIONS[version]
    return context
