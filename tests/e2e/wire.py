"""A TLS end whose records a test writes itself. OpenSSL shakes hands; its key log gives the keys, with which the records
of the handshake are opened, altered and sealed again, and with which those after it are made by hand.

AEAD suites only (RFC 8446 sections 5 and 7.1; RFC 5246 section 6.3 with RFC 5288 and RFC 7905)."""
import hashlib
import hmac
import os
import ssl
import struct
import tempfile
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

from raw import fault_in

CCS, ALERT, HANDSHAKE, DATA, HEARTBEAT = 20, 21, 22, 23, 24
ALERTS = {10: "unexpected_message", 20: "bad_record_mac", 22: "record_overflow", 40: "handshake_failure",
          42: "bad_certificate", 43: "unsupported_certificate", 44: "certificate_revoked", 45: "certificate_expired",
          46: "certificate_unknown", 47: "illegal_parameter", 48: "unknown_ca", 49: "access_denied", 50: "decode_error",
          51: "decrypt_error", 60: "export_restriction", 70: "protocol_version", 71: "insufficient_security",
          80: "internal_error", 86: "inappropriate_fallback", 90: "user_canceled", 100: "no_renegotiation", 109: "missing_extension",
          110: "unsupported_extension", 112: "unrecognized_name", 113: "bad_certificate_status_response",
          115: "unknown_psk_identity", 116: "certificate_required", 120: "no_application_protocol"}


@dataclass
class Piece:
    """A record: what is in it, and whether it goes out sealed (with `padding` zeros in TLS 1.3)."""
    kind: int
    data: bytes
    sealed: bool = False
    padding: int = 0
    version: int = 0x0303

    def split(self, size):
        return [Piece(self.kind, self.data[at:at + size], self.sealed) for at in range(0, len(self.data), size)]


def record(kind, data, version=0x0303, length=None):
    """A record as it is on the wire; `length` where it is to lie."""
    return struct.pack("!BHH", kind, version, len(data) if length is None else length) + data


def records_in(octets):
    """(kind, version, body) of each whole record, and what is left over."""
    found = []
    while len(octets) >= 5:
        kind, version, length = struct.unpack("!BHH", octets[:5])
        if len(octets) < 5 + length:
            break
        found.append((kind, version, octets[5:5 + length]))
        octets = octets[5 + length:]
    return found, octets


def handshake_octets(octets):
    return b"".join(body for kind, _, body in records_in(octets)[0] if kind == HANDSHAKE)


def message(kind, body, length=None):
    """A handshake message; `length` where it is to lie."""
    return bytes([kind]) + (len(body) if length is None else length).to_bytes(3, "big") + body


def expand_label(digest, secret, label, size):
    info = struct.pack("!HB", size, len(label) + 6) + b"tls13 " + label + b"\0"
    out, block, count = b"", b"", 1
    while len(out) < size:
        block = hmac.new(secret, block + info + bytes([count]), digest).digest()
        out, count = out + block, count + 1
    return out[:size]


def prf(digest, secret, seed, size):
    out, a = b"", seed
    while len(out) < size:
        a = hmac.new(secret, a, digest).digest()
        out += hmac.new(secret, a + seed, digest).digest()
    return out[:size]


class Suite:
    """What a cipher suite's name, as OpenSSL writes it, says about records."""

    def __init__(self, name):
        self.chacha = "CHACHA20" in name
        self.size = 16 if "128" in name else 32
        self.digest = hashlib.sha384 if "SHA384" in name else hashlib.sha256

    def cipher(self, key):
        return ChaCha20Poly1305(key) if self.chacha else AESGCM(key)


class Keys13:
    def __init__(self, suite, secret):
        self.suite, self.secret, self.sequence = suite, secret, 0
        self.cipher = suite.cipher(expand_label(suite.digest, secret, b"key", suite.size))
        self.iv = expand_label(suite.digest, secret, b"iv", 12)

    def next(self):
        return Keys13(self.suite, expand_label(self.suite.digest, self.secret, b"traffic upd", self.suite.digest().digest_size))

    def _nonce(self):
        self.sequence += 1
        return (int.from_bytes(self.iv, "big") ^ (self.sequence - 1)).to_bytes(12, "big")

    def seal(self, kind, data, padding=0, version=0x0303):
        head = struct.pack("!BHH", DATA, version, len(data) + 1 + padding + 16)
        return head + self.cipher.encrypt(self._nonce(), data + bytes([kind]) + bytes(padding), head)

    def open(self, kind, body):
        inner = self.cipher.decrypt(self._nonce(), body, struct.pack("!BHH", kind, 0x0303, len(body))).rstrip(b"\0")
        return inner[-1], inner[:-1]


class Keys12:
    def __init__(self, suite, key, iv, sequence=1):
        self.suite, self.cipher, self.iv, self.sequence = suite, suite.cipher(key), iv, sequence

    def seal(self, kind, data, padding=0, version=0x0303):
        assert not padding, "TLS 1.2 has none with an AEAD"
        number = self.sequence.to_bytes(8, "big")
        self.sequence += 1
        explicit = b"" if self.suite.chacha else number
        sealed = self.cipher.encrypt(self._nonce(number), data, number + struct.pack("!BHH", kind, version, len(data)))
        return record(kind, explicit + sealed, version)

    def open(self, kind, body):
        number = self.sequence.to_bytes(8, "big")
        self.sequence += 1
        explicit, sealed = (number, body) if self.suite.chacha else (body[:8], body[8:])
        extra = number + struct.pack("!BHH", kind, 0x0303, len(sealed) - 16)
        return kind, self.cipher.decrypt(self._nonce(explicit), sealed, extra)

    def _nonce(self, explicit):
        if not self.suite.chacha:
            return self.iv + explicit
        return (int.from_bytes(self.iv, "big") ^ int.from_bytes(explicit, "big")).to_bytes(12, "big")


class Stop(Exception):
    """Raised by an alteration: the handshake goes no further."""


class Wire:
    """One end. `name` None: a server. `alter(wire, pieces)` gets what OpenSSL would send at each step of the handshake
    (.flight counts from 0) as Pieces, and returns Pieces, or octets that go out as they are. After the handshake: send(),
    receive()."""

    def __init__(self, connection, context, name=None, alter=None, shake=True):
        self.connection, self.alter, self.flight, self.said, self.heard = connection, alter, -1, b"", b""
        self.server = name is None
        handle, self.log = tempfile.mkstemp(prefix="bascule-keys-")
        os.close(handle)
        context.keylog_filename = self.log
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_side=self.server, server_hostname=name)
        self.original = self.ours = self.theirs = None
        try:
            if shake:
                self._shake_hands()
        finally:
            os.unlink(self.log)

    # --- the handshake

    def _shake_hands(self):
        while True:
            try:
                self.tls.do_handshake()
                self._flush()
                break
            except ssl.SSLWantReadError:
                self._flush()
                piece = self.connection.recv(65536)
                if not piece:
                    raise ConnectionError("the peer ended in the handshake") from None
                self.heard += piece
                self.incoming.write(piece)
        self._take_over()

    def _flush(self):
        octets = self.outgoing.read()
        if not octets:
            return
        self.flight += 1
        self.said += octets
        if not self.alter:
            self.connection.sendall(octets)
            return
        for piece in self.alter(self, [self._opened(*each) for each in records_in(octets)[0]]):
            if isinstance(piece, bytes):
                self.connection.sendall(piece)
            else:
                self.connection.sendall(self.protect(piece))

    def _opened(self, kind, version, body):
        if kind != DATA:
            return Piece(kind, body, False, 0, version)
        if not self.original:
            secret = self._secret("SERVER_HANDSHAKE_TRAFFIC_SECRET" if self.server else "CLIENT_HANDSHAKE_TRAFFIC_SECRET")
            self.original, self.ours = Keys13(self._suite(), secret), Keys13(self._suite(), secret)
        kind, data = self.original.open(kind, body)
        return Piece(kind, data, True)

    def protect(self, piece):
        if piece.sealed:
            return self.ours.seal(piece.kind, piece.data, piece.padding, piece.version)
        return record(piece.kind, piece.data, piece.version)

    def _suite(self):
        """In the middle of the handshake OpenSSL does not tell; the ServerHello does."""
        hello = handshake_octets(self.said if self.server else self.heard)
        at = 39 + hello[38]
        number = int.from_bytes(hello[at:at + 2], "big")
        return Suite({0x1301: "128-SHA256", 0x1302: "256-SHA384", 0x1303: "CHACHA20-SHA256"}[number])

    def _secret(self, label):
        with open(self.log) as log:
            return bytes.fromhex(next(line.split()[2] for line in log if line.startswith(label + " ")))

    def _take_over(self):
        self.left = self.incoming.read()
        name, version, _ = self.tls.cipher()
        suite = Suite(name)
        if version == "TLSv1.3":
            keys = {side: Keys13(suite, self._secret(f"{side}_TRAFFIC_SECRET_0")) for side in ("CLIENT", "SERVER")}
        else:
            hellos = (self.said, self.heard) if self.server else (self.heard, self.said)
            randoms = b"".join(handshake_octets(hello)[6:38] for hello in hellos)  # the server's, the client's
            salt = 12 if suite.chacha else 4
            block = prf(suite.digest, self._secret("CLIENT_RANDOM"), b"key expansion" + randoms, 2 * (suite.size + salt))
            client_key, server_key, rest = block[:suite.size], block[suite.size:2 * suite.size], block[2 * suite.size:]
            keys = {"CLIENT": Keys12(suite, client_key, rest[:salt]), "SERVER": Keys12(suite, server_key, rest[salt:])}
        self.version = version
        self.ours, self.theirs = (keys["SERVER"], keys["CLIENT"]) if self.server else (keys["CLIENT"], keys["SERVER"])

    # --- after it

    def send(self, kind, data, **options):
        """One sealed record."""
        self.connection.sendall(self.ours.seal(kind, data, **options))

    def send_raw(self, octets):
        self.connection.sendall(octets)

    def receive(self):
        """The next record, opened: (kind, data); None at the peer's FIN."""
        while True:
            found, _ = records_in(self.left)
            if found:
                kind, _, body = found[0]
                self.left = self.left[5 + len(body):]
                return self.theirs.open(kind, body)
            piece = self.connection.recv(65536)
            if not piece:
                return None
            self.left += piece

    def receive_data(self, size):
        """So many octets of application data; other records are passed over, but for alerts."""
        data = b""
        while len(data) < size:
            kind, octets = self.receive()
            assert kind != ALERT, octets
            data += octets if kind == DATA else b""
        return data

    def ending(self):
        """How the peer ends it, as raw.read_to_end() says it."""
        try:
            while True:
                got = self.receive()
                if got is None:
                    return "truncated"
                if got[0] == ALERT:
                    return "close_notify" if got[1][1] == 0 else "alert " + ALERTS.get(got[1][1], str(got[1][1]))
        except OSError as error:
            return fault_in(error)


# OpenSSL's own answer to a TLS 1.2 record that is shorter than a nonce: the second since 3.0.22.
SHORT = ("internal_error", "bad_record_mac")


def alerts(names):
    """How a TLS session ends by (one of) these alerts."""
    return [f"alert {name}" for name in ((names,) if isinstance(names, str) else names)]
