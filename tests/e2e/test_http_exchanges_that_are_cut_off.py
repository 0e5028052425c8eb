"""An exchange that is cut off has its record all the same, with how: the connection died on either side, or the daemon was
stopped, over HTTP/1.1 and HTTP/2; what was whole before stays whole."""
import ssl
import threading
import unittest

from h2.events import DataReceived, RequestReceived

from harness import read_head
from http2_ends import NAME, Http2Case
from raw import dial, reset


class CutOff(Http2Case):
    def open_two(self, then):
        """Two HTTP/2 exchanges, of which the first has its answer whole and the second half of it; then(origin's end)."""
        def origin(end):
            end.until(lambda event: isinstance(event, RequestReceived) and event.stream_id == 3)
            end.answer(1, end=True)
            end.answer(3)
            end.send(3, b"half", end=False)
            then(end)

        self.play(origin)
        client = self.client()
        client.ask(1, "/whole")
        client.ask(3, "/half")
        client.until_kind(DataReceived, 3)
        return client

    def assert_cut(self, by, *hows):
        records = {r["path"]: r for r in self.daemon.exchanges(2)}
        self.assertEqual(records["/whole"]["end"], {"by": "upstream", "how": "complete"})
        half = records["/half"]
        self.assertEqual((half["status"], half["response"]["body_bytes"], half["end"]["by"]), (200, 4, by), half)
        self.assertIn(half["end"]["how"], hows)

    def test_client_of_http2_that_resets(self):
        reset(self.open_two(lambda end: None).socket)
        self.assert_cut("client", "reset")

    def test_origin_of_http2_that_resets(self):
        go = threading.Event()
        self.open_two(lambda end: (go.wait(20), reset(end.socket))).socket.settimeout(20)
        go.set()
        self.assert_cut("upstream", "reset")

    def test_origin_of_http2_that_ends_in_order_in_the_middle(self):
        client = self.open_two(lambda end: end.socket.unwrap())
        self.assertEqual(client.socket.recv(1), b"")
        client.socket.close()
        self.assert_cut("upstream", "truncated")

    def test_daemon_that_is_stopped(self):
        self.open_two(lambda end: None)
        self.daemon.stop()
        self.assert_cut("proxy", "drain")

    def test_client_of_http1_that_resets_in_its_answer(self):
        self.cut_http1(lambda socket: None, lambda client: reset(client), "client", "reset")

    def test_origin_of_http1_that_resets_in_its_answer(self):
        go = threading.Event()
        self.cut_http1(lambda socket: (go.wait(20), reset(socket)), lambda client: go.set(), "upstream", "reset")

    def cut_http1(self, origin, client_part, by, how):
        def handler(socket):
            read_head(socket)
            socket.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
            read_head(socket)
            socket.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nhalf")
            origin(socket)
            socket.recv(1)

        self.begin(self.origin(handler, names=(NAME,), alpn=["http/1.1"]).port)
        client = ssl.create_default_context(cafile=self.daemon.ca).wrap_socket(dial(self.fixed), server_hostname=NAME)
        self.addCleanup(client.close)
        client.sendall(b"GET /whole HTTP/1.1\r\nHost: origin.test\r\n\r\n")
        read_head(client)
        client.sendall(b"GET /half HTTP/1.1\r\nHost: origin.test\r\n\r\n")
        came = b""
        while not came.endswith(b"half"):
            came += client.recv(100)
        client_part(client)
        self.assert_cut(by, how)


if __name__ == "__main__":
    unittest.main()
