"""Both sides end in order: the side that ended first is told to the other in its own protocol, and recorded."""
import unittest

from harness import Case, server_context
from raw import Secured, read_to_end, secure, tunnel

CONFIG = """
listeners: [{name: apps, address: "127.0.0.1:0", mode: explicit}]
upstream: {trust: [system, origin-ca.pem]}
"""


class EndingsInOrder(Case):
    def meet(self, handler):
        """A daemon, and a client whose TLS session with the origin's handler stands."""
        context = server_context(self.authority.leaf("localhost"))
        origin = self.origin(lambda connection: handler(Secured(connection, context)), tls=False)
        daemon = self.start(CONFIG)
        client = tunnel(daemon.port("apps"), f"localhost:{origin.port}")
        return daemon, secure(client, self.client_context(daemon), "localhost")

    def check(self, daemon, by, how):
        end = daemon.record()["end"]
        self.assertEqual((end["by"], end["how"], end["step"]), (by, how, "relay"))

    def test_an_origin_that_closes_its_tls_session_closes_the_client_s(self):
        daemon, client = self.meet(lambda origin: (origin.sendall(b"bye"), origin.close_notify(), read_to_end(origin)))
        self.assertEqual(read_to_end(client), (b"bye", "close_notify"))
        client.close_notify()
        client.close()
        self.check(daemon, "upstream", "close_notify")

    def test_a_client_that_closes_its_tls_session_still_hears_the_answer(self):
        def answer_after_end(origin):
            origin.sendall(b"you ended by " + read_to_end(origin)[1].encode())
            origin.close_notify()

        daemon, client = self.meet(answer_after_end)
        client.sendall(b"over")
        client.close_notify()
        self.assertEqual(read_to_end(client), (b"you ended by close_notify", "close_notify"))
        client.close()
        self.check(daemon, "client", "close_notify")

    def test_a_half_close_leaves_the_other_direction_open(self):
        self.authority  # the file that the configuration names
        origin = self.origin(lambda connection: connection.sendall(b"all of: " + read_to_end(connection)[0]), tls=False)
        daemon = self.start(CONFIG)
        client = tunnel(daemon.port("apps"), f"localhost:{origin.port}")
        client.sendall(b"plain words")
        client.shutdown(1)
        self.assertEqual(read_to_end(client), (b"all of: plain words", "fin"))
        self.check(daemon, "client", "fin")


if __name__ == "__main__":
    unittest.main()
