"""Plain HTTP that keeps its connections, where a side is slow, hostile or gone: nothing is hung, lost or walked past."""
import unittest

from forwarding import ForwardCase, KeptOrigin, answer_on


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


if __name__ == "__main__":
    unittest.main()
