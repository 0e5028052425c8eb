"""Each HTTP/1.1 exchange has a record at its end, however it ends, and the octets pass as they came."""
import socket
import struct
import threading
import unittest

from harness import Case, read_head, run, server_context, until

NAME = "origin.test"


class Exchanges(Case):
    def serve(self, handler, tls=True, config="", alpn=("http/1.1",), **options):
        self.heads = []
        self.authority  # noqa: B018: its file is in the configuration
        self.server = self.origin(handler, names=(NAME,), alpn=alpn if tls else (), tls=tls)
        self.daemon = self.start(f"""
listeners:
  - {{name: apps, address: "127.0.0.1:0", mode: explicit}}
  - {{name: fixed, address: "127.0.0.1:0", mode: forward, target: "{NAME}:{self.server.port}"}}
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {self.hosts(**{NAME: "127.0.0.1"})}}}
{config}
""", **options)

    def connect(self):
        """A TLS session through the forward listener."""
        raw = socket.create_connection(("127.0.0.1", self.daemon.port("fixed")), timeout=20)
        context = self.client_context(self.daemon)
        context.set_alpn_protocols(["http/1.1"])
        client = context.wrap_socket(raw, server_hostname=NAME)
        self.addCleanup(client.close)
        return client

    def answers(self, *texts):
        """A handler that gives one answer for each head that comes."""

        def handler(connection):
            for text in texts:
                self.heads.append(read_head(connection))
                connection.sendall(text)
            connection.recv(1)

        return handler

    def read_all(self, client):
        octets = b""
        while piece := client.recv(65536):
            octets += piece
        return octets

    def test_kept_connection_of_curl(self):
        self.serve(self.answers(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
                                b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nnone\r\n0\r\n\r\n"))
        url = f"https://{NAME}:{self.server.port}"
        done = run("curl", "-sS", "--http1.1", "--proxy", f"http://127.0.0.1:{self.daemon.port('apps')}", "--cacert", self.daemon.ca,
                   f"{url}/a?b=c", "-d", "hello", f"{url}/x")
        self.assertEqual((done.returncode, done.stdout), (0, "{}none"), done.stderr)
        connection = self.daemon.record()
        first, second = self.daemon.exchanges(2)
        self.assertEqual((connection["http"], connection["exchanges"]), ("watched", 2))
        self.assertEqual((first["id"], first["exchange"], second["exchange"]), (connection["id"], 1, 2))
        self.assertEqual((first["method"], first["scheme"], first["path"], first["version"], first["upstream_version"]),
                         ("POST", "https", "/a?b=c", "1.1", "1.1"))
        self.assertEqual(first["authority"], f"{NAME}:{self.server.port}")
        self.assertEqual((first["status"], second["status"]), (200, 404))
        self.assertEqual(first["request"]["body_bytes"], 5)
        self.assertEqual(first["request"]["head_bytes"], len(self.heads[0]) - len("hello"))
        self.assertEqual((first["response"]["content_type"], first["response"]["body_bytes"]), ("application/json", 2))
        self.assertEqual(second["response"]["body_bytes"], 4)
        self.assertEqual(first["end"], {"by": "upstream", "how": "complete"})
        self.assertEqual(first["rule"], "default")
        self.assertNotIn("headers", first["request"])
        self.assertGreaterEqual(first["timings_ms"]["total"], first["timings_ms"]["wait"])

    def test_what_passes_is_what_came(self):
        """Case, order, odd spacing and chunk boundaries are neither end's to notice."""
        request = (b"PoST /%7Euser?x=%20 HTTP/1.1\r\nhOST:  " + NAME.encode() + b" \r\nX-ODD: a\t b\r\nx-odd: c\r\n"
                   b"transfer-ENCODING: chunked\r\n\r\n0003;ext=\"a\"\r\nabc\r\n0\r\nTrailer-One: 1\r\n\r\n")
        answer = (b"HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\nHTTP/1.1 200 fine, thanks\r\nX-b: 1\r\nX-a: 2\r\n"
                  b"Transfer-Encoding: chunked\r\n\r\n1\r\nz\r\n00\r\nT: v\r\n\r\n")
        got = []

        def handler(connection):
            octets = b""
            while not octets.endswith(b"One: 1\r\n\r\n"):
                octets += connection.recv(65536)
            got.append(octets)
            for octet in answer:
                connection.sendall(bytes([octet]))
            connection.recv(1)

        self.serve(handler)
        client = self.connect()
        for octet in request:
            client.sendall(bytes([octet]))
        back = b""
        while not back.endswith(b"T: v\r\n\r\n"):
            back += client.recv(65536)
        self.assertEqual((got, back), ([request], answer))
        record, = self.daemon.exchanges(1)
        self.assertEqual((record["method"], record["path"], record["informational"]), ("PoST", "/%7Euser?x=%20", 1))
        self.assertEqual((record["request"]["trailers"], record["response"]["trailers"]), ("Trailer-One", "T"))

    def test_plain_http_is_recorded(self):
        self.serve(lambda connection: (read_head(connection), connection.sendall(b"HTTP/1.0 200 OK\r\n\r\nto the end")), tls=False)
        done = run("curl", "-sS", "--http1.0", "--connect-to", f"::127.0.0.1:{self.daemon.port('fixed')}", f"http://{NAME}/t")
        self.assertEqual((done.returncode, done.stdout), (0, "to the end"), done.stderr)
        record, = self.daemon.exchanges(1)
        self.assertEqual((record["scheme"], record["version"], record["path"], record["end"]["how"]), ("http", "1.0", "/t", "complete"))

    def test_absolute_form_is_recorded(self):
        self.serve(self.answers(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc"), tls=False)
        done = run("curl", "-sS", "--proxy", f"http://127.0.0.1:{self.daemon.port('apps')}", f"http://{NAME}:{self.server.port}/p?q")
        self.assertEqual(done.stdout, "abc", done.stderr)
        record, = self.daemon.exchanges(1)
        self.assertEqual((record["method"], record["scheme"], record["authority"], record["path"]),
                         ("GET", "http", f"{NAME}:{self.server.port}", "/p?q"))

    def test_request_that_is_never_answered(self):
        self.serve(lambda connection: self.heads.append(read_head(connection)))
        client = self.connect()
        client.sendall(f"GET /lost HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
        self.assertEqual(self.read_all(client), b"")
        client.close()
        record, = self.daemon.exchanges(1)
        self.assertEqual((record["path"], record["end"]["by"], record["end"]["how"]), ("/lost", "upstream", "truncated"))
        self.assertNotIn("status", record)

    def test_answer_that_is_cut_off(self):
        def handler(connection):
            read_head(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")

        self.serve(handler)
        client = self.connect()
        client.sendall(f"GET / HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
        self.assertTrue(self.read_all(client).endswith(b"half"))
        client.close()
        record, = self.daemon.exchanges(1)
        self.assertEqual((record["status"], record["response"]["body_bytes"], record["end"]["how"]), (200, 4, "truncated"))

    def assert_cut_while_the_client_stays(self, answer, word, how="truncated", leave=lambda connection: None):
        def handler(connection):
            read_head(connection)
            connection.sendall(answer)
            leave(connection)

        self.serve(handler)
        client = self.connect()
        client.sendall(f"GET / HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
        record, = self.daemon.exchanges(1)  # and the client has not gone
        self.assertEqual((record["end"]["by"], record["end"]["how"]), ("upstream", how))
        self.assertIn(word, record["end"].get("detail", ""))
        client.close()
        self.assertEqual(self.daemon.record()["exchanges"], 1)
        self.assertEqual(len([e for e in self.daemon.events if e["event"] == "http"]), 1)

    def test_answer_to_the_end_that_is_cut_off_is_told_at_once(self):
        self.assert_cut_while_the_client_stays(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\npart", "without close_notify")

    def test_answer_to_the_end_that_ends_in_order_is_told_at_once(self):
        self.assert_cut_while_the_client_stays(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall", "", "complete",
                                               lambda connection: connection.unwrap())

    def test_answer_shorter_than_it_said_is_told_at_once(self):
        self.assert_cut_while_the_client_stays(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", "4 octets",
                                               leave=lambda connection: connection.unwrap())

    def test_answer_that_never_begins_is_told_at_once(self):
        self.assert_cut_while_the_client_stays(b"", "before it was answered")

    def test_exchange_that_is_open_when_the_daemon_stops(self):
        self.serve(self.answers(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"))
        client = self.connect()
        client.sendall(f"GET / HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
        until(lambda: self.heads, "the request at the origin")
        self.daemon.stop()
        record, = self.daemon.exchanges(1)
        self.assertEqual(record["end"]["how"], "drain")

    def refused(self, request, status, word, answer=b""):
        self.serve(self.answers(answer) if answer else lambda c: self.heads.append(read_head(c)))
        client = self.connect()
        client.sendall(request)
        back = self.read_all(client)
        self.assertTrue(back.startswith(f"HTTP/1.1 {status} ".encode()), back)
        record, = self.daemon.exchanges(1)
        self.assertEqual(record["end"]["how"], "ambiguous")
        self.assertIn(word, record["end"]["detail"])
        self.assertIn(word, self.daemon.record()["end"]["detail"])
        self.assertEqual(record["status"], status)
        return record

    def test_ambiguous_request_reaches_nobody(self):
        record = self.refused(f"POST / HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".encode(),
                              400, "RFC 9112 section 6.1")
        self.assertEqual(record["end"]["by"], "client")
        self.assertIn("POST / HTTP/1.1", record["end"]["detail"])
        until(lambda: self.heads, "the origin's end")
        self.assertEqual(self.heads, [""])

    def test_ambiguous_answer_reaches_nobody(self):
        record = self.refused(f"GET / HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode(), 502, "RFC 9112 section 6.1",
                              b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nabc")
        self.assertEqual((record["end"]["by"], record["path"]), ("upstream", "/"))

    def test_second_answer_to_one_request_reaches_nobody(self):
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"
        self.serve(self.answers(answer + b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb"))
        client = self.connect()
        client.sendall(f"GET / HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
        self.assertEqual(self.read_all(client), answer)
        self.assertIn("answer no request", self.daemon.record()["end"]["detail"])

    def test_origin_that_closes_an_idle_connection_with_408_is_not_at_fault(self):
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"
        unasked = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 4\r\n\r\nidle"

        def handler(connection):
            read_head(connection)
            connection.sendall(answer + unasked)
            connection.unwrap()

        self.serve(handler)
        client = self.connect()
        client.sendall(f"GET / HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
        self.assertEqual(self.read_all(client), answer + unasked)
        client.close()
        record = self.daemon.record()
        self.assertEqual((record["end"]["how"], record["exchanges"]), ("close_notify", 1))
        self.assertEqual(self.daemon.exchanges(1)[0]["end"], {"by": "upstream", "how": "complete"})

    def test_slow_head_is_a_timeout(self):
        self.serve(lambda c: self.heads.append(read_head(c)), config="timeouts: {request_head: 200ms}")
        client = self.connect()
        client.sendall(b"GET / HTTP/1.1\r\nHost")
        self.assertTrue(self.read_all(client).startswith(b"HTTP/1.1 408 "))
        end = self.daemon.record()["end"]
        self.assertEqual((end["by"], end["how"]), ("proxy", "timeout"))
        self.assertIn("timeouts.request_head", end["detail"])

    def test_a_slow_answer_is_not_cut_by_what_follows_its_request(self):
        """The clock of a head runs only while no answer is to come: a 408 within one would look like a part of it."""
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nwhole\n"

        def handler(connection):
            read_head(connection)
            connection.sendall(answer[:-6])
            threading.Event().wait(0.6)  # three times the deadline: nothing may happen in it
            connection.sendall(answer[-6:])
            connection.recv(1)

        self.serve(handler, config="timeouts: {request_head: 200ms}")
        client = self.connect()
        client.sendall(f"GET / HTTP/1.1\r\nHost: {NAME}\r\n\r\n\r\nGET /next".encode())
        back = b""
        while len(back) < len(answer):
            back += client.recv(65536)
        self.assertEqual(back[:len(answer)], answer)
        self.assertTrue(self.read_all(client).startswith(b"HTTP/1.1 408 "))  # the next head has its deadline then

    def test_what_is_wrong_waits_for_the_whole_answer_before_it(self):
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 130\r\n\r\n" + b"A" * 130
        self.serve(self.answers(answer))
        client = self.connect()
        client.sendall(f"POST /login HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: 8\r\n\r\nuser=bob&password=hunter2 x\r\n".encode())
        back = self.read_all(client)
        self.assertTrue(back.startswith(answer + b"HTTP/1.1 400 "), back)
        self.daemon.record()
        self.assertNotIn("hunter2", "".join(self.daemon.lines))

    def test_tunnel_in_the_clear_is_recorded_and_counted(self):
        """TLS that begins in it is intercepted, and its exchanges are counted on."""
        def proxy(connection):
            read_head(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            inner = server_context(self.leaf).wrap_socket(connection, server_side=True)
            read_head(inner)
            inner.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nin")
            inner.recv(1)

        self.leaf = self.authority.leaf(NAME)
        self.serve(proxy, tls=False)
        raw = socket.create_connection(("127.0.0.1", self.daemon.port("fixed")), timeout=20)
        raw.sendall(f"CONNECT {NAME}:443 HTTP/1.1\r\nHost: {NAME}:443\r\n\r\n".encode())
        self.assertIn("200", read_head(raw))
        client = self.client_context(self.daemon).wrap_socket(raw, server_hostname=NAME)
        client.sendall(f"GET /in HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
        self.assertTrue(client.recv(65536))
        outer, inner = self.daemon.exchanges(2)
        client.close()
        self.assertEqual((outer["method"], outer["exchange"], outer["end"]["how"]), ("CONNECT", 1, "complete"))
        self.assertEqual((inner["path"], inner["exchange"]), ("/in", 2))
        self.assertEqual(self.daemon.record()["exchanges"], 2)

    def test_slow_start_is_http_all_the_same(self):
        """A pause after a method is no way past the rules for names."""
        self.serve(self.answers(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), tls=False,
                   config="timeouts: {first_bytes: 50ms}\nrules: [{name: no, match: {server_name: ads.test}, action: block}]")
        client = socket.create_connection(("127.0.0.1", self.daemon.port("fixed")), timeout=20)
        client.sendall(b"GET /")
        threading.Event().wait(0.3)  # six times what an unknown beginning has
        client.sendall(b" HTTP/1.1\r\nHost: ads.test\r\n\r\n")
        self.assertTrue(self.read_all(client).startswith(b"HTTP/1.1 403 "))
        client.close()

    def test_reset_within_a_head_is_a_reset(self):
        self.serve(lambda c: self.heads.append(read_head(c)))
        client = self.connect()
        client.sendall(b"GET / HTTP/1.1\r\nHost")
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        end = self.daemon.record()["end"]
        self.assertEqual((end["by"], end["how"]), ("client", "reset"))
        until(lambda: self.heads or self.server.failures, "the origin's end")
        self.assertNotIn("GET", "".join(self.heads))

    def test_late_answer_is_a_timeout(self):
        self.serve(lambda c: (self.heads.append(read_head(c)), c.recv(1)), config="timeouts: {response_head: 200ms}")
        client = self.connect()
        client.sendall(f"GET / HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
        self.assertTrue(self.read_all(client).startswith(b"HTTP/1.1 504 Gateway Timeout\r\n"))
        record, = self.daemon.exchanges(1)
        self.assertEqual((record["status"], record["end"]["by"], record["end"]["how"]), (504, "proxy", "timeout"))
        self.assertIn("timeouts.response_head", record["end"]["detail"])

    def test_clock_of_a_pipelined_request_runs_from_the_answer_before(self):
        """An origin answers in order: two of 0.3 s each are in time, a third that never comes is told by 504 after them."""
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

        def handler(connection):
            self.heads.append(read_head(connection))
            for _ in range(2):
                threading.Event().wait(0.3)
                connection.sendall(answer)
            connection.recv(1)

        self.serve(handler, config="timeouts: {response_head: 500ms}")
        client = self.connect()
        client.sendall(b"".join(f"GET /{n} HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode() for n in range(4)))
        back = self.read_all(client)
        self.assertTrue(back.startswith(answer * 2 + b"HTTP/1.1 504 "), back)
        records = self.daemon.exchanges(4)
        self.assertEqual([r.get("status") for r in records], [200, 200, 504, None])
        self.assertEqual({(r["end"]["by"], r["end"]["how"]) for r in records[2:]}, {("proxy", "timeout")})

    def test_late_answer_is_a_timeout_without_a_log_too(self):
        self.serve(lambda c: (self.heads.append(read_head(c)), c.recv(1)),
                   config="timeouts: {response_head: 200ms}\nlog: {level: error}", ready=False)
        until(lambda: any("listening on" in line for line in self.daemon.banner), "the listeners")
        port = next(line.split()[2].rsplit(":", 1)[1] for line in self.daemon.banner if "(fixed)" in line)
        raw = socket.create_connection(("127.0.0.1", int(port)), timeout=20)
        client = self.client_context(self.daemon).wrap_socket(raw, server_hostname=NAME)
        client.sendall(f"GET / HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
        self.assertTrue(self.read_all(client).startswith(b"HTTP/1.1 504 "))
        client.close()

    def test_headers_and_their_secrets(self):
        self.serve(self.answers(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nX-A: 1\r\nX-a: 2\r\nContent-Length: 0\r\n\r\n") ,
                   config='log: {format: json, headers: [cookie, set-cookie, x-a]}')
        client = self.connect()
        client.sendall(f"GET / HTTP/1.1\r\nHost: {NAME}\r\nCookie: a=1\r\nX-Other: 1\r\n\r\n".encode())
        client.recv(65536)
        record, = self.daemon.exchanges(1)
        up, down = record["request"]["headers"], record["response"]["headers"]
        self.assertEqual(sorted(up), ["cookie"])
        self.assertEqual((sorted(down), down["x-a"]), (["set-cookie", "x-a"], "1, 2"))
        self.assertRegex(up["cookie"], r"^hash:[0-9a-f]{16}$")
        self.assertEqual(up["cookie"], down["set-cookie"])  # equal secrets are seen to be equal
        self.assertNotIn("a=1", "".join(self.daemon.lines))

    def test_inspect_none_relays_octets(self):
        self.serve(self.answers(b"not http at all"), config="rules: [{name: raw, inspect: none}]")
        client = self.connect()
        client.sendall(b"GET / HTTP/1.1\r\n\r\n")
        self.assertEqual(client.recv(100), b"not http at all")
        client.close()
        self.assertNotIn("http", self.daemon.record())

    def test_what_is_not_http_passes_as_it_is(self):
        """Also where the origin speaks first, and where a first octet could be a method's."""
        for first in (b"", b"\x00\x01binary", b"GE", b"HELO there\r\n"):
            with self.subTest(first=first):
                def handler(connection):
                    if first:
                        octets = b""
                        while len(octets) < len(first):
                            octets += connection.recv(100)
                        connection.sendall(octets[::-1])
                    else:
                        connection.sendall(b"220 ready\r\n")
                    connection.recv(1)

                self.serve(handler, alpn=())
                raw = socket.create_connection(("127.0.0.1", self.daemon.port("fixed")), timeout=20)
                client = self.client_context(self.daemon).wrap_socket(raw, server_hostname=NAME)
                if first:
                    client.sendall(first)
                self.assertEqual(client.recv(100), first[::-1] or b"220 ready\r\n")
                client.close()
                self.assertNotIn("http", self.daemon.record())

    def test_upgrade_goes_on_as_octets(self):
        def handler(connection):
            head = read_head(connection)
            connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: odd\r\nConnection: Upgrade\r\n\r\nhello")
            connection.sendall(connection.recv(100).upper())
            self.heads.append(head)
            connection.recv(1)

        self.serve(handler)
        client = self.connect()
        client.sendall(f"GET /up HTTP/1.1\r\nHost: {NAME}\r\nConnection: Upgrade\r\nUpgrade: odd\r\n\r\n".encode())
        back = b""
        while not back.endswith(b"hello"):
            back += client.recv(100)
        client.sendall(b"GET it\n\n")
        self.assertEqual(client.recv(100), b"GET IT\n\n")
        client.close()
        record, = self.daemon.exchanges(1)
        self.assertEqual((record["status"], record["end"]["how"]), (101, "complete"))
        self.assertEqual((record["request"]["body_bytes"], record["response"]["body_bytes"]), (8, 13))


if __name__ == "__main__":
    unittest.main()
