"""Of a thousand streams of one connection one is stalled: all others are answered, and recorded, while it waits; and it ends
whole when its window opens."""
import unittest

from h2.events import DataReceived, RequestReceived, StreamEnded, WindowUpdated
from h2.settings import SettingCodes

from http2_ends import Http2Case

STREAMS = 1000
LARGE = bytes(range(256)) * 1024  # four times a window
OTHERS = range(3, 2 * STREAMS, 2)


class Independent(Http2Case):
    def setUp(self):
        super().setUp()
        self.left = LARGE

    def push_on(self, end):
        """What the window of the first stream allows of its answer."""
        while self.left and (room := min(end.h2.local_flow_control_window(1), end.h2.max_outbound_frame_size, len(self.left))):
            end.h2.send_data(1, self.left[:room], end_stream=room == len(self.left))
            self.left = self.left[room:]

    def test_a_client_that_does_not_take_one_answer(self):
        def origin(end):
            def answer(event):
                if isinstance(event, RequestReceived) and event.stream_id == 1:
                    end.h2.send_headers(1, [(":status", "200")])
                    self.push_on(end)
                elif isinstance(event, RequestReceived):
                    end.h2.send_headers(event.stream_id, [(":status", "200")])
                    end.h2.send_data(event.stream_id, b"answer %d " % event.stream_id * 50, end_stream=True)
                elif isinstance(event, WindowUpdated) and event.stream_id == 1:
                    self.push_on(end)

            end.serve(answer)

        self.play(origin, {SettingCodes.MAX_CONCURRENT_STREAMS: STREAMS})
        client = self.client()
        client.stalled = (1,)
        client.h2.increment_flow_control_window(1 << 24)  # the connection's: it is the stream that is stalled
        client.ask(1, "/stalled")
        for stream in OTHERS:
            client.ask(stream, f"/{stream}")
        client.until(lambda event: isinstance(event, StreamEnded) and event.stream_id == OTHERS[-1])
        for stream in OTHERS:
            self.assertEqual(client.content(stream), b"answer %d " % stream * 50)
        self.assertNotIn("/stalled", {r["path"] for r in self.complete(STREAMS - 1, status=200)})
        self.assertTrue(self.left)
        client.h2.increment_flow_control_window(len(LARGE), 1)
        client.flush()
        self.assertTrue(client.content(1) == LARGE)
        record = next(r for r in self.complete(STREAMS) if r["path"] == "/stalled")
        self.assertEqual(record["response"]["body_bytes"], len(LARGE))

    def test_an_origin_that_does_not_take_one_request(self):
        ended = []

        def origin(end):
            end.stalled = (1,)

            def answer(event):
                if isinstance(event, StreamEnded):
                    ended.append(event.stream_id)
                    end.answer(event.stream_id, end=True)
                elif isinstance(event, RequestReceived) and event.stream_id == OTHERS[-1]:
                    end.h2.increment_flow_control_window(len(LARGE), 1)

            end.h2.increment_flow_control_window(1 << 24)
            end.serve(answer)

        self.play(origin, {SettingCodes.MAX_CONCURRENT_STREAMS: STREAMS})
        client = self.client()
        client.until_kind(WindowUpdated)
        client.ask(1, "/stalled", "POST", end=False)
        client.send(1, LARGE[:client.h2.local_flow_control_window(1)], end=False)
        self.assertEqual(client.h2.local_flow_control_window(1), 0)
        for stream in OTHERS[:-1]:
            client.ask(stream, f"/{stream}", "POST", end=False)
            client.send(stream, b"body")
        for stream in OTHERS[:-1]:
            client.content(stream)
        self.complete(STREAMS - 2, status=200)
        client.ask(OTHERS[-1], "/last")
        client.send(1, LARGE[65535:])
        client.content(1)
        self.assertEqual(ended[-1], 1)
        record = next(r for r in self.complete(STREAMS) if r["path"] == "/stalled")
        self.assertEqual(record["request"]["body_bytes"], len(LARGE))


if __name__ == "__main__":
    unittest.main()
