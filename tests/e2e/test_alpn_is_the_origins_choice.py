"""The client is answered the application protocol that the origin chose among those the client offered, or none."""
import unittest

from entries import connect, secure
from harness import Case, run
from programs import nginx, openssl_server
from raw import handshake_fault

NAME = "origin.test"


class Alpn(Case):
    def start_with(self, *ports):
        self.daemon = self.start(f"""
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}]
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {self.hosts(**{NAME: "127.0.0.1"})}}}
""")

    def curl(self, port, *arguments):
        return run("curl", "-sS", *arguments, "--proxy", f"http://127.0.0.1:{self.daemon.port('apps')}", "--cacert",
                   self.daemon.ca, "-w", "%{http_version}", f"https://{NAME}:{port}/")

    def test_nginx_speaks_http_2_to_curl_through_the_proxy(self):
        port = nginx(self, self.authority.leaf(NAME), 'LISTEN ssl http2; location / { return 200 "from nginx "; }')
        self.start_with()
        done = self.curl(port, "--http2")
        self.assertEqual(done.stdout, "from nginx 2", done.stderr)
        self.assertEqual(self.daemon.record()["alpn"], "h2")
        done = self.curl(port, "--http1.1")
        self.assertEqual(done.stdout, "from nginx 1.1", done.stderr)
        self.assertEqual(self.daemon.record()["alpn"], "http/1.1")

    def test_an_origin_of_http_1_only_makes_a_client_that_offers_h2_speak_1(self):
        origin = self.origin(alpn=["http/1.1"])
        self.start_with()
        done = self.curl(origin.port, "--http2")
        self.assertEqual(done.stdout, "hello from the origin\n1.1", done.stderr)
        self.assertEqual(self.daemon.record()["alpn"], "http/1.1")

    def test_an_origin_without_alpn_chooses_none(self):
        origin = self.origin()
        self.start_with()
        client = secure(connect(self.daemon.port("apps"), NAME, origin.port), self.client_context(self.daemon), NAME,
                        ["h2", "http/1.1"])
        self.assertIsNone(client.selected_alpn_protocol())
        client.close()
        self.assertNotIn("alpn", self.daemon.record())

    def test_a_protocol_that_nobody_has_heard_of_is_passed_on(self):
        origin = self.origin(lambda connection: connection.sendall(connection.selected_alpn_protocol().encode()), alpn=["acme-x/7"])
        self.start_with()
        client = secure(connect(self.daemon.port("apps"), NAME, origin.port), self.client_context(self.daemon), NAME,
                        ["h2", "acme-x/7"])
        self.assertEqual(client.selected_alpn_protocol(), "acme-x/7")
        self.assertEqual(client.recv(100), b"acme-x/7")
        client.close()

    def test_b12_an_origin_that_wants_another_one_is_believed(self):
        """Its alert no_application_protocol is the client's (RFC 7301 section 3.2)."""
        _, port = openssl_server(self, self.authority.leaf(NAME), "-alpn", "h2")
        self.start_with()
        context = self.client_context(self.daemon)
        context.set_alpn_protocols(["acme-x/7"])
        fault = handshake_fault(connect(self.daemon.port("apps"), NAME, port), context, NAME)
        self.assertRegex(fault, "alert no.application.protocol")
        end = self.daemon.record()["end"]
        self.assertEqual((end["by"], end["how"], end["step"]), ("upstream", "alert", "upstream-handshake"))
        self.assertIn("no_application_protocol", end["detail"])


if __name__ == "__main__":
    unittest.main()
