"""Whatever two ends may legally say in HTTP/1.1 and HTTP/2 arrives at the other one octet for octet, over TLS, cut anywhere:
random conversations. BASCULE_TEST_SEED repeats one; a failure names it."""
import os
import queue
import random
import threading
import unittest

import random_http1
from harness import WAIT, Server, server_context
from inspected import NAME, InspectedCase
from random_http import DOWN, UP, Chance
from random_http2 import Conversation
from raw import Secured, read_to_end
from stage import at_once, client_context, dial

SEED = int(os.environ.get("BASCULE_TEST_SEED", 20261127))
CONNECTIONS = 10  # of each version, each with so many exchanges and a seed of its own
EXCHANGES = 40


class Passage(InspectedCase):
    def setUp(self):
        super().setUp()
        self.origins, self.over, self.leaf = queue.Queue(), threading.Event(), self.authority.leaf(NAME)
        server = Server(self.serve)
        self.addCleanup(server.close)
        self.addCleanup(self.over.set)
        self.begin(server.port, "timeouts: {first_bytes: 20s}")

    def serve(self, connection):
        connection.settimeout(WAIT)
        self.origins.put(Secured(at_once(connection), server_context(self.leaf, ["h2", "http/1.1"])))
        self.over.wait()

    def connect(self, version, alpn):
        context = client_context(version)
        context.set_alpn_protocols([alpn])
        client = Secured(at_once(dial(self.fixed)), context, NAME)
        self.addCleanup(client.close)
        return {UP: client, DOWN: self.origins.get()}

    def carry(self, chance, ends, said):
        """Both ends speak at the same time; each hears what the other said."""
        largest = chance.choice((3, 50, 1000, 20_000))
        pieces = {side: chance.cut(octets, largest) for side, octets in said.items()}
        while speaking := [side for side in pieces if pieces[side]]:
            side = chance.choice(speaking)
            ends[side].sendall(pieces[side].pop(0))
        for side, octets in said.items():
            heard = b""
            while len(heard) < len(octets) and (piece := ends[not side].recv(len(octets) - len(heard))):
                heard += piece
            self.assertEqual(heard, octets)

    def converse(self, chance, alpn, steps):
        """On a connection of its own; the record of it."""
        ends, octets = self.connect(chance.choice(("1.2", "1.3")), alpn), {UP: 0, DOWN: 0}
        for up, down in steps:
            self.carry(chance, ends, {UP: up, DOWN: down})
            octets = {UP: octets[UP] + len(up), DOWN: octets[DOWN] + len(down)}
        for side in (UP, DOWN):
            ends[side].close_notify()
            self.assertEqual(read_to_end(ends[not side]), (b"", "close_notify"))
        record = self.daemon.record()
        self.assertEqual((record["bytes_up"], record["bytes_down"]), (octets[UP], octets[DOWN]))
        self.assertEqual((record["http"], record["end"]["how"]), ("watched", "close_notify"), record)
        return record

    def talk(self, alpn, steps_of):
        """`steps_of` is given chances, and returns the steps and a function that tells how many exchanges they had."""
        for seed in range(SEED, SEED + CONNECTIONS):
            with self.subTest(f"BASCULE_TEST_SEED={seed}"):
                chance = Chance(random.Random(seed))
                steps, exchanges = steps_of(chance)
                self.assertEqual(self.converse(chance, alpn, steps)["exchanges"], exchanges())

    def test_http1(self):
        self.talk("http/1.1", lambda chance: (random_http1.conversation(chance, EXCHANGES), lambda: EXCHANGES))

    def test_http2(self):
        def steps_of(chance):
            conversation = Conversation(chance)
            return conversation.steps(EXCHANGES), lambda: conversation.exchanges

        self.talk("h2", steps_of)


if __name__ == "__main__":
    unittest.main()
