"""Clients and origins that a test drives octet by octet: what a well-behaved library would not do."""
import socket
import ssl
import struct

from harness import WAIT


def dial(port, host="127.0.0.1"):
    connection = socket.create_connection((host, port), WAIT)
    connection.settimeout(WAIT)
    return connection


class Secured:
    """TLS over a socket that tells every kind of end apart, as Python's own SSLSocket does not: recv() returns b"" after
    close_notify, raises Truncated after a FIN without it, ConnectionResetError after a reset, SSLError after an alert."""

    class Truncated(OSError):
        pass

    def __init__(self, connection, context, name=None):
        self.connection = connection
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_side=name is None, server_hostname=name)
        self._drive(self.tls.do_handshake)

    def _drive(self, call):
        while True:
            try:
                return call()
            except ssl.SSLWantReadError:
                self._flush()
                piece = self.connection.recv(65536)
                if not piece:
                    raise self.Truncated("ended without close_notify") from None
                self.incoming.write(piece)
            finally:
                self._flush()

    def _flush(self):
        if self.outgoing.pending:
            self.connection.sendall(self.outgoing.read())

    def recv(self, most):
        try:
            return self._drive(lambda: self.tls.read(most))
        except ssl.SSLZeroReturnError:
            return b""

    def sendall(self, data):
        self._drive(lambda: self.tls.write(data))

    def close_notify(self):
        """Says that we have ended; what the peer still says can be read."""
        try:
            self.tls.unwrap()
        except ssl.SSLError:
            pass
        self._flush()

    def __getattr__(self, name):
        return getattr(self.connection, name)


def read_to_end(connection):
    """Everything until the peer ends, and how it ended: fin, close_notify, truncated, reset, or `alert NAME`."""
    data = b""
    while True:
        try:
            piece = connection.recv(65536)
        except OSError as error:
            return data, fault_in(error)
        if not piece:
            return data, "close_notify" if isinstance(connection, Secured) else "fin"
        data += piece


def fault_in(error):
    """How a peer ended it: reset, truncated, or `alert unknown_ca` for OpenSSL's TLSV1_ALERT_UNKNOWN_CA."""
    if isinstance(error, ConnectionResetError):
        return "reset"
    if isinstance(error, Secured.Truncated):
        return "truncated"
    reason = getattr(error, "reason", None) or repr(error)
    return "alert " + reason.split("_ALERT_")[1].lower() if "_ALERT_" in reason else reason


def request_tunnel(port, target):
    """Sends a CONNECT; the socket, before any answer."""
    connection = dial(port)
    connection.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
    return connection


def read_status(connection):
    """The status code of the proxy's answer, and its text with what follows."""
    head = b""
    while b"\r\n\r\n" not in head:
        piece = connection.recv(65536)
        if not piece:
            return 0, head.decode("latin-1")
        head += piece
    return int(head.split(b" ")[1]), head.decode("latin-1")


def tunnel(port, target):
    """A tunnel that stands."""
    connection = request_tunnel(port, target)
    status, text = read_status(connection)
    assert status == 200, text
    return connection


def secure(connection, context, name="origin.test"):
    """A client's TLS session over a socket."""
    return Secured(connection, context, name)


def handshake_fault(connection, context, name="origin.test"):
    """How the peer refuses our handshake, also if it does so only after our own Finished."""
    try:
        secured = secure(connection, context, name)
    except OSError as error:
        return fault_in(error)
    return read_to_end(secured)[1]


def anybody():
    """A client's context that trusts everybody."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def reset(connection):
    """Closes so that the peer sees a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def client_hello(name="origin.test"):
    """A ClientHello as a library writes it."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        anybody().wrap_bio(incoming, outgoing, server_hostname=name).do_handshake()
    except ssl.SSLWantReadError:
        return outgoing.read()


def socks5(port, host, target_port):
    """Asks for a name by SOCKS5; the socket and the reply code."""
    connection = dial(port)
    connection.sendall(b"\x05\x01\x00")
    assert connection.recv(2) == b"\x05\x00"
    connection.sendall(b"\x05\x01\x00\x03" + bytes([len(host)]) + host.encode() + target_port.to_bytes(2, "big"))
    return connection, connection.recv(10)[1]


def socks4a(port, host, target_port):
    connection = dial(port)
    connection.sendall(b"\x04\x01" + target_port.to_bytes(2, "big") + b"\0\0\0\x01\0" + host.encode() + b"\0")
    return connection, connection.recv(8)[1]
