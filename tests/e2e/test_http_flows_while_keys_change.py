"""While an upload and its early answer fill both directions of HTTP/1.1 and HTTP/2, inspected, TLS 1.2 is renegotiated by the
client or the origin and TLS 1.3 keys are updated: every octet of both arrives, and the exchange is recorded whole."""
import os
import unittest

from duplex import MIB, DuplexCase
from h2_frames import ACKNOWLEDGED, DATA, END_HEADERS, HEADERS, OPEN, PREFACE, frame

BODY = 6 * MIB
PIECE = 16384


def contents():
    body = os.urandom(BODY)
    return b"".join(frame(DATA, at + PIECE >= BODY, 1, body[at:at + PIECE]) for at in range(0, BODY, PIECE))


REQUEST = frame(HEADERS, END_HEADERS, 1, b"\x83\x87\x84\x41\x0borigin.test")
ANSWER = frame(HEADERS, END_HEADERS, 1, b"\x88")


class KeysChange(DuplexCase):
    def exchange(self, version, up, down, tls, client, origin):
        """`up` and `down` are (what comes first, what follows); the client begins, and goes on when the origin's first part has
        come, which waits for its own."""
        files, sizes, first = {}, {}, {"up": len(up[0]), "down": len(down[0])}
        for name, parts in (("up", up), ("down", down)):
            files[name], sizes[name] = f"{self.folder}/{name}", sum(map(len, parts))
            with open(files[name], "wb") as file:
                file.write(b"".join(parts))
        client = {"says": files["up"], "hears": files["down"], "hold-at": first["up"], "until": first["down"], **client}
        origin = {"says": files["down"], "hears": files["up"], "hold-at": 0, "until": first["up"], **origin}
        results = self.converse(tls, sizes["up"], sizes["down"], client=client, origin=origin, limits=self.limits)
        self.assert_all_passed(results, sizes["up"], sizes["down"])
        for end, options in zip(results, (client, origin)):
            self.assertEqual(end["renewed"], options.get("renew", 0), end)
        record, = self.daemon.exchanges(1)
        self.assertEqual((record["version"], record["method"], record["status"]), (version, "POST", 200), record)
        self.assertEqual(record["end"]["how"], "complete", record)
        self.assertEqual((record["request"]["body_bytes"], record["response"]["body_bytes"]), (BODY, BODY))

    limits = "key_updates_per_minute: 100"

    def start(self, *arguments, **options):
        self.daemon = super().start(*arguments, **options)
        return self.daemon

    def by_http1(self, tls, client=None, origin=None):
        up = (f"POST /up HTTP/1.1\r\nHost: origin.test\r\nContent-Length: {BODY}\r\n\r\n".encode(), os.urandom(BODY))
        down = (f"HTTP/1.1 200 OK\r\nContent-Length: {BODY}\r\n\r\n".encode(), os.urandom(BODY))
        self.exchange("1.1", up, down, tls, client or {}, origin or {})

    def by_http2(self, tls, client=None, origin=None):
        up = (PREFACE + OPEN + REQUEST, ACKNOWLEDGED + contents())
        self.exchange("2", up, (OPEN + ACKNOWLEDGED, ANSWER + contents()), tls, client or {}, origin or {})

    def test_http1_renegotiated_by_the_client(self):
        self.by_http1("1.2", client={"renew": 3})

    def test_http1_renegotiated_by_the_origin(self):
        self.by_http1("1.2", origin={"renew": 3})

    def test_http1_with_key_updates_by_both(self):
        self.by_http1("1.3", {"renew": 20}, {"renew": 20})

    def test_http2_renegotiated_by_the_client(self):
        self.by_http2("1.2", client={"renew": 3})

    def test_http2_renegotiated_by_the_origin(self):
        self.by_http2("1.2", origin={"renew": 3})

    def test_http2_with_key_updates_by_both(self):
        self.by_http2("1.3", {"renew": 20}, {"renew": 20})


if __name__ == "__main__":
    unittest.main()
