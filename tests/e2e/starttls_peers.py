"""Servers of ten protocols that begin in the clear, cut down to what comes before TLS; and clients that drive them octet by
octet. Each dialect is a list of steps: what the server says ("say"), what it waits for ("hear": octets that end a message)."""
import struct

from entries import receive, receive_until

LDAP_OID = b"1.3.6.1.4.1.1466.20037"
LDAP_REQUEST = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x16" + LDAP_OID
MYSQL_GREETING = b"\x0a8.0.test\0" + struct.pack("<I", 7) + b"12345678" + b"\0" + b"\xff\xff" + b"\x21\x02\0\xff\xff\x15" + b"\0" * 10 + b"123456789012\0" + b"mysql_native_password\0"
MYSQL_REQUEST = b"\x20\0\0\x01" + struct.pack("<IIB", 0x0800 | 0x8000 | 0x0200, 1 << 24, 33) + b"\0" * 23
POSTGRES_REQUEST = struct.pack("!II", 8, 80877103)


def packet(body, number=0):
    return struct.pack("<I", len(body))[:3] + bytes([number]) + body


class Dialect:
    """`greeting`: said at once, b"" if the client speaks first. `before`: (command, answer) pairs that lead there.
    `request`, and the answers `yes` and `no` to it."""

    def __init__(self, greeting, before, request, yes, no):
        self.greeting, self.before, self.request, self.yes, self.no = greeting, before, request, yes, no

    def steps(self, answer):
        yield b"", self.greeting
        yield from self.before
        yield self.request, answer


XMPP_OPEN = b"<?xml version='1.0'?><stream:stream to='origin.test' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
XMPP_FEATURES = (b"<?xml version='1.0'?><stream:stream from='origin.test' xmlns='jabber:client' "
                 b"xmlns:stream='http://etherx.jabber.org/streams' version='1.0'><stream:features><starttls "
                 b"xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>")
DIALECTS = {
    "smtp": Dialect(b"220-origin.test\r\n220 ESMTP\r\n", [(b"EHLO me\r\n", b"250-origin.test\r\n250-PIPELINING\r\n250 STARTTLS\r\n")],
                    b"STARTTLS\r\n", b"220 go ahead\r\n", b"454 not now\r\n"),
    "imap": Dialect(b"* OK ready\r\n", [(b"a1 CAPABILITY\r\n", b"* CAPABILITY IMAP4rev1 STARTTLS\r\na1 OK done\r\n")],
                    b"a2 STARTTLS\r\n", b"a2 OK begin\r\n", b"a2 BAD no\r\n"),
    "pop3": Dialect(b"+OK ready\r\n", [(b"CAPA\r\n", b"+OK\r\nSTLS\r\n+OK is no answer here\r\n.\r\n")],
                    b"STLS\r\n", b"+OK begin\r\n", b"-ERR no\r\n"),
    "ftp": Dialect(b"220-hello\r\n 220 still the greeting\r\n220 ready\r\n", [(b"FEAT\r\n", b"211-Features\r\n AUTH TLS\r\n211 End\r\n")],
                   b"AUTH TLS\r\n", b"234 go\r\n", b"504 no\r\n"),
    "ldap": Dialect(b"", [], LDAP_REQUEST, b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00",
                    b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\x00\x04\x00"),
    "xmpp": Dialect(b"", [(XMPP_OPEN, XMPP_FEATURES)], b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
                    b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", b"<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
    "postgres": Dialect(b"", [], POSTGRES_REQUEST, b"S", b"N"),
    "mysql": Dialect(packet(MYSQL_GREETING), [], MYSQL_REQUEST, b"", None),
    "nntp": Dialect(b"200 ready\r\n", [(b"CAPABILITIES\r\n", b"101 list\r\nVERSION 2\r\nSTARTTLS\r\n.\r\n")],
                    b"STARTTLS\r\n", b"382 go\r\n", b"580 no\r\n"),
    "sieve": Dialect(b'"IMPLEMENTATION" "x"\r\n"STARTTLS"\r\nOK "ready"\r\n', [], b"STARTTLS\r\n", b'OK "begin"\r\n', b'NO "no"\r\n'),
}


def play_client(dialect, connection, answer, one_by_one=False):
    """The client's side, up to the answer to its request."""
    for said, heard in DIALECTS[dialect].steps(answer):
        for piece in ([said[i:i + 1] for i in range(len(said))] if one_by_one else [said]):
            connection.sendall(piece)
        assert receive(connection, len(heard)) == heard


def play_server(dialect, connection, answer, after=b""):
    """The server's side for a client that sends exactly these; `after` is said in one breath with the answer."""
    for heard, said in DIALECTS[dialect].steps(answer + after):
        assert receive(connection, len(heard)) == heard
        connection.sendall(said)


# What openssl s_client sends before each server's answer, as the octets that end it.
FROM_S_CLIENT = {
    "smtp": [b"\r\n", b"STARTTLS\r\n"], "imap": [b"CAPABILITY\r\n", b"STARTTLS\r\n"], "pop3": [b"STLS\r\n"], "ftp": [b"FEAT\r\n", b"AUTH TLS\r\n"],
    "ldap": [LDAP_OID], "xmpp": [b">", b"/>"], "postgres": [POSTGRES_REQUEST], "mysql": [MYSQL_REQUEST[-23:]],
    "nntp": [b"CAPABILITIES\r\n", b"STARTTLS\r\n"], "sieve": [b"STARTTLS\r\n"],
}
