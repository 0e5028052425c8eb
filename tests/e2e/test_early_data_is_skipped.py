"""A client that comes with the origin's own ticket, from before it was intercepted, and sends early data is served: what it
sends early is skipped, up to 1 MiB (RFC 8446 section 4.2.10)."""
import unittest

from harness import Case, until
from programs import Program, openssl_server

CONFIG = """
listeners: [{{name: fixed, address: "127.0.0.1:0", mode: forward, target: "origin.test:{port}"}}]
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {hosts}}}
"""


class EarlyData(Case):
    def test_it_is_skipped(self):
        origin, port = openssl_server(self, self.authority.leaf("origin.test"), "-tls1_3", "-early_data", "-no_anti_replay",
                                      "-max_early_data", "1000000", "-recv_max_early_data", "1000000")
        daemon = self.start(CONFIG.format(port=port, hosts=self.hosts(**{"origin.test": "127.0.0.1"})))
        session, early = f"{self.folder}/session", f"{self.folder}/early"
        for size in (100, 20_000, 900_000):
            with self.subTest(size):
                with open(early, "w") as file:
                    file.write("a" * size)
                self.talk(origin, port, self.authority.certificate, "-sess_out", session)
                self.talk(origin, daemon.port("fixed"), daemon.ca, "-sess_in", session, "-early_data", early)
                self.assertIn("client_tls", daemon.record())

    def talk(self, origin, port, ca, *more):
        """One connection on which the server's word arrives."""
        client = Program(self, ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", "origin.test", "-CAfile", ca,
                                "-tls1_3", *more], stdin=-1)
        client.says("Verify return code|Early data was")
        word = f"word-{port}-{len(more)}"
        until(lambda: self.heard(origin, client, word), "the server's word arrives")
        client.process.stdin.close()
        client.process.wait()
        client.reader.join()

    @staticmethod
    def heard(origin, client, word):
        origin.process.stdin.write(word + "\n")
        origin.process.stdin.flush()
        return word in client.output


if __name__ == "__main__":
    unittest.main()
