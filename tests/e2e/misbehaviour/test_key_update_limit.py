"""limits.key_updates_per_minute counts for each connection by itself; 0 allows none; the origin's are not counted."""
import unittest

from stage import Stage
from wire import DATA, HANDSHAKE, message

UPDATE = message(24, b"\0")


def update(wire, times=1):
    for _ in range(times):
        wire.send(HANDSHAKE, UPDATE)
        wire.ours = wire.ours.next()


class KeyUpdateLimit(Stage):
    extra = "limits: {key_updates_per_minute: 2}"

    def assert_ended_by_the_limit(self, client):
        self.assertEqual(client.ending(), "alert unexpected_message")
        client.connection.close()
        self.ended("proxy", "limit", "relay", "too many key updates by the client")

    def test_it_is_of_each_connection(self):
        clients = [self.client("1.3") for _ in range(3)]
        for client in clients:
            update(client, 2)
            client.send(DATA, b"word")
            self.assertEqual(client.receive_data(4), b"word")
        for client in clients:
            client.connection.close()
        self.assertEqual({each["end"]["how"] for each in self.daemon.records(3)}, {"fin"})  # all was answered

    def test_one_more_is_too_much(self):
        client = self.client("1.3")
        update(client, 3)
        self.assert_ended_by_the_limit(client)

    def test_the_origins_are_not_counted(self):
        def speak(connection):
            origin = self.origin(connection, "1.3")
            update(origin, 10)
            origin.send(DATA, b"word")

        self.assertEqual(self.visit(speak, "1.3"), (b"word", "truncated"))
        self.ended("upstream", "truncated", "relay")


class NoKeyUpdates(Stage):
    extra = "limits: {key_updates_per_minute: 0}"
    assert_ended_by_the_limit = KeyUpdateLimit.assert_ended_by_the_limit

    def test_0_allows_none(self):
        client = self.client("1.3")
        update(client)
        self.assert_ended_by_the_limit(client)


if __name__ == "__main__":
    unittest.main()
