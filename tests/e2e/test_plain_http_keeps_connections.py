"""Plain HTTP through an explicit listener: both sides keep their connections, and each request goes to its own origin."""
import socket
import unittest

from entries import receive, receive_all, receive_until
from forwarding import ForwardCase, KeptOrigin, answer, answer_on
from harness import run, until


class Kept(ForwardCase):
    def setUp(self):
        super().setUp()
        self.one = KeptOrigin(self, lambda head, content: answer(b"one " + head.split()[1].encode()))
        self.two = KeptOrigin(self, lambda head, content: answer(b"two " + head.split()[1].encode()))
        self.begin()

    def test_requests_for_one_origin_share_its_connection(self):
        client = self.client()
        for path in ("/a", "/b", "/c"):
            self.assertEqual(self.ask(client, self.one, path)[1], b"one " + path.encode())
        client.close()
        record = self.daemon.record()
        self.assertEqual((self.one.accepted, record["exchanges"], record["http"]), (1, 3, "watched"))
        self.assertEqual((record["end"]["by"], record["end"]["how"]), ("client", "fin"))
        records = self.daemon.exchanges(3)
        self.assertEqual([(e["exchange"], e["path"], e["status"], e["end"]["how"]) for e in records],
                         [(1, "/a", 200, "complete"), (2, "/b", 200, "complete"), (3, "/c", 200, "complete")])
        self.assertEqual({e["id"] for e in records}, {record["id"]})

    def test_curl_connects_once(self):
        url = f"http://one.test:{self.one.port}"
        done = run("curl", "-sS", "--proxy", f"http://127.0.0.1:{self.port}", "-w", " %{num_connects}\n", f"{url}/a", f"{url}/b")
        self.assertEqual(done.stdout, "one /a 1\none /b 0\n", done.stderr)

    def test_pipelined_requests_go_each_to_its_own_origin_and_are_answered_in_order(self):
        client = self.client()
        client.sendall(b"".join(self.request(*to, name=name) for to, name in (
            ((self.one, "/1"), "one.test"), ((self.two, "/2"), "two.test"), ((self.one, "/3"), "one.test"),
            ((self.one, "/4"), "one.test"))))
        self.assertEqual([answer_on(client)[1] for _ in range(4)], [b"one /1", b"two /2", b"one /3", b"one /4"])
        client.close()
        self.assertEqual((self.one.accepted, self.two.accepted), (2, 1))  # one connection upstream at a time
        self.assertEqual([e["authority"] for e in self.daemon.exchanges(4)],
                         [f"{name}.test:{origin.port}" for name, origin in
                          (("one", self.one), ("two", self.two), ("one", self.one), ("one", self.one))])

    def test_what_is_for_the_next_hop_goes_no_further(self):
        self.one.answer_to = lambda head, content: answer(
            b"", "Keep-Alive: timeout=5", "Connection: X-Hop, keep-alive", "X-Hop: 1", "x-Kept: Yes", "Upgrade: h2c",
            "Proxy-Authenticate: Basic", "Proxy-Connection: keep-alive")
        client = self.client()
        head, _ = self.ask(client, self.one, "/", "Proxy-Authorization: Basic eDp5", "Proxy-Connection: keep-alive",
                           "Connection: Keep-Alive, X-Own, Host", "X-Own: 1", "Keep-Alive: 5", "TE: trailers", "Upgrade: h2c",
                           "x-Kept: Yes")
        self.assertEqual(head.split("\r\n"), ["HTTP/1.1 200 OK", "Content-Length: 0", "x-Kept: Yes", "", ""])
        self.assertEqual(self.one.lines(0), ["GET / HTTP/1.1", f"Host: one.test:{self.one.port}", "x-Kept: Yes"])
        self.ask(client, self.one)
        self.assertEqual(self.one.accepted, 1)

    def test_answers_without_content_do_not_shift_what_follows(self):
        client = self.client()
        for method, octets in (("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"),
                               ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"),
                               ("GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
                               ("GET", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n")):
            self.one.answer_to = lambda head, content, octets=octets: octets
            client.sendall(self.request(self.one, method=method))
            for _ in range(octets.count(b"HTTP/1.1")):
                answer_on(client, head=True)
        self.one.answer_to = lambda head, content: answer(b"after")
        self.assertEqual(self.ask(client, self.one)[1], b"after")
        self.assertEqual(self.one.accepted, 1)

    def test_content_passes_and_the_next_request_is_found_behind_it(self):
        self.one.answer_to = lambda head, content: answer(content[::-1])
        client, content = self.client(), bytes(range(256)) * 1024
        for _ in range(3):
            self.assertEqual(self.ask(client, self.one, method="PUT", content=content)[1], content[::-1])
        self.assertEqual(self.one.accepted, 1)

    def test_chunks_and_trailers_pass_as_they_came(self):
        content, taken = b"5;ext=1\r\nhello\r\n0\r\nX-Trailer: 1\r\n\r\n", []

        def serve(connection):
            for _ in range(2):
                taken.append(receive_until(connection, b"\r\n\r\n") and receive_until(connection, b"\r\n\r\n"))
                connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + content)

        server = self.origin(serve, tls=False)
        client = self.client()
        client.sendall(2 * (self.request(server.port, "/", "Transfer-Encoding: chunked", method="POST") + content))
        for _ in range(2):
            self.assertIn("Transfer-Encoding: chunked", answer_on(client)[0])
            self.assertEqual(receive(client, len(content)), content)
        self.assertEqual(taken, [content, content])
        self.assertEqual(server.accepted, 1)

    def test_an_early_answer_ends_what_cannot_go_on(self):
        def serve(connection):
            receive_until(connection, b"\r\n\r\n")
            connection.sendall(answer(b"too large", "Connection: close", status="413 Content Too Large"))
            receive_all(connection)

        server = self.origin(serve, tls=False)
        client = self.client()
        client.sendall(self.request(server.port, "/", "Content-Length: 1000000", method="POST") + b"x" * 1000)
        head, content = answer_on(client)
        self.assertIn("\r\nConnection: close\r\n", head)
        self.assertEqual(content, b"too large")

    def test_a_websocket_passes(self):
        def serve(connection):
            head = receive_until(connection, b"\r\n\r\n").decode()
            self.sockets.append(head)
            connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                               b"Sec-WebSocket-Accept: x\r\n\r\n\x81\x02hi")
            connection.sendall(b"\x81\x02ok" if receive(connection, 8).startswith(b"\x81\x82") else b"")
            connection.sendall(b"\x88\x02\x03\xe8")
            receive_all(connection)

        self.sockets = []
        server = self.origin(serve, tls=False)
        client = self.client()
        self.ask(client, self.one)
        head, _ = self.ask(client, server.port, "/chat", "Upgrade: websocket", "Connection: keep-alive, Upgrade",
                           "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: eDp5")
        self.assertTrue(head.startswith("HTTP/1.1 101 "), head)
        self.assertIn("\r\nUpgrade: websocket\r\n", head)
        self.assertIn("\r\nConnection: Upgrade\r\n", head)
        self.assertEqual(receive(client, 4), b"\x81\x02hi")
        client.sendall(b"\x81\x82\0\0\0\0yo" + b"\x88\x82\0\0\0\0\x03\xe8")
        self.assertEqual(receive(client, 8), b"\x81\x02ok\x88\x02\x03\xe8")
        client.close()
        self.assertIn("\r\nUpgrade: websocket\r\n", self.sockets[0])
        socket_record = self.daemon.event("websocket")
        self.assertEqual((socket_record["messages_up"], socket_record["messages_down"], socket_record["exchange"]), (1, 2, 2))
        self.assertEqual(self.daemon.record()["exchanges"], 2)

    def test_expect_continue_passes_both_ways(self):
        server = self.origin(self._continue, tls=False)
        client = self.client()
        client.sendall(self.request(server.port, "/", "Expect: 100-continue", "Content-Length: 5", method="POST"))
        self.assertTrue(answer_on(client)[0].startswith("HTTP/1.1 100 "))
        client.sendall(b"hello")
        self.assertEqual(answer_on(client)[1], b"hello")

    @staticmethod
    def _continue(connection):
        receive_until(connection, b"\r\n\r\n")
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        connection.sendall(answer(receive(connection, 5)))

    def test_a_tunnel_may_follow(self):
        client = self.client()
        self.assertEqual(self.ask(client, self.one, "/a")[1], b"one /a")
        client.sendall(f"CONNECT two.test:{self.two.port} HTTP/1.1\r\nHost: two.test\r\n\r\n".encode())
        self.assertTrue(answer_on(client)[0].startswith("HTTP/1.1 200 "))
        client.sendall(b"GET /inner HTTP/1.1\r\nHost: two.test\r\n\r\n")
        self.assertEqual(answer_on(client)[1], b"two /inner")
        client.close()
        record = self.daemon.record()
        self.assertEqual((record["target"], record["exchanges"]), (f"two.test:{self.two.port}", 2))

    def test_the_page_about_this_proxy_keeps_it_too(self):
        client = self.client()
        client.sendall(b"GET http://bascule.local/ca.pem HTTP/1.1\r\nHost: bascule.local\r\n\r\n")
        self.assertIn(b"BEGIN CERTIFICATE", answer_on(client)[1])
        self.assertEqual(self.ask(client, self.one, "/a")[1], b"one /a")
        client.close()
        self.assertEqual(self.daemon.record()["exchanges"], 1)


class Ends(ForwardCase):
    """How a kept connection ends, on either side."""

    def test_a_client_that_asks_for_it_gets_the_end_after_its_answer(self):
        origin = KeptOrigin(self)
        self.begin()
        for arguments, version in ((("Connection: close",), "1.1"), ((), "1.0")):
            client = self.client()
            head, _ = self.ask(client, origin, "/", *arguments, version=version)
            self.assertIn("\r\nConnection: close\r\n", head)
            self.assert_ends(client)
            self.assertIn("Connection: close", origin.lines(-1))
            self.assertEqual(self.daemon.record()["end"]["how"], "fin")

    def test_an_origin_that_closes_is_left_and_the_client_kept(self):
        origin = KeptOrigin(self, lambda head, content: answer(b"ok", "Connection: close"))
        self.begin()
        client = self.client()
        for _ in range(3):
            head, content = self.ask(client, origin)
            self.assertEqual((content, "Connection" in head), (b"ok", False))
        self.assertEqual(origin.accepted, 3)

    def test_content_that_ends_with_the_connection_ends_both(self):
        def serve(connection):
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\nuntil the end")

        server = self.origin(serve, tls=False)
        self.begin()
        client = self.client()
        head, _ = self.ask(client, server.port)
        self.assertIn("\r\nConnection: close\r\n", head)
        self.assertEqual(receive_all(client), b"until the end")
        self.assertEqual(self.daemon.exchanges(1)[0]["end"]["how"], "complete")

    def test_a_kept_connection_that_has_ended_is_not_used(self):
        origin = KeptOrigin(self)
        self.begin()
        client = self.client()
        self.ask(client, origin)
        origin.connections[0].shutdown(socket.SHUT_RDWR)
        self.assertEqual(self.ask(client, origin, method="POST", content=b"x")[1], b"ok\n")
        self.assertEqual(origin.accepted, 2)

    def test_a_request_that_a_kept_connection_swallowed_is_repeated_where_that_does_no_harm(self):
        answers = iter([answer(b"first"), None, answer(b"again"), None])
        origin = KeptOrigin(self, lambda head, content: next(answers))
        self.begin()
        client = self.client()
        self.assertEqual(self.ask(client, origin, "/1")[1], b"first")
        self.assertEqual(self.ask(client, origin, "/2")[1], b"again")
        head, _ = self.ask(client, origin, "/3", method="POST", content=b"once only")
        self.assertTrue(head.startswith("HTTP/1.1 502 "), head)
        self.assert_ends(client)
        self.assertEqual([(number, head.split()[1]) for number, head in origin.heads],
                         [(1, "/1"), (1, "/2"), (2, "/2"), (2, "/3")])
        records = self.daemon.exchanges(3)
        self.assertEqual([(e["path"], e["status"], e["end"]["how"]) for e in records],
                         [("/1", 200, "complete"), ("/2", 200, "complete"), ("/3", 502, "truncated")])
        self.assertEqual(records[2]["end"]["detail"], "the origin left without an answer")

    def test_a_first_request_that_is_not_answered_is_told(self):
        origin = KeptOrigin(self, lambda head, content: None)
        self.begin()
        client = self.client()
        self.assertTrue(self.ask(client, origin)[0].startswith("HTTP/1.1 502 "))
        self.assertEqual(origin.accepted, 1)
        end = self.daemon.record()["end"]
        self.assertEqual((end["by"], end["detail"]), ("upstream", "the origin left without an answer"))

    def test_an_answer_that_nobody_asked_for_answers_nothing(self):
        origin = KeptOrigin(self)
        self.begin()
        client = self.client()
        self.ask(client, origin)
        origin.connections[0].sendall(answer(b"forged"))
        self.assertEqual(self.ask(client, origin)[1], b"ok\n")
        self.assertEqual(origin.accepted, 2)

    def test_an_answer_cut_short_ends_the_clients_connection(self):
        def serve(connection):
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")

        server = self.origin(serve, tls=False)
        self.begin()
        client = self.client()
        client.sendall(self.request(server.port))
        self.assertTrue(receive_all(client).endswith(b"half"))
        record = self.daemon.exchanges(1)[0]
        self.assertEqual((record["status"], record["end"]["by"], record["end"]["how"]), (200, "upstream", "truncated"))

    def test_an_idle_one_ends_in_order(self):
        origin = KeptOrigin(self)
        self.begin("timeouts: {idle: 300ms}")
        client = self.client()
        self.ask(client, origin)
        self.assert_ends(client)
        end = self.daemon.record()["end"]
        self.assertEqual((end["by"], end["how"], end["detail"]),
                         ("proxy", "fin", "no further request within 300ms (timeouts.idle)"))

    def test_a_next_head_that_comes_too_slowly_is_told(self):
        origin = KeptOrigin(self)
        self.begin("timeouts: {request_head: 300ms}")
        client = self.client()
        self.ask(client, origin)
        client.sendall(b"GET http://one.test/ HTT")
        self.assertTrue(answer_on(client)[0].startswith("HTTP/1.1 408 "))
        self.assert_ends(client)
        self.assertEqual(self.daemon.record()["end"]["how"], "timeout")

    def test_an_origin_that_does_not_answer_is_told(self):
        release = []
        server = self.origin(lambda connection: until(lambda: release, "the test to end"), tls=False)
        self.addCleanup(release.append, True)
        self.begin("timeouts: {response_head: 300ms}")
        client = self.client()
        self.assertTrue(self.ask(client, server.port)[0].startswith("HTTP/1.1 504 "))
        self.assert_ends(client)
        record = self.daemon.exchanges(1)[0]
        self.assertEqual((record["status"], record["end"]["how"]), (504, "timeout"))

    def test_a_malformed_next_request_is_told(self):
        origin = KeptOrigin(self)
        self.begin()
        client = self.client()
        self.ask(client, origin)
        client.sendall(b"GET http://one.test/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
        self.assertTrue(answer_on(client)[0].startswith("HTTP/1.1 400 "))
        self.assert_ends(client)
        self.assertEqual(len(origin.heads), 1)

    def test_a_daemon_that_stops_ends_the_idle_ones_and_answers_the_others(self):
        release = []

        def slow(head, content):
            if "/slow" in head:
                until(lambda: release, "the daemon to drain")
            return answer()

        origin = KeptOrigin(self, slow)
        self.begin("timeouts: {drain: 5s}")
        idle, busy = self.client(), self.client()
        self.ask(idle, origin)
        busy.sendall(self.request(origin, "/slow"))
        until(lambda: len(origin.heads) == 2, "the slow request")
        self.daemon.signal(15)
        self.daemon.event("stopping")
        release.append(True)
        self.assertIn("\r\nConnection: close\r\n", answer_on(busy)[0])
        self.assert_ends(busy)
        self.assert_ends(idle)
        self.assertEqual(self.daemon.stop(), 0)


class AnsweredHere(ForwardCase):
    """What cannot be forwarded is answered by the proxy, and the connection goes on."""

    RULES = "rules: [{name: ads, match: {server_name: ads.test}, action: block}]"

    def refused(self, client, status, *arguments, **options):
        head, content = self.ask(client, *arguments, **options)
        self.assertTrue(head.startswith(f"HTTP/1.1 {status} "), head)
        self.assertNotIn("Connection", head)
        return content

    def test_a_blocked_one_between_others(self):
        origin = KeptOrigin(self)
        self.begin(self.RULES)
        client = self.client()
        self.ask(client, origin)
        self.assertIn(b"blocked by rule ads", self.refused(client, 403, origin, "/ad", name="ads.test"))
        self.assertIn(b"blocked", self.refused(client, 403, origin, name="ads.test", method="POST", content=b"x" * 5000))
        self.assertEqual(self.refused(client, 403, origin, name="ads.test", method="HEAD"), b"")
        self.assertEqual(self.ask(client, origin)[1], b"ok\n")
        client.close()
        self.assertEqual(len(origin.heads), 2)
        records = self.daemon.exchanges(5)
        self.assertEqual([e["status"] for e in records], [200, 403, 403, 403, 200])
        self.assertEqual((records[1]["rule"], records[1]["end"]["by"], records[1]["end"]["how"]), ("ads", "proxy", "blocked"))
        self.assertEqual(self.daemon.record()["exchanges"], 5)

    def test_an_origin_that_is_not_there(self):
        origin = KeptOrigin(self)
        with socket.create_server(("127.0.0.1", 0)) as unused:
            nobody = unused.getsockname()[1]
        self.begin()
        client = self.client()
        self.refused(client, 502, nobody)
        self.refused(client, 502, origin, name="no-such-name.test")
        self.assertEqual(self.ask(client, origin)[1], b"ok\n")
        self.assertEqual([e["end"]["how"] for e in self.daemon.exchanges(3)], ["refused", "unresolved", "complete"])

    def test_content_that_is_too_much_to_read_away_ends_it(self):
        self.begin(self.RULES)
        client = self.client()
        client.sendall(self.request(80, "/", "Content-Length: 10000000", name="ads.test", method="POST") + b"x" * 100_000)
        head, _ = answer_on(client)
        self.assertTrue(head.startswith("HTTP/1.1 403 "), head)
        self.assertIn("\r\nConnection: close\r\n", head)
        self.assertEqual(self.daemon.record()["end"]["how"], "blocked")

    def test_a_client_that_waits_to_be_told_to_continue_is_not_kept_waiting(self):
        self.begin(self.RULES)
        client = self.client()
        head, _ = self.ask(client, 80, "/", "Expect: 100-continue", "Content-Length: 5", name="ads.test", method="POST")
        self.assertTrue(head.startswith("HTTP/1.1 403 "), head)
        self.assert_ends(client)

    def test_where_http_is_not_inspected_it_is_forwarded_all_the_same(self):
        origin = KeptOrigin(self)
        self.begin("rules: [{name: raw, inspect: none}]")
        client = self.client()
        for _ in range(2):
            self.assertEqual(self.ask(client, origin)[1], b"ok\n")
        client.close()
        record = self.daemon.record()
        self.assertEqual((origin.accepted, record.get("http"), record.get("exchanges")), (1, None, None))
        self.assertEqual([e for e in self.daemon.events if e["event"] == "http"], [])


if __name__ == "__main__":
    unittest.main()
