"""ClientHellos as OpenSSL makes them, without a connection."""
import ssl


def client_hello(name, alpn=(), context=None):
    """The records of a ClientHello for `name`."""
    if context is None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if alpn:
        context.set_alpn_protocols(list(alpn))
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        context.wrap_bio(incoming, outgoing, server_hostname=name).do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


def rename(hello, old, new):
    """The one-record ClientHello with another server name, which no library would send, and all lengths put right."""
    at, growth = hello.index(old), len(new) - len(old)
    octets = bytearray(hello[:at] + new + hello[at + len(old):])

    def grow(position, size):
        value = int.from_bytes(octets[position:position + size], "big") + growth
        octets[position:position + size] = value.to_bytes(size, "big")

    suites = 44 + octets[43]
    methods = suites + 2 + int.from_bytes(octets[suites:suites + 2], "big")
    grow(3, 2)                              # the record
    grow(6, 3)                              # the message
    grow(methods + 1 + octets[methods], 2)  # all extensions
    for before in (7, 5, 2):                # the extension, its list of names, the name
        grow(at - before, 2)
    return bytes(octets)


class Hello:
    """What a ClientHello says, read from its octets: `records` as they came from a socket."""

    def __init__(self, records):
        message = b""
        while records:
            length = int.from_bytes(records[3:5], "big")
            message, records = message + records[5:5 + length], records[5 + length:]
        self.at, self.octets = 4 + 2 + 32, message
        self._vector(1)  # the session id
        self.ciphers = self._numbers(self._vector(2))
        self._vector(1)  # the compression methods
        self.extensions, body = {}, self._vector(2)
        while body:
            length = int.from_bytes(body[2:4], "big")
            self.extensions[int.from_bytes(body[:2], "big")] = body[4:4 + length]
            body = body[4 + length:]
        listed = lambda kind, skip: self._numbers(self.extensions.get(kind, b"")[skip:])
        self.groups, self.schemes, self.versions = listed(10, 2), listed(13, 2), listed(43, 1)
        self.name = self.extensions[0][5:].decode() if 0 in self.extensions else None
        self.alpn, names = [], self.extensions.get(16, b"")[2:]
        while names:
            self.alpn.append(names[1:1 + names[0]].decode())
            names = names[1 + names[0]:]
        self.shares, shares = [], self.extensions.get(51, b"")[2:]
        while shares:
            self.shares.append(int.from_bytes(shares[:2], "big"))
            shares = shares[4 + int.from_bytes(shares[2:4], "big"):]

    def _vector(self, size):
        length = int.from_bytes(self.octets[self.at:self.at + size], "big")
        self.at += size + length
        return self.octets[self.at - length:self.at]

    @staticmethod
    def _numbers(octets):
        return [int.from_bytes(octets[i:i + 2], "big") for i in range(0, len(octets), 2)]
