"""hyper-h2 on both ends, inspected: trailers, pushes, priorities, large heads, resets and GOAWAY are what they were, and
recorded."""
import os
import unittest

from h2.errors import ErrorCodes
from h2.events import (ConnectionTerminated, DataReceived, InformationalResponseReceived, PriorityUpdated, PushedStreamReceived,
                       RequestReceived, ResponseReceived, StreamEnded, StreamReset, TrailersReceived)

from http2_ends import Http2Case

BODY = os.urandom(300_000)


def promise(path):
    return [(":method", "GET"), (":scheme", "https"), (":authority", "origin.test"), (":path", path)]


class HyperH2(Http2Case):
    def test_trailers_and_early_hints(self):
        def origin(end):
            content = end.content(1)
            trailers = end.until_kind(TrailersReceived).headers
            end.answer(1, "103", fields=[("link", "</style>")])
            end.answer(1, fields=trailers)
            end.send(1, content[::-1], end=False)
            end.h2.send_headers(1, [("x-down", "2"), ("x-sum", "3")], end_stream=True)
            end.flush()

        self.play(origin)
        client = self.client()
        client.ask(1, "/trailers", "POST", end=False)
        client.send(1, BODY, end=False)
        client.h2.send_headers(1, [("x-up", "1")], end_stream=True)
        client.flush()
        self.assertTrue(client.content(1) == BODY[::-1])
        self.assertEqual(client.trailers(1), {"x-down": "2", "x-sum": "3"})
        self.assertIn(("x-up", "1"), client.until_kind(ResponseReceived).headers)
        self.assertIn(("link", "</style>"), client.until_kind(InformationalResponseReceived).headers)
        record, = self.complete(1, informational=1)
        self.assertEqual((record["request"]["trailers"], record["response"]["trailers"]), ("x-up", "x-down, x-sum"))
        self.assertEqual((record["request"]["body_bytes"], record["response"]["body_bytes"]), (len(BODY), len(BODY)))

    def test_pushes(self):
        def origin(end):
            end.until_kind(StreamEnded)
            for stream, path in ((2, "/style"), (4, "/script")):
                end.h2.push_stream(1, stream, promise(path))
            end.answer(1)
            end.send(1, b"page")
            for stream in (4, 2):
                end.answer(stream)
                end.send(stream, b"pushed %d" % stream)

        self.play(origin)
        client = self.client()
        client.ask(1, "/page")
        self.assertEqual([client.content(stream) for stream in (1, 2, 4)], [b"page", b"pushed 2", b"pushed 4"])
        promised = [event for event in client.came if isinstance(event, PushedStreamReceived)]
        self.assertEqual([event.pushed_stream_id for event in promised], [2, 4])
        records = {r["stream"]: r for r in self.complete(3, status=200)}
        self.assertEqual({stream: r["path"] for stream, r in records.items()}, {1: "/page", 2: "/style", 4: "/script"})

    def test_a_push_that_is_refused(self):
        def origin(end):
            end.until_kind(StreamEnded)
            end.h2.push_stream(1, 2, promise("/no"))
            end.flush()
            end.until_kind(StreamReset, 2)
            end.answer(1, end=True)

        self.play(origin)
        client = self.client()
        client.ask(1)
        client.until_kind(PushedStreamReceived)
        client.h2.reset_stream(2, ErrorCodes.REFUSED_STREAM)
        client.flush()
        client.content(1)
        records = {r["stream"]: r["end"] for r in self.daemon.exchanges(2)}
        self.assertEqual(records[2], {"by": "client", "how": "reset_stream", "detail": "REFUSED_STREAM"})
        self.assertEqual(records[1]["how"], "complete")

    def test_priorities_reach_the_origin(self):
        heard = []

        def origin(end):
            heard.extend((e.stream_id, e.weight, e.depends_on, e.exclusive)
                         for e in (end.until_kind(PriorityUpdated, 1), end.until_kind(PriorityUpdated, 3)))
            end.answer(1, end=True)

        self.play(origin)
        client = self.client()
        client.ask(1, priority_weight=17, priority_depends_on=0, priority_exclusive=True)
        client.h2.prioritize(3, weight=200, depends_on=1)
        client.flush()
        client.content(1)
        self.assertEqual(heard, [(1, 17, 0, True), (3, 200, 1, False)])
        self.complete(1)

    def test_large_heads_in_continuations(self):
        large = [(f"x-large-{i}", os.urandom(3000).hex()) for i in range(8)]

        def origin(end):
            fields = end.until_kind(RequestReceived).headers
            end.answer(1, fields=[field for field in fields if field[0].startswith("x-")], end=True)

        self.play(origin)
        client = self.client()
        client.ask(1, fields=large)
        self.assertEqual(client.until_kind(ResponseReceived).headers[1:], large)
        record, = self.complete(1)
        self.assertGreater(record["request"]["head_bytes"], 2 * 16384)
        self.assertGreater(record["response"]["head_bytes"], 2 * 16384)

    def test_a_head_that_grows_by_its_table_is_read_by_all(self):
        """Forty streams whose fields come and go in the dynamic table: one that is read otherwise ends all."""
        def origin(end):
            def answer(event):
                if isinstance(event, RequestReceived):
                    end.answer(event.stream_id, fields=[f for f in event.headers if f[0].startswith("x-")], end=True)

            end.serve(answer)

        self.play(origin)
        client = self.client()
        fields = {1 + 2 * i: [(f"x-{j}", f"value {i // 4} of {j}" * (j % 5)) for j in range(i % 7, 30)] for i in range(40)}
        for stream, values in fields.items():
            client.ask(stream, f"/{stream}", fields=values)
        for stream, values in fields.items():
            self.assertEqual(client.until_kind(ResponseReceived, stream).headers[1:], values)
        client.socket.close()
        self.complete(40)

    def reset(self, by_client, code):
        """The first stream is reset in its content; the second goes on."""
        def origin(end):
            end.until_kind(RequestReceived, 3)
            end.answer(1)
            end.send(1, b"half of", end=False)
            if by_client:
                end.until_kind(StreamReset, 1)
            else:
                end.h2.reset_stream(1, code)
            end.answer(3)
            end.send(3, BODY)

        self.play(origin)
        client = self.client()
        client.ask(1, "/cut")
        client.ask(3, "/whole")
        if by_client:
            client.until_kind(DataReceived, 1)
            client.h2.reset_stream(1, code)
            client.flush()
        else:
            self.assertEqual(client.until_kind(StreamReset, 1).error_code, code)
        self.assertTrue(client.content(3) == BODY)
        records = {r["path"]: r for r in self.daemon.exchanges(2)}
        by = "client" if by_client else "upstream"
        self.assertEqual(records["/cut"]["end"], {"by": by, "how": "reset_stream", "detail": code.name})
        self.assertEqual((records["/cut"]["status"], records["/cut"]["response"]["body_bytes"]), (200, 7))
        self.assertEqual(records["/whole"]["end"]["how"], "complete")

    def test_reset_by_the_client(self):
        self.reset(True, ErrorCodes.CANCEL)

    def test_reset_by_the_origin(self):
        self.reset(False, ErrorCodes.INTERNAL_ERROR)

    def test_goaway_of_the_origin_lets_what_it_took_end(self):
        def origin(end):
            end.until_kind(StreamEnded, 1)
            end.h2.close_connection(ErrorCodes.NO_ERROR, last_stream_id=1)
            end.flush()
            # hyper-h2 says no more after its GOAWAY, and this origin does: HEADERS (:status 200), DATA with END_STREAM
            end.socket.sendall(b"\0\0\1\1\4\0\0\0\1\x88" + b"\0\0\4\0\1\0\0\0\1last")

        self.play(origin)
        client = self.client()
        client.ask(1)
        raw = b""
        while b"last" not in raw:
            raw += client.socket.recv(65536)
        self.assertIn(b"\x88\0\0\4\0\1\0\0\0\1last", raw)
        self.assertIn(b"\0\0\x08\7\0\0\0\0\0\0\0\0\1\0\0\0\0", raw)
        self.complete(1, status=200)

    def test_goaway_with_an_error_names_what_was_lost(self):
        def origin(end):
            end.until_kind(RequestReceived, 3)
            end.h2.close_connection(ErrorCodes.ENHANCE_YOUR_CALM, last_stream_id=1, additional_data=b"slow down")
            end.flush()
            end.socket.unwrap()

        self.play(origin)
        client = self.client()
        client.ask(1, "/taken")
        client.ask(3, "/not-taken")
        event = client.until_kind(ConnectionTerminated)
        self.assertEqual((event.error_code, event.additional_data), (ErrorCodes.ENHANCE_YOUR_CALM, b"slow down"))
        client.socket.close()
        for record in self.daemon.exchanges(2):
            self.assertNotEqual(record["end"]["how"], "complete")
            self.assertNotIn("status", record)


if __name__ == "__main__":
    unittest.main()
