"""Plain HTTP through an explicit listener, by hand: origins that keep their connections, and clients that do."""
import re

from entries import dial, receive, receive_until
from harness import Case


def length_of(head):
    found = re.search(r"\r\nContent-Length: *(\d+)\r\n", head, re.IGNORECASE)
    return int(found[1]) if found else 0


def answer(body=b"ok\n", *fields, status="200 OK"):
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *fields]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class KeptOrigin:
    """Answers request after request on each of its connections with what answer_to(head, content) gives; None: it ends
    the connection instead. `heads` has those of all, with the number of the connection."""

    def __init__(self, case, answer_to=lambda head, content: answer()):
        self.heads, self.answer_to, self.connections = [], answer_to, []
        self.server = case.origin(self._serve, tls=False)
        self.port = self.server.port

    def _serve(self, connection):
        number = len(self.connections) + 1
        self.connections.append(connection)
        while True:
            try:
                head = receive_until(connection, b"\r\n\r\n").decode("latin-1")
            except AssertionError:
                return
            self.heads.append((number, head))
            octets = self.answer_to(head, receive(connection, length_of(head)))
            if octets is None:
                return
            connection.sendall(octets)

    @property
    def accepted(self):
        return self.server.accepted

    def lines(self, index):
        return self.heads[index][1].split("\r\n")[:-2]


def answer_on(client, head=False):
    """The head of the next answer on a connection, and its content by Content-Length."""
    text = receive_until(client, b"\r\n\r\n").decode("latin-1")
    return text, b"" if head else receive(client, length_of(text))


class ForwardCase(Case):
    """begin() puts the daemon, with `apps` as its explicit listener, before origins one.test and two.test."""

    def begin(self, config="", **options):
        self.daemon = self.start(f"""
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}]
resolver: {{hosts: {self.hosts(**{"one.test": "127.0.0.1", "two.test": "127.0.0.1", "ads.test": "127.0.0.1"})}}}
{config}
""", **options)
        self.port = self.daemon.port("apps")

    def client(self):
        client = dial(self.port)
        self.addCleanup(client.close)
        return client

    @staticmethod
    def request(origin, path="/", *fields, name="one.test", method="GET", content=b"", version="1.1"):
        port = origin if isinstance(origin, int) else origin.port
        lines = [f"{method} http://{name}:{port}{path} HTTP/{version}", f"Host: {name}:{port}", *fields]
        if content:
            lines.append(f"Content-Length: {len(content)}")
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + content

    def ask(self, client, *arguments, **options):
        client.sendall(self.request(*arguments, **options))
        return answer_on(client, head=options.get("method") == "HEAD")

    def assert_ends(self, client):
        self.assertEqual(client.recv(1), b"")
