"""Frames of HTTP/2 by hand (RFC 9113)."""
import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM = ACK = 1
END_HEADERS, PADDED, PRIORITIZED = 4, 8, 32
WIDEST = 0x7fffffff


def number(value):
    return struct.pack(">I", value)


def frame(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + number(stream) + payload


def settings(values):
    return frame(SETTINGS, 0, 0, b"".join(struct.pack(">HI", *one) for one in values.items()))


# SETTINGS_INITIAL_WINDOW_SIZE, and the rest of the connection's window: nobody waits for one.
OPEN = settings({4: WIDEST}) + frame(WINDOW_UPDATE, 0, 0, number(WIDEST - 65535))
ACKNOWLEDGED = frame(SETTINGS, ACK, 0)
