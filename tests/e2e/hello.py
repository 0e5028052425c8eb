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
