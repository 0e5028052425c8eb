"""A stream of events that stays open, inspected, is held back by nothing: each event is seen before the next one is sent."""
import ssl
import threading
import unittest

from harness import WAIT, read_head
from http2_ends import Http2Case
from h2.events import DataReceived, RequestReceived
from raw import dial

EVENTS = [b"id: %d\ndata: event\n\n" % i for i in range(50)]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"


class Events(Http2Case):
    def setUp(self):
        super().setUp()
        self.seen = threading.Semaphore(1)

    def next_may_come(self):
        assert self.seen.acquire(timeout=WAIT), "the event before was not seen"

    def tell(self, socket, head, frame, last):
        read_head(socket)
        socket.sendall(head)
        for event in EVENTS:
            self.next_may_come()
            socket.sendall(frame(event))
        socket.sendall(last)
        socket.unwrap()

    def see(self, head, frame, last):
        """By HTTP/1.1: what comes, as it is."""
        server = self.origin(lambda socket: self.tell(socket, head, frame, last), names=("origin.test",), alpn=["http/1.1"])
        self.begin(server.port)
        socket = ssl.create_default_context(cafile=self.daemon.ca).wrap_socket(dial(self.fixed), server_hostname="origin.test")
        self.addCleanup(socket.close)
        socket.sendall(b"GET /events HTTP/1.1\r\nHost: origin.test\r\nAccept: text/event-stream\r\n\r\n")
        expected, came = head, b""
        for event in EVENTS:
            expected += frame(event)
            while len(came) < len(expected):
                came += socket.recv(65536)
            self.assertEqual(came, expected)
            self.seen.release()
        while piece := socket.recv(65536):
            came += piece
        self.assertEqual(came, expected + last)
        record, = self.complete(1, path="/events", status=200)
        self.assertEqual(record["response"]["content_type"], "text/event-stream")
        self.assertEqual(record["response"]["body_bytes"], sum(map(len, EVENTS)))

    def test_in_chunks(self):
        self.see(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", lambda event: b"%x\r\n%b\r\n" % (len(event), event), b"0\r\n\r\n")

    def test_until_the_end_of_the_connection(self):
        self.see(HEAD + b"\r\n", lambda event: event, b"")

    def test_a_chunk_octet_by_octet(self):
        """The size of a chunk says that more is to come; what has come of it is passed on."""
        self.see(HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % sum(map(len, EVENTS)), lambda event: event, b"\r\n0\r\n\r\n")

    def test_http2(self):
        def origin(end):
            end.until_kind(RequestReceived)
            end.answer(1, fields=[("content-type", "text/event-stream")])
            for event in EVENTS:
                self.next_may_come()
                end.send(1, event, end=False)
            end.send(1, b"")

        self.play(origin)
        client = self.client()
        client.ask(1, "/events")
        for event in EVENTS:
            came = client.until(lambda e: isinstance(e, DataReceived))
            self.assertEqual(came.data, event)
            client.came.clear()
            self.seen.release()
        record, = self.complete(1, path="/events")
        self.assertEqual(record["response"]["body_bytes"], sum(map(len, EVENTS)))


if __name__ == "__main__":
    unittest.main()
