"""gRPC (grpcio), inspected: calls of the four kinds, errors and deadlines are what they are without us, and recorded with
their messages and status."""
import concurrent.futures
import os
import threading
import unittest

import grpc

from http_origins import HAPROXY, haproxy
from inspected import NAME, InspectedCase

SLOW = threading.Event()  # set when the test is over


def double(request, context):
    return request * 2


def countdown(request, context):
    for i in range(int(request)):
        yield b"%d" % i


def total(requests, context):
    return b"%d" % sum(map(len, requests))


def echo(requests, context):
    yield from requests


def refuse(request, context):
    context.abort(grpc.StatusCode.PERMISSION_DENIED, "not for you: 100 %, naïve")


def sleep(request, context):
    SLOW.wait(20)
    return b""


HANDLERS = {
    "Double": grpc.unary_unary_rpc_method_handler(double),
    "Countdown": grpc.unary_stream_rpc_method_handler(countdown),
    "Total": grpc.stream_unary_rpc_method_handler(total),
    "Echo": grpc.stream_stream_rpc_method_handler(echo),
    "Refuse": grpc.unary_unary_rpc_method_handler(refuse),
    "Sleep": grpc.unary_unary_rpc_method_handler(sleep),
}


class GrpcCase(InspectedCase):
    """The client is grpcio, and so is the server."""

    def setUp(self):
        super().setUp()
        SLOW.clear()
        self.server = grpc.server(concurrent.futures.ThreadPoolExecutor(8))
        self.server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("test.Test", HANDLERS)])
        self.addCleanup(lambda: (SLOW.set(), self.server.stop(None).wait()))
        self.leaf = self.authority.leaf(NAME)
        port = self.listen()
        self.server.start()
        self.begin(port)
        credentials = grpc.ssl_channel_credentials(self.content(self.daemon.ca))
        self.channel = grpc.secure_channel(f"127.0.0.1:{self.fixed}", credentials, [("grpc.ssl_target_name_override", NAME)])
        self.addCleanup(self.channel.close)

    def assert_recorded(self, method, up, down, status="0"):
        record, = self.complete(1, version="2", method="POST", path=f"/test.Test/{method}", status=200)
        self.assertEqual(record["grpc"], {"messages_up": up, "messages_down": down, "status": status})
        self.assertEqual(record["response"]["content_type"], "application/grpc")
        return record


@unittest.skipUnless(os.path.exists(HAPROXY), "needs haproxy")
class GrpcBehindHaproxy(GrpcCase):
    """HAProxy speaks TLS for the server, as in most installations, and takes the ALPN h2."""

    def listen(self):
        return haproxy(self, self.leaf, self.server.add_insecure_port("127.0.0.1:0"), "proto h2")

    def test_one_to_one(self):
        self.assertEqual(self.channel.unary_unary("/test.Test/Double")(b"ab" * 50_000), b"ab" * 100_000)
        record = self.assert_recorded("Double", 1, 1)
        self.assertEqual((record["request"]["body_bytes"], record["response"]["body_bytes"]), (100_005, 200_005))
        self.assertIn("grpc-status", record["response"]["trailers"])

    def test_a_stream_of_answers(self):
        self.assertEqual(list(self.channel.unary_stream("/test.Test/Countdown")(b"500")), [b"%d" % i for i in range(500)])
        self.assert_recorded("Countdown", 1, 500)

    def test_a_stream_of_requests(self):
        self.assertEqual(self.channel.stream_unary("/test.Test/Total")(iter([b"x" * i for i in range(300)])), b"44850")
        self.assert_recorded("Total", 300, 1)

    def test_streams_both_ways_at_once(self):
        """Each answer is awaited before the next request: nothing is held back."""
        said, answers = threading.Semaphore(1), []

        def requests():
            for i in range(100):
                said.acquire()
                yield b"message %d" % i

        for answer in self.channel.stream_stream("/test.Test/Echo")(requests()):
            answers.append(answer)
            said.release()
        self.assertEqual(answers, [b"message %d" % i for i in range(100)])
        self.assert_recorded("Echo", 100, 100)

    def test_an_error(self):
        with self.assertRaises(grpc.RpcError) as caught:
            self.channel.unary_unary("/test.Test/Refuse")(b"please")
        self.assertEqual((caught.exception.code(), caught.exception.details()),
                         (grpc.StatusCode.PERMISSION_DENIED, "not for you: 100 %, naïve"))
        self.assert_recorded("Refuse", 1, 0, "7")

    def test_a_method_that_is_not_there(self):
        with self.assertRaises(grpc.RpcError) as caught:
            self.channel.unary_unary("/test.Test/Missing")(b"")
        self.assertEqual(caught.exception.code(), grpc.StatusCode.UNIMPLEMENTED)
        record, = self.complete(1)
        self.assertEqual(record["grpc"]["status"], "12")

    def test_a_deadline_that_passes(self):
        with self.assertRaises(grpc.RpcError) as caught:
            self.channel.unary_unary("/test.Test/Sleep")(b"", timeout=0.3)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.DEADLINE_EXCEEDED)
        record, = self.daemon.exchanges(1)
        self.assertEqual((record["path"], record["grpc"]["messages_up"]), ("/test.Test/Sleep", 1))
        self.assertTrue(record["end"]["how"] == "reset_stream" or record["grpc"].get("status") == "4", record)

    def test_a_call_that_is_cancelled(self):
        call = self.channel.stream_stream("/test.Test/Echo")(iter([b"one", b"two"]))
        self.assertEqual(next(call), b"one")
        call.cancel()
        record, = self.daemon.exchanges(1)
        self.assertEqual(record["grpc"]["messages_up"], 2)
        self.assertIn(record["end"]["how"], ("reset_stream", "complete"))

    def test_a_hundred_calls_at_once(self):
        method = self.channel.unary_unary("/test.Test/Double")
        calls = [method.future(b"%d," % i * 1000) for i in range(100)]
        self.assertEqual([call.result(20) for call in calls], [b"%d," % i * 2000 for i in range(100)])
        for record in self.complete(100):
            self.assertEqual(record["grpc"], {"messages_up": 1, "messages_down": 1, "status": "0"})


class GrpcCoreOnBothEnds(GrpcCase):
    """gRPC's own server prefers the ALPN grpc-exp, by which the same HTTP/2 is spoken."""

    def listen(self):
        credentials = grpc.ssl_server_credentials([(self.content(self.leaf[1]), self.content(self.leaf[0]))])
        return self.server.add_secure_port("127.0.0.1:0", credentials)

    def test_one_to_one(self):
        self.assertEqual(self.channel.unary_unary("/test.Test/Double")(b"ab"), b"abab")
        self.channel.close()
        self.server.stop(None).wait()
        self.assertEqual(self.daemon.record().get("http"), "watched")
        self.assert_recorded("Double", 1, 1)


if __name__ == "__main__":
    unittest.main()
