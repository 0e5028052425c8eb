"""What can be done to a flight of handshake messages: functions of a list of Pieces that give another."""
from wire import CCS, HANDSHAKE, Piece, message

SERVER_HELLO, CERTIFICATE, KEY_EXCHANGE, HELLO_DONE, CLIENT_KEY_EXCHANGE, FINISHED = 2, 11, 12, 14, 16, 20
ENCRYPTED_EXTENSIONS, CERTIFICATE_VERIFY = 8, 15
CHANGE = Piece(CCS, b"\1")


def is_message(piece, kind):
    return piece.kind == HANDSHAKE and piece.data[:1] == bytes([kind])


def at(pieces, kind):
    """Where the (first) message of that kind is."""
    return next(index for index, piece in enumerate(pieces) if is_message(piece, kind))


def without(*kinds):
    return lambda pieces: [piece for piece in pieces if not any(is_message(piece, kind) for kind in kinds)]


def before(kind, *more):
    return lambda pieces: [*pieces[:at(pieces, kind)], *more, *pieces[at(pieces, kind):]]


def instead(kind, *others):
    return lambda pieces: [*pieces[:at(pieces, kind)], *others, *pieces[at(pieces, kind) + 1:]]


def twice(kind):
    return lambda pieces: before(kind, pieces[at(pieces, kind)])(pieces)


def swapped(one, other):
    def swap(pieces):
        pieces = list(pieces)
        i, j = at(pieces, one), at(pieces, other)
        pieces[i], pieces[j] = pieces[j], pieces[i]
        return pieces

    return swap


def spoiled(kind):
    """Its last octet is another."""

    def spoil(pieces):
        piece = pieces[at(pieces, kind)]
        return instead(kind, Piece(piece.kind, piece.data[:-1] + bytes([piece.data[-1] ^ 1]), piece.sealed))(pieces)

    return spoil


def in_pieces(size):
    return lambda pieces: [part for piece in pieces for part in (piece.split(size) if splits(piece) else [piece])]


def splits(piece):
    """All but ChangeCipherSpec, and in TLS 1.2 a Finished that is sealed already (40 octets that begin with its nonce)."""
    return piece.kind == HANDSHAKE and (piece.sealed or len(piece.data) == 4 + int.from_bytes(piece.data[1:4], "big"))


def coalesced(pieces):
    """As few records as there can be."""
    joined = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if last and (last.kind, last.sealed) == (piece.kind, piece.sealed) == (HANDSHAKE, piece.sealed):
            last.data += piece.data
        else:
            joined.append(piece)
    return joined


def claims(kind, sealed):
    """A message that claims 16 MiB."""
    return instead(kind, Piece(HANDSHAKE, message(kind, bytes(100), 0xffffff), sealed))


def on_flight(number, change):
    return lambda wire, pieces: change(pieces) if wire.flight == number else pieces
