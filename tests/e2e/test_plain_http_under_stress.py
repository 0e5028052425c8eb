"""Plain HTTP that keeps its connections, where a side is slow, hostile or gone: nothing is hung, lost or walked past."""
import os
import signal
import socket
import struct
import threading
import time
import unittest

from entries import receive, receive_all, receive_until
from forwarding import ForwardCase, KeptOrigin, answer, answer_on
from harness import WAIT, until
from peers import NameServer
from raw import reset


class Hostile(ForwardCase):
    def test_trailers_that_are_not_whole_hold_nobody_up(self):
        origin = KeptOrigin(self)
        self.begin("rules: [{name: ads, match: {server_name: ads.test}, action: block}]\nworkers: 1")
        client, other = self.client(), self.client()
        client.sendall(self.request(80, "/", "Transfer-Encoding: chunked", name="ads.test", method="POST") + b"0\r\nX-Trailer: 1")
        self.assertEqual(self.ask(other, origin)[1], b"ok\n")
        client.sendall(b"\r\n\r\n" + self.request(origin))
        self.assertTrue(answer_on(client)[0].startswith("HTTP/1.1 403 "))
        self.assertEqual(answer_on(client)[1], b"ok\n")


class AskedOnceMore(ForwardCase):
    """A kept connection has swallowed a request."""

    def setUp(self):
        super().setUp()
        answers = iter([answer(b"first"), None, answer(b"again")])
        self.one = KeptOrigin(self, lambda head, content: next(answers))

    def test_the_rules_for_addresses_hold_on_the_new_connection_too(self):
        barred = self.origin(tls=False, host="127.0.0.2", port=self.one.port)
        self.begin("rules: [{name: barred, match: {destination: 127.0.0.2}, action: block}]")
        with open(f"{self.folder}/hosts", "a") as hosts:
            hosts.write("127.0.0.2 both.test\n127.0.0.1 both.test\n")
        client = self.client()
        self.assertEqual(self.ask(client, self.one, "/first", name="both.test")[1], b"first")
        self.assertEqual(self.ask(client, self.one, "/second", name="both.test")[1], b"again")
        self.assertEqual((self.one.accepted, barred.accepted), (2, 0))

    def test_where_there_is_no_new_one_the_exchange_has_its_record(self):
        self.begin()
        client = self.client()
        self.ask(client, self.one, "/first")
        self.one.server.listener.shutdown(socket.SHUT_RDWR)
        self.addCleanup(self.one.server.listener.listen)
        self.assertTrue(self.ask(client, self.one, "/second")[0].startswith("HTTP/1.1 502 "))
        self.assertEqual([(e["exchange"], e["path"], e["status"], e["end"]["how"]) for e in self.daemon.exchanges(2)],
                         [(1, "/first", 200, "complete"), (2, "/second", 502, "refused")])
        client.close()
        self.assertEqual(self.daemon.record()["exchanges"], 2)


class OfEachItsOwn(ForwardCase):
    """What a rule says holds for its own requests, also where they come to nothing."""

    def test_settings_of_an_earlier_rule_do_not_hold_before_there_is_a_verdict(self):
        origin = KeptOrigin(self)
        self.begin("""
rules:
  - {name: raw, match: {server_name: one.test}, inspect: none}
  - {name: barred, match: {destination: 192.0.2.1}, action: block}
""")
        client = self.client()
        self.ask(client, origin)
        self.assertTrue(self.ask(client, origin, name="no-such-name.test")[0].startswith("HTTP/1.1 502 "))
        self.assertEqual(self.daemon.exchanges(1)[0]["end"]["how"], "unresolved")

    def test_a_content_log_has_nothing_of_other_requests(self):
        origin = KeptOrigin(self)
        self.begin("""
rules:
  - {name: told, match: {server_name: one.test}, log: {content: {file: "{folder}/content"}}}
  - {name: barred, match: {destination: 192.0.2.1}, action: block}
""")
        client = self.client()
        self.ask(client, origin, "/told")
        self.ask(client, origin, "/not-told", name="no-such-name.test")
        client.close()
        self.daemon.record()
        self.daemon.stop()
        with open(f"{self.folder}/content") as content:
            text = content.read()
        self.assertEqual(("/told" in text, "/not-told" in text), (True, False))

    def test_what_passes_through_is_not_recorded_where_there_is_no_way_either(self):
        with socket.create_server(("127.0.0.1", 0)) as unused:
            nobody = unused.getsockname()[1]
        self.begin("rules: [{name: through, action: passthrough, check: none}]")
        client = self.client()
        self.assertTrue(self.ask(client, nobody)[0].startswith("HTTP/1.1 502 "))
        client.close()
        record = self.daemon.record()
        self.assertEqual((record["end"]["how"], record.get("exchanges")), ("refused", None))
        self.assertEqual([e for e in self.daemon.events if e["event"] == "http"], [])


class Slow(ForwardCase):
    """Clients that take their time to read."""

    def client_that_reads_little(self):
        client = socket.socket()
        self.addCleanup(client.close)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(WAIT)
        client.connect(("127.0.0.1", self.port))
        return client

    def test_the_last_answer_is_not_cut_off(self):
        """Of some of these sizes the end does not fit into the buffers of the system, and the daemon has it."""
        origin = KeptOrigin(self, lambda head, content: answer(bytes(int(head.split()[1][1:]))))
        self.begin()
        clients = {size: self.client_that_reads_little() for size in range(2_800_000, 3_200_000, 8_000)}
        for size, client in clients.items():
            client.sendall(self.request(origin, f"/{size}", "Connection: close"))
        time.sleep(2)  # longer than the patience of a farewell
        self.assertEqual([size for size, client in clients.items() if len(answer_on(client)[1]) != size], [])


class Gone(ForwardCase):
    """One side has left, or said what nobody asked for."""

    def test_an_origin_that_ends_while_the_next_request_comes_is_left(self):
        origin = KeptOrigin(self)
        self.begin()
        client = self.client()
        self.ask(client, origin)
        self.daemon.signal(signal.SIGSTOP)
        until(self.all_stand_still, "the daemon to stand still")
        client.sendall(self.request(origin, method="POST", content=b"x"))
        origin.connections[0].shutdown(socket.SHUT_RDWR)
        self.daemon.signal(signal.SIGCONT)
        self.assertEqual(answer_on(client)[1], b"ok\n")
        self.assertEqual(origin.accepted, 2)

    def all_stand_still(self):
        tasks = f"/proc/{self.daemon.process.pid}/task"
        return all(") T " in open(f"{tasks}/{thread}/stat").read() for thread in os.listdir(tasks))

    def test_a_request_about_which_nothing_was_done_has_its_record(self):
        names = NameServer(silent=True)
        self.addCleanup(names.close)
        self.daemon = self.start(f"""
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}]
resolver: {{servers: 127.0.0.1:{names.port}, timeout: 60s}}
timeouts: {{connect: 60s, drain: 1s}}
""")
        self.port = self.daemon.port("apps")
        gone, waiting = self.client(), self.client()
        gone.sendall(self.request(80, "/gone", name="slow.test"))
        names.wait_for_question()
        reset(gone)
        record = self.daemon.exchanges(1)[0]
        self.assertEqual((record["path"], record["end"]["by"], record["end"]["how"]), ("/gone", "client", "client_gone"))
        waiting.sendall(self.request(80, "/drained", name="slower.test"))
        names.wait_for_question()
        self.daemon.signal(signal.SIGTERM)
        self.assertTrue(answer_on(waiting)[0].startswith("HTTP/1.1 503 "))
        record = self.daemon.exchanges(2)[1]
        self.assertEqual((record["path"], record["status"], record["end"]["how"]), ("/drained", 503, "drain"))
        self.assertEqual([r["exchanges"] for r in self.daemon.records(2)], [1, 1])

    def test_a_client_that_leaves_in_order_after_an_empty_line_is_not_reset(self):
        origin = KeptOrigin(self)
        self.begin()
        client = self.client()
        client.sendall(self.request(origin, method="POST", content=b"x") + b"\r\n")
        client.shutdown(socket.SHUT_WR)
        self.assertEqual(answer_on(client)[1], b"ok\n")
        self.assert_ends(client)

    def test_a_client_that_resets_within_an_answer_is_told_from_an_origin_that_does(self):
        stalled = threading.Event()

        def serve(connection):
            receive_until(connection, b"\r\n\r\n")
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
            connection.settimeout(0.5)
            try:
                while True:
                    connection.sendall(bytes(65536))
            except TimeoutError:
                stalled.set()
                connection.settimeout(WAIT)
                receive_all(connection)

        server = self.origin(serve, tls=False)
        self.begin()
        client = self.client()
        client.sendall(self.request(server.port))
        self.assertTrue(stalled.wait(WAIT))
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        end = self.daemon.record()["end"]
        self.assertEqual((end["by"], end["how"]), ("client", "reset"))
        self.assertEqual(self.daemon.exchanges(1)[0]["end"]["by"], "client")

    def test_a_client_that_resets_with_much_pipelined_is_missed_at_once(self):
        left = threading.Event()

        def serve(connection):
            receive_until(connection, b"\r\n\r\n")
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
            try:
                while True:
                    connection.sendall(bytes(65536))
            except OSError:
                left.set()

        server = self.origin(serve, tls=False)
        self.begin()
        client = self.client()
        client.sendall(self.request(server.port) * 5000)  # more than is held
        receive(client, 1_000_000)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        end = self.daemon.record()["end"]
        self.assertEqual((end["by"], end["how"]), ("client", "reset"))
        self.assertTrue(left.wait(WAIT))


if __name__ == "__main__":
    unittest.main()
