"""Through the relay, TLS 1.2 and 1.3: the first octet goes on at once; whatever end one side makes of its direction, the other
direction goes on with all that is still to come; HTTP/1.1 and HTTP/2 arrive byte for byte."""
import socket
import unittest

from harness import until
from raw import fault_in
from stage import NAME, Stage, client_context
from wire import ALERT, DATA

LATE = b"said after the other side had ended\n" * 6000
HTTP_1 = (b"POST /a%20b?c HTTP/1.1\r\nhost:origin.test\r\nX-odd:  two  spaces \r\nx-ODD:\t\r\nTransfer-Encoding: chunked\r\n"
          b"Expect: 100-continue\r\n\r\n0005;ext=\"1\"\r\n\0\r\n\xff!\r\n00\r\nTrailer: t\r\n\r\n",
          b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 Odd  reason\r\nDATE: never\r\nset-cookie: a\r\nSet-Cookie: b\r\n"
          b"Connection: close\r\n\r\nto the end")
# RFC 9113: the preface, SETTINGS with an unknown one, a PING, an unknown frame, PRIORITY, HEADERS with padding and priority and a
# field that goes into the table; DATA with padding, GOAWAY.
HEAD = b"\2\0\0\0\0\x10" + b"\x82\x87\x84\x41\x0borigin.test" + b"\0\0"
HTTP_2 = (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\x06\4\0\0\0\0\0\x1a\x1a\0\0\0\1" + b"\0\0\x08\6\0\0\0\0\0pingpong" +
          b"\0\0\3\xfe\x55\0\0\0\1abc" + b"\0\0\5\2\0\0\0\0\3\0\0\0\0\x10" +
          len(HEAD).to_bytes(3, "big") + b"\1\x2d\0\0\0\1" + HEAD,
          b"\0\0\0\4\0\0\0\0\0" + b"\0\0\0\4\1\0\0\0\0" + b"\0\0\x08\6\1\0\0\0\0pingpong" + b"\0\0\1\1\4\0\0\0\1\x88" +
          b"\0\0\x09\0\x09\0\0\0\1\4data\0\0\0\0" + b"\0\0\x08\7\0\0\0\0\0\0\0\0\1\0\0\0\0")


def close_notify(wire):
    wire.send(ALERT, b"\1\0")


def truncate(wire):
    wire.connection.shutdown(socket.SHUT_WR)


class Fidelity(Stage):
    def converse(self, version, client_part, origin_part, contexts=(None, None)):
        """Both ends run their part; what each part returned."""
        results = []

        def serve(connection):
            try:
                results.append(origin_part(self.origin(connection, version)))
            except (OSError, TypeError) as error:
                results.append(fault_in(error))

        self.script = serve
        client = self.client(version, listener="evil", context=contexts[0])
        said = client_part(client)
        until(lambda: results, "the origin's part is over")
        client.connection.close()
        return said, results[0]

    def test_the_first_octet_waits_for_nothing(self):
        def ask(client):
            for octet in b"octets":
                client.send(DATA, bytes([octet]))
                self.assertEqual(client.receive_data(1), bytes([octet ^ 32]))
            close_notify(client)

        def answer(origin):
            for _ in range(6):
                origin.send(DATA, bytes([origin.receive_data(1)[0] ^ 32]))
            self.assertEqual(origin.ending(), "close_notify")

        for version in ("1.2", "1.3"):
            with self.subTest(version):
                self.converse(version, ask, answer)
                record = self.ended("client", "close_notify", "relay")
                self.assertEqual((record["bytes_up"], record["bytes_down"]), (6, 6))

    def test_an_end_of_one_direction_is_no_end_of_the_other(self):
        def stop(end):
            def part(wire):
                wire.send(DATA, b"the last word")
                end(wire)
                data = wire.receive_data(len(LATE))
                return data == LATE, wire.ending()

            return part

        def go_on(wire):
            heard = wire.receive_data(13), wire.ending()
            for at in range(0, len(LATE), 16000):
                wire.send(DATA, LATE[at:at + 16000])
            close_notify(wire)
            return heard

        for version in ("1.2", "1.3"):
            for end, how in ((close_notify, "close_notify"), (truncate, "truncated")):
                with self.subTest(f"{how} by the client, TLS {version}"):
                    stopped, went_on = self.converse(version, stop(end), go_on)
                    self.assertEqual((stopped, went_on), ((True, "close_notify"), (b"the last word", how)))
                    self.ended("client", how, "relay")
                with self.subTest(f"{how} by the origin, TLS {version}"):
                    went_on, stopped = self.converse(version, go_on, stop(end))
                    self.assertEqual((stopped, went_on), ((True, "close_notify"), (b"the last word", how)))
                    self.ended("upstream", how, "relay")

    def test_http_is_passed_byte_for_byte(self):
        for name, (question, answer) in (("HTTP/1.1", HTTP_1), ("HTTP/2", HTTP_2)):
            with self.subTest(name):
                context = client_context()
                context.set_alpn_protocols(["h2" if name == "HTTP/2" else "http/1.1"])

                def ask(client):
                    client.send(DATA, question)
                    got = client.receive_data(len(answer))
                    close_notify(client)
                    return got

                def reply(origin):
                    got = origin.receive_data(len(question))
                    origin.send(DATA, answer)
                    close_notify(origin)
                    return got

                self.assertEqual(self.converse(None, ask, reply, (context, None)), (answer, question))
                self.assertEqual(self.daemon.record()["end"]["how"], "close_notify")
                self.serves_the_next()


if __name__ == "__main__":
    unittest.main()
