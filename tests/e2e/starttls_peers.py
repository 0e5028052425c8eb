"""Servers and clients of ten protocols that begin in the clear, cut down to what comes before TLS."""
import struct

from entries import receive, receive_until

LDAP_OID = b"1.3.6.1.4.1.1466.20037"
GREETINGS = {
    "smtp": b"220-origin.test\r\n220 ESMTP\r\n", "imap": b"* OK ready\r\n", "pop3": b"+OK ready\r\n",
    "ftp": b"220-hello\r\n 220 is still the greeting\r\n220 ready\r\n", "ldap": b"", "xmpp": b"", "postgres": b"",
    "mysql": struct.pack("<I", 67)[:3] + b"\0\x0a8.0.test\0" + struct.pack("<I", 7) + b"12345678\0\xff\xff\x21\x02\0\xff\xff\x15"
             + b"\0" * 10 + b"123456789012\0mysql_native\0",
    "nntp": b"200 ready\r\n", "sieve": b'"IMPLEMENTATION" "x"\r\n"STARTTLS"\r\nOK "ready"\r\n',
}
DIALECTS = sorted(GREETINGS)
TLS_XMPP = b" xmlns='urn:ietf:params:xml:ns:xmpp-tls'"
FEATURES = (b"<?xml version='1.0'?><stream:stream from='origin.test' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'"
            b" version='1.0'><stream:features><starttls" + TLS_XMPP + b"><required/></starttls></stream:features>")
ANSWERS = {  # what a server says that agrees, and one that refuses
    "smtp": (b"220 go ahead\r\n", b"454 not now\r\n"), "imap": (b"TAG OK begin\r\n", b"TAG BAD no\r\n"),
    "pop3": (b"+OK begin\r\n", b"-ERR no\r\n"), "ftp": (b"234 go\r\n", b"504 no\r\n"),
    "ldap": (b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00", b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\x00\x04\x00"),
    "xmpp": (b"<proceed" + TLS_XMPP + b"/>", b"<failure" + TLS_XMPP + b"/>"), "postgres": (b"S", b"N"), "mysql": (b"", None),
    "nntp": (b"382 go\r\n", b"580 no\r\n"), "sieve": (b'OK "begin"\r\n', b'NO "no"\r\n'),
}
OTHERWISE = [  # what is answered to other messages that begin so
    (b"EHLO", b"250-origin.test\r\n250-PIPELINING\r\n250 STARTTLS\r\n"), (b"LHLO", b"250-origin.test\r\n250 STARTTLS\r\n"),
    (b"CAPABILITIES", b"101 list\r\nVERSION 2\r\nSTARTTLS\r\n.\r\n"), (b"CAPA", b"+OK\r\nSTLS\r\n+OK is no answer here\r\n.\r\n"),
    (b"FEAT", b"211-Features\r\n AUTH TLS\r\n211 End\r\n"), (b"<stream", FEATURES), (b"<?xml", b""),
]
# A client's messages: all it says before TLS.
MESSAGES = {
    "smtp": [b"EHLO me\r\n", b"STARTTLS\r\n"], "imap": [b"a1 CAPABILITY\r\n", b"a2 STARTTLS\r\n"], "pop3": [b"CAPA\r\n", b"STLS\r\n"],
    "ftp": [b"FEAT\r\n", b"AUTH TLS\r\n"], "ldap": [b"\x30\x1d\x02\x01\x01\x77\x18\x80\x16" + LDAP_OID],
    "xmpp": [b"<?xml version='1.0'?>", b"<stream:stream to='origin.test' xmlns='jabber:client' version='1.0'>", b"<starttls" + TLS_XMPP + b"/>"],
    "postgres": [struct.pack("!II", 8, 80877103)],
    "mysql": [b"\x20\0\0\x01" + struct.pack("<IIB", 0x8A00, 1 << 24, 33) + b"\0" * 23],
    "nntp": [b"CAPABILITIES\r\n", b"STARTTLS\r\n"], "sieve": [b"STARTTLS\r\n"],
}
ASKS = (b"STARTTLS", b"STLS", b"AUTH TLS", b"<starttls")


def next_message(dialect, connection):
    if dialect == "postgres":
        return receive(connection, 8)
    if dialect == "mysql":
        return receive(connection, 36)
    if dialect == "ldap":
        head = receive(connection, 2)
        return head + receive(connection, head[1])
    return receive_until(connection, b">" if dialect == "xmpp" else b"\n")


def begin(dialect, connection, agrees=True, after=b""):
    """A server up to its answer to the request for TLS; `after` is said in one breath with that. What it had heard."""
    heard = []
    connection.sendall(GREETINGS[dialect])
    while True:
        message = next_message(dialect, connection)
        heard.append(message)
        if dialect in ("postgres", "mysql", "ldap") or any(word in message for word in ASKS):
            answer = ANSWERS[dialect][0 if agrees else 1]
            connection.sendall(answer.replace(b"TAG", message.split(b" ")[0]) + after)
            return heard
        if b"CAPABILITY" in message:
            connection.sendall(b"* CAPABILITY IMAP4rev1 STARTTLS\r\n" + message.split(b" ")[0] + b" OK done\r\n")
        else:
            connection.sendall(next((said for word, said in OTHERWISE if message.startswith(word)), b""))


def expected(dialect, message, agrees=True):
    """What begin() answers to one of MESSAGES."""
    if message == MESSAGES[dialect][-1]:
        return ANSWERS[dialect][0 if agrees else 1].replace(b"TAG", b"a2")
    if b"CAPABILITY" in message:
        return b"* CAPABILITY IMAP4rev1 STARTTLS\r\na1 OK done\r\n"
    return next(said for word, said in OTHERWISE if message.startswith(word))


def ask(dialect, connection, agrees=True, step=0):
    """A client up to the server's answer, in pieces of `step` octets (0: whole messages). How much it said and heard."""
    up, heard = 0, receive(connection, len(GREETINGS[dialect]))
    assert heard == GREETINGS[dialect], heard
    down = len(heard)
    for message in MESSAGES[dialect]:
        for at in range(0, len(message), step or len(message)):
            connection.sendall(message[at:at + (step or len(message))])
        answer = expected(dialect, message, agrees)
        assert receive(connection, len(answer)) == answer
        up, down = up + len(message), down + len(answer)
    return up, down
