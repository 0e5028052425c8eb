"""ClientHellos that are taken apart and put together again, wrong on purpose: message() frames what the functions give."""
from hello import client_hello
from wire import HANDSHAKE, message, record


class Parts:
    """The fields of a ClientHello as OpenSSL makes it."""

    def __init__(self, name, context=None):
        octets = b"".join(body for body in bodies(client_hello(name, context=context)))[4:]
        self.version, self.random, at = octets[:2], octets[2:34], 34
        self.session, at = vector_at(octets, at, 1)
        self.suites, at = vector_at(octets, at, 2)
        self.compression, at = vector_at(octets, at, 1)
        extensions, _ = vector_at(octets, at, 2)
        self.extensions = []
        while extensions:
            body, end = vector_at(extensions, 2, 2)
            self.extensions.append((int.from_bytes(extensions[:2], "big"), body))
            extensions = extensions[end:]

    def body(self):
        listed = b"".join(kind.to_bytes(2, "big") + vector(body, 2) for kind, body in self.extensions)
        return (self.version + self.random + vector(self.session, 1) + vector(self.suites, 2) + vector(self.compression, 1) +
                vector(listed, 2))

    def message(self):
        return message(1, self.body())

    def records(self, *cuts):
        return as_records(self.message(), *cuts)

    def with_extension(self, kind, body):
        """In the place of the one of that kind, or first (a pre_shared_key must stay last)."""
        at = next((at for at, (other, _) in enumerate(self.extensions) if other == kind), None)
        if at is None:
            self.extensions.insert(0, (kind, body))
        else:
            self.extensions[at] = (kind, body)
        return self

    def extension(self, kind):
        return next(body for other, body in self.extensions if other == kind)


def vector(octets, size):
    return len(octets).to_bytes(size, "big") + octets


def vector_at(octets, at, size):
    length = int.from_bytes(octets[at:at + size], "big")
    return octets[at + size:at + size + length], at + size + length


def bodies(octets):
    while octets:
        body, end = vector_at(octets, 3, 2)
        yield body
        octets = octets[end:]


def as_records(octets, *cuts):
    """Handshake records with the message cut at these places; without one, at the most that a record holds."""
    edges = [0, *(cuts or range(1 << 14, len(octets), 1 << 14)), len(octets)]
    return b"".join(record(HANDSHAKE, octets[a:b], 0x0301) for a, b in zip(edges, edges[1:]))
