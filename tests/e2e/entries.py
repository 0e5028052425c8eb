"""The ways into the daemon, by hand: what a client sends on a connection before its own bytes."""
import socket
import ssl
import struct

from harness import WAIT


def dial(port, host="127.0.0.1", source=None):
    connection = socket.create_connection((host, port), WAIT, (source, 0) if source else None)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def receive(connection, size):
    """Exactly `size` octets, or fewer where the peer ends."""
    data = b""
    while len(data) < size:
        piece = connection.recv(min(size - len(data), 1 << 20))
        if not piece:
            break
        data += piece
    return data


def receive_until(connection, ending):
    """Up to and with `ending`, octet by octet, so that what follows stays in the socket."""
    data = b""
    while not data.endswith(ending):
        piece = connection.recv(1)
        assert piece, f"ended after {data!r}"
        data += piece
    return data


def receive_all(connection):
    data = b""
    while piece := connection.recv(1 << 20):
        data += piece
    return data


def connect(port, host, target_port, source=None):
    """CONNECT, from an address of choice; a socket where the tunnel stands."""
    connection = dial(port, source=source)
    authority = f"[{host}]:{target_port}" if ":" in host else f"{host}:{target_port}"
    connection.sendall(f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n".encode())
    head = receive_until(connection, b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 "), head
    return connection


def socks4(port, host, target_port):
    """SOCKS4 where `host` is an IPv4 address, SOCKS4a where it is a name."""
    connection = dial(port)
    try:
        address, name = socket.inet_aton(host), b""
    except OSError:
        address, name = b"\0\0\0\1", host.encode() + b"\0"
    connection.sendall(struct.pack("!BBH", 4, 1, target_port) + address + b"user\0" + name)
    answer = receive(connection, 8)
    assert answer[:2] == b"\0\x5a", answer
    return connection


def socks5(port, host, target_port):
    """SOCKS5 with the address type that `host` has: a name, IPv4 or IPv6."""
    connection = dial(port)
    connection.sendall(b"\x05\x01\x00")
    assert receive(connection, 2) == b"\x05\x00"
    if ":" in host:
        address = b"\x04" + socket.inet_pton(socket.AF_INET6, host)
    elif host.replace(".", "").isdigit():
        address = b"\x01" + socket.inet_aton(host)
    else:
        address = b"\x03" + bytes([len(host)]) + host.encode()
    connection.sendall(b"\x05\x01\x00" + address + struct.pack("!H", target_port))
    answer = receive(connection, 10)
    assert answer[:2] == b"\x05\x00", answer
    return connection


def proxy_v1(source, source_port, destination, destination_port):
    family = "TCP6" if ":" in source else "TCP4"
    return f"PROXY {family} {source} {destination} {source_port} {destination_port}\r\n".encode()


def proxy_v2(source, source_port, destination, destination_port):
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    addresses = socket.inet_pton(family, source) + socket.inet_pton(family, destination)
    addresses += struct.pack("!HH", source_port, destination_port)
    kind = 0x21 if ":" in source else 0x11
    return b"\r\n\r\n\0\r\nQUIT\n" + struct.pack("!BBH", 0x21, kind, len(addresses)) + addresses


def secure(connection, context, name, alpn=()):
    """TLS on a connection, as a client that verifies."""
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context.wrap_socket(connection, server_hostname=name)


def get(connection, name, path="/"):
    """One HTTP/1.1 request; everything that comes back, to the end. The connection is closed then."""
    with connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {f'[{name}]' if ':' in name else name}\r\nConnection: close\r\n\r\n".encode())
        return receive_all(connection).decode("latin-1")


def trusting_nobody():
    """A client's context that looks at certificates without judging them."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def certificate_of(connection):
    """The peer's certificate, in PEM."""
    return ssl.DER_cert_to_PEM_cert(connection.getpeercert(binary_form=True))
