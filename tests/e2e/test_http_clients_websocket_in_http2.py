"""WebSockets within HTTP/2 (RFC 8441), several on one connection and among other requests, inspected: octets are exact, and each
has a record of its own."""
import os
import unittest

from h2.events import DataReceived, RemoteSettingsChanged, RequestReceived, ResponseReceived, StreamEnded
from h2.settings import SettingCodes
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Close, Frame, Opcode

from http2_ends import Http2Case

PROTOCOL = {SettingCodes.ENABLE_CONNECT_PROTOCOL: 1}
CLOSE = Frame(Opcode.CLOSE, Close(1000, "").serialize())


def octets(frames, mask, extensions=()):
    return b"".join(frame.serialize(mask=mask, extensions=extensions) for frame in frames)


class WebSocketInHttp2(Http2Case):
    def serve(self, answers, fields=()):
        """An origin that opens each WebSocket, says these frames once 5 octets have come, and ends when the client does."""
        self.came = {}

        def origin(end):
            def answer(event):
                if isinstance(event, RequestReceived):
                    head = dict(event.headers)
                    if head[":method"] != "CONNECT":
                        return end.answer(event.stream_id, end=True)
                    assert head[":protocol"] == "websocket", head
                    self.came[event.stream_id] = b""
                    end.answer(event.stream_id, fields=fields)
                elif isinstance(event, DataReceived):
                    before = len(self.came[event.stream_id])
                    self.came[event.stream_id] += event.data
                    if before < 5 <= len(self.came[event.stream_id]):
                        end.send(event.stream_id, answers, end=False)
                elif isinstance(event, StreamEnded) and event.stream_id in self.came:
                    end.send(event.stream_id, b"")

            end.serve(answer)

        self.play(origin, PROTOCOL)

    def open(self, end, stream, path, fields=()):
        end.until_kind(RemoteSettingsChanged)  # RFC 8441 section 3: not before the origin has said that it knows it
        end.h2.send_headers(stream, [(":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "https"),
                                     (":authority", "origin.test"), (":path", path), ("sec-websocket-version", "13"), *fields])
        end.flush()
        self.assertEqual(dict(end.until_kind(ResponseReceived, stream).headers)[":status"], "200")

    def test_messages_among_other_requests(self):
        down = octets([Frame(Opcode.TEXT, b"down"), Frame(Opcode.PING, b""), Frame(Opcode.BINARY, os.urandom(20_000)), CLOSE],
                      mask=False)
        up = octets([Frame(Opcode.TEXT, b"part ", fin=False), Frame(Opcode.PONG, b"between"), Frame(Opcode.CONT, b"one"),
                     Frame(Opcode.BINARY, os.urandom(40_000)), Frame(Opcode.TEXT, b""), CLOSE], True)
        self.serve(down)
        client = self.client()
        self.open(client, 1, "/socket1")
        client.ask(3, "/plain")
        self.open(client, 5, "/socket5")
        for stream in (1, 5):
            client.send(stream, up)
        self.assertEqual([client.content(stream) for stream in (1, 3, 5)], [down, b"", down])
        self.assertEqual(self.came, {1: up, 5: up})
        exchanges = {r["path"]: r for r in self.complete(3, version="2")}
        self.assertEqual({path: r["method"] for path, r in exchanges.items()},
                         {"/socket1": "CONNECT", "/plain": "GET", "/socket5": "CONNECT"})
        for record in self.sockets(2):
            exchange = exchanges[record["path"]]
            self.assertEqual((record["exchange"], record["stream"]), (exchange["exchange"], exchange["stream"]))
            self.assertEqual((record["messages_up"], record["messages_down"]), (3, 2))
            self.assertEqual((record["bytes_up"], record["bytes_down"]), (40_008, 20_004))
            self.assertEqual((record["close_code"], record["end"]["how"]), (1000, "complete"))

    def test_compressed_messages(self):
        agreed = [("sec-websocket-extensions", "permessage-deflate")]
        texts = [Frame(Opcode.TEXT, b"again and again " * size) for size in (1, 100, 1000)]
        down = octets([*texts, CLOSE], False, [PerMessageDeflate(False, False, 15, 15)])
        up = octets([*texts, *texts, CLOSE], True, [PerMessageDeflate(False, False, 15, 15)])
        self.serve(down, agreed)
        client = self.client()
        self.open(client, 1, "/compressed", agreed)
        client.send(1, up)
        self.assertTrue(client.content(1) == down)
        self.assertTrue(self.came[1] == up)
        record, = self.sockets(1)
        self.assertEqual((record["messages_up"], record["messages_down"], record["close_code"]), (6, 3, 1000))
        self.assertEqual(record["end"]["how"], "complete", record)


if __name__ == "__main__":
    unittest.main()
