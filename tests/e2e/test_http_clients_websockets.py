"""python-websockets over wss, inspected: messages of every kind and form are exact both ways, and counted in the record."""
import asyncio
import os
import ssl
import unittest

import websockets
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory, ServerPerMessageDeflateFactory

from echo_socket import echo
from harness import WAIT, server_context
from inspected import NAME, InspectedCase

TEXTS = ["", "hello", "ein Brückenblatt \N{BRIDGE AT NIGHT}", "again and again " * 500]


async def converse(socket, messages):
    """Each message comes back as it went; the octets of all."""
    octets = 0
    for message in messages:
        await socket.send(message)
        expected = message if isinstance(message, (str, bytes)) else type(message[0])().join(message)
        got = await socket.recv()
        assert got == expected, (got[:50], expected[:50])
        octets += len(expected.encode() if isinstance(expected, str) else expected)
    return octets


class Websockets(InspectedCase):
    def visit(self, conversation, origin=echo, **options):
        """Runs conversation(socket) with an origin; what it returned. `compression`: of both ends."""
        return asyncio.run(asyncio.wait_for(self._visit(conversation, origin, options), WAIT))

    async def _visit(self, conversation, origin, options):
        both = {"compression": None, "max_size": 1 << 24, **options}
        ours = {name: both.pop(name) for name in ("server_extensions", "client_extensions") if name in both}
        context = server_context(self.authority.leaf(NAME), ["http/1.1"])
        extensions = ours.get("server_extensions")
        async with websockets.serve(origin, "127.0.0.1", 0, ssl=context, extensions=extensions, **both) as server:
            self.begin(server.sockets[0].getsockname()[1])
            trust = ssl.create_default_context(cafile=self.daemon.ca)
            trust.set_alpn_protocols(["http/1.1"])
            async with websockets.connect(f"wss://{NAME}/socket?a=b", host="127.0.0.1", port=self.fixed, ssl=trust,
                                          server_hostname=NAME, extensions=ours.get("client_extensions"), **both) as socket:
                return await conversation(socket)

    def recorded(self, **facts):
        """The record of the only WebSocket, and its exchange's."""
        exchange, = self.complete(1, status=101, method="GET", path="/socket?a=b")
        socket, = self.sockets(1)
        self.assertEqual((socket["id"], socket["exchange"], socket["scheme"]), (exchange["id"], exchange["exchange"], "wss"))
        self.assertEqual({name: socket.get(name) for name in facts}, facts, socket)
        return socket

    def assert_echoed(self, messages, **options):
        octets = self.visit(lambda socket: converse(socket, messages), **options)
        socket = self.recorded(messages_up=len(messages), messages_down=len(messages), close_code=1000)
        self.assertEqual(socket["end"]["how"], "complete", socket)
        if not options:  # else they are compressed
            self.assertEqual((socket["bytes_up"], socket["bytes_down"]), (octets, octets))

    def test_text_and_binary(self):
        self.assert_echoed([*TEXTS, *(os.urandom(size) for size in (0, 1, 125, 126, 65535, 65536))])

    def test_fragments(self):
        self.assert_echoed([["one, ", "two, ", "", "three"], [os.urandom(70_000), b"", os.urandom(3)]])

    def test_a_mebibyte_each_way(self):
        self.assert_echoed([os.urandom(1 << 20), "x" * (1 << 20)])

    def test_compressed_with_context_takeover(self):
        self.assert_echoed(TEXTS * 3 + [os.urandom(100_000)], compression="deflate")

    def test_compressed_without_context_takeover(self):
        bare = {"server_no_context_takeover": True, "client_no_context_takeover": True}
        self.assert_echoed(TEXTS * 3, server_extensions=[ServerPerMessageDeflateFactory(**bare)],
                           client_extensions=[ClientPerMessageDeflateFactory(**bare)])

    def test_compressed_with_small_windows_and_fragments(self):
        small = {"server_max_window_bits": 9, "client_max_window_bits": 9}
        self.assert_echoed([*TEXTS, ["again " * 1000, "and again " * 1000]],
                           server_extensions=[ServerPerMessageDeflateFactory(**small)],
                           client_extensions=[ClientPerMessageDeflateFactory(**small)])

    def test_pings_from_both_ends_are_no_messages(self):
        async def ping_back(socket, _path=None):
            await asyncio.wait_for(await socket.ping(b"down"), WAIT)
            await echo(socket)

        async def ping(socket):
            for i in range(20):
                await (await socket.ping(f"up {i}"))
            return await converse(socket, ["between"])

        self.assertEqual(self.visit(ping, ping_back, ping_interval=None), 7)
        self.recorded(messages_up=1, messages_down=1, bytes_up=7, bytes_down=7, close_code=1000)

    def test_close_codes(self):
        async def say_no(socket, _path=None):
            await socket.recv()
            await socket.close(4321, "no more of this")

        async def hear(socket):
            await socket.send("and?")
            await socket.wait_closed()
            return socket.close_code, socket.close_reason

        self.assertEqual(self.visit(hear, say_no), (4321, "no more of this"))
        self.recorded(close_code=4321, messages_up=1, messages_down=0)

    def test_client_that_closes_with_a_code_of_its_own(self):
        self.visit(lambda socket: socket.close(1001, "going away"))
        self.recorded(close_code=1001, messages_up=0, messages_down=0)

    def test_connection_that_dies(self):
        async def vanish(socket):
            await socket.send("last words")
            await socket.recv()
            socket.transport.abort()
            await socket.wait_closed()
            await asyncio.to_thread(self.sockets, 1)  # before the origin is stopped, which would say Close

        self.visit(vanish)
        socket = self.recorded(messages_up=1, messages_down=1)
        self.assertEqual(socket["end"]["by"], "client")
        self.assertIn(socket["end"]["how"], ("reset", "truncated"))
        self.assertNotIn("close_code", socket)


if __name__ == "__main__":
    unittest.main()
