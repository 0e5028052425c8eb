"""A connection whose two directions end apart, with TLS or without: Python's own SSLSocket cannot."""
import socket
import ssl


class Half:
    """`context` None: plain TCP. The handshake is done with the first octet read or sent."""

    def __init__(self, connection, context=None, name=None, server_side=False):
        self.connection, self.tls = connection, None
        if context:
            self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            self.tls = context.wrap_bio(self.incoming, self.outgoing, server_side=server_side, server_hostname=name)
            self._run(self.tls.do_handshake)

    def _flush(self):
        if self.outgoing.pending:
            self.connection.sendall(self.outgoing.read())

    def _run(self, step, *arguments):
        while True:
            try:
                result = step(*arguments)
                self._flush()
                return result
            except ssl.SSLWantReadError:
                self._flush()
                data = self.connection.recv(65536)
                if not data:
                    raise ConnectionError("the peer ended TCP without close_notify") from None
                self.incoming.write(data)

    def send(self, data):
        if not self.tls:
            self.connection.sendall(data)
        while self.tls and data:
            data = data[self._run(self.tls.write, data):]

    def read_all(self):
        """To the peer's end in order: FIN, or close_notify."""
        data = b""
        while True:
            try:
                piece = self._run(self.tls.read, 65536) if self.tls else self.connection.recv(65536)
            except ssl.SSLZeroReturnError:
                return data
            if not piece:
                return data
            data += piece

    def end(self):
        """Ends our direction alone."""
        if self.tls:
            try:
                self.tls.unwrap()
            except ssl.SSLWantReadError:
                pass
            self._flush()
        self.connection.shutdown(socket.SHUT_WR)
