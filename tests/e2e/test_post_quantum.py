"""Post-quantum key exchange is mirrored on both legs where OpenSSL has it (3.5): offered if and only if the client offers it,
with the key shares that the client sent, and the client is answered with the group that the origin chose. Where OpenSSL has
none, the start says so once, records say `downgraded`, and `post_quantum: require` refuses rather than downgrades."""
import queue
import ssl
import unittest

from chromium import command
from harness import WAIT, Case, Server, answer_http, run
from hello import Hello, client_hello
from hellos import Parts, vector
from programs import gnutls_server, openssl_server
from raw import Secured, dial

NAME = "origin.test"
GROUPS = {"X25519MLKEM768": 4588, "SecP256r1MLKEM768": 4587, "SecP384r1MLKEM1024": 4589, "MLKEM768": 513}
LISTED = run("openssl", "list", "-kem-algorithms").stdout
CAN = "X25519MLKEM768" in LISTED  # what is linked by the daemon: both are Debian's
SUPPORTED_GROUPS, KEY_SHARE = 10, 51


class Both(Case):
    """On any OpenSSL."""

    def begin(self, port, more="", upstream=""):
        self.daemon = self.start(f"""
listeners:
  - {{name: fixed, address: "127.0.0.1:0", mode: forward, target: "{NAME}:{port}"}}
  - {{name: apps, address: "127.0.0.1:0", mode: explicit}}
upstream: {{trust: [origin-ca.pem]{upstream}}}
resolver: {{hosts: {self.hosts(**{NAME: "127.0.0.1"})}}}
{more}
""")
        return self.daemon

    def assert_groups(self, client, upstream, downgraded=None):
        record = self.daemon.record()
        self.assertEqual((record.get("client_tls", {}).get("group"), record.get("upstream_tls", {}).get("group")),
                         (client, upstream), record)
        self.assertEqual(record.get("downgraded"), downgraded)
        return record

    def ended_by_require(self, parts):
        with dial(self.daemon.port("fixed")) as client:
            client.sendall(parts.records())
            self.assertEqual(client.recv(100), b"\x15\x03\x03\0\2\2\x31")  # access_denied
        return self.daemon.record()


def offering_hybrids():
    """A hello as a client's of today, from any OpenSSL."""
    groups = b"".join(number.to_bytes(2, "big") for number in (4588, 29, 23))
    parts = Parts(NAME, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    own = parts.extension(KEY_SHARE)[2:]
    shares = own[own.index(b"\0\x1d\0\x20"):][:36]
    hybrid = (4588).to_bytes(2, "big") + vector(bytes(1216), 2)
    return parts.with_extension(SUPPORTED_GROUPS, vector(groups, 2)).with_extension(KEY_SHARE, vector(hybrid + shares, 2))


class PostQuantum(Both):
    def test_the_start_says_once_what_openssl_cannot(self):
        self.authority
        self.begin(9)
        said = [event for event in self.daemon.events if event["event"] == "no_post_quantum"]
        self.assertEqual(len(said), 0 if CAN else 1)

    def test_require_warns_at_start_where_it_refuses(self):
        self.authority
        self.begin(9, upstream=", post_quantum: require")
        said = [event["message"] for event in self.daemon.events if event["event"] == "post_quantum_missing"]
        self.assertEqual(len(said), 0 if CAN else 1)

    def by_chromium(self, server):
        """The record of its connection."""
        daemon = self.begin(server.port)
        argv, environment = command(self, daemon)
        done = run(*argv, "--dump-dom", f"https://{NAME}:{server.port}/", timeout=90, env=environment)
        self.assertIn("shown", done.stdout, done.stderr + "".join(daemon.lines))
        return next(r for r in iter(daemon.record, None) if r["target"] == f"{NAME}:{server.port}" and "client_tls" in r)

    def test_chromium(self):
        record = self.by_chromium(self.origin(answer_http(b"<p>shown</p>")))
        groups = {record[leg]["group"] for leg in ("client_tls", "upstream_tls")}
        self.assertEqual(groups, {"X25519MLKEM768" if CAN else "x25519"})
        self.assertEqual(record.get("downgraded"), None if CAN else ["post-quantum"])

    def test_with_an_origin_of_tls_1_2_chromium_loses_nothing(self):
        record = self.by_chromium(self.origin(answer_http(b"<p>shown</p>"), maximum=ssl.TLSVersion.TLSv1_2))
        self.assertEqual(record["client_tls"]["version"], "TLSv1.2")
        self.assertNotIn("downgraded", record)

    def test_require_refuses_only_who_would_be_downgraded(self):
        server = self.origin()
        daemon = self.begin(server.port, upstream=", post_quantum: require", more="""
rules: [{name: all, match: {listener: fixed}, action: intercept, error_page: off}]""")
        if not CAN:
            record = self.ended_by_require(offering_hybrids())
            end = record["end"]
            self.assertEqual((end["by"], end["how"], end["step"]), ("proxy", "denied", "upstream-handshake"))
            self.assertIn("X25519MLKEM768", end["detail"])
            self.assertIn("post_quantum", end["detail"])
            self.assertNotIn("upstream_tls", record)
        context = self.client_context(daemon)  # with OpenSSL 3.5 it offers X25519MLKEM768
        with dial(daemon.port("fixed")) as connection:
            client = Secured(connection, context, NAME)
            client.sendall(b"GET / HTTP/1.0\r\n\r\n")
            self.assertIn(b"hello from the origin", client.recv(65536) + client.recv(65536))
        group = "X25519MLKEM768" if CAN else "x25519"
        self.assert_groups(group, group)

    def test_other_downgrades_are_told(self):
        _, port = openssl_server(self, self.authority.leaf(NAME, rsa=True), "-tls1_2", "-cipher", "ECDHE-RSA-AES256-SHA384", "-rev")
        daemon = self.begin(port)
        context = self.client_context(daemon)
        context.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-SHA384")
        with dial(daemon.port("fixed")) as connection:
            Secured(connection, context, NAME)
        record = daemon.record()
        self.assertEqual(record["client_tls"]["cipher"], "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")
        self.assertEqual(record["downgraded"], ["cipher"])

    def test_a_suite_that_the_client_does_not_offer_is_told(self):
        _, port = openssl_server(self, self.authority.leaf(NAME), "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256", "-rev")
        daemon = self.begin(port, upstream=", hello: own")
        context = self.client_context(daemon)
        context.set_ciphers("ECDHE-ECDSA-AES256-GCM-SHA384")
        with dial(daemon.port("fixed")) as connection:
            Secured(connection, context, NAME)
        self.assertEqual(daemon.record()["downgraded"], ["cipher"])


@unittest.skipUnless(CAN, "this OpenSSL has no post-quantum groups")
class Hybrids(Both):
    """Where both ends and we can."""

    def origin_with(self, *arguments):
        _, port = openssl_server(self, self.authority.leaf(NAME), "-rev", *arguments)
        return port

    def talk(self, *arguments):
        """How many ServerHellos an `openssl s_client` gets."""
        done = run("openssl", "s_client", "-connect", f"127.0.0.1:{self.daemon.port('fixed')}", "-servername", NAME, "-CAfile",
                   self.daemon.ca, "-verify_return_error", "-msg", "-ign_eof", *arguments, input="there\nCLOSE\n")
        self.assertIn("ereht", done.stdout, done.stderr)
        return done.stdout.count("ServerHello")

    def test_what_both_ends_choose_by_themselves(self):
        self.begin(self.origin_with())
        self.assertEqual(self.talk(), 1)
        self.assert_groups("X25519MLKEM768", "X25519MLKEM768")

    def test_each_group(self):
        self.begin(self.origin_with("-groups", ":".join([*GROUPS, "X25519"])))
        for group in GROUPS:
            with self.subTest(group):
                self.talk("-groups", f"{group}:X25519")
                self.assert_groups(group, group)

    def test_the_origin_that_has_none_decides(self):
        for origin in (self.origin_with("-groups", "X25519"), gnutls_server(self, self.authority.leaf(NAME), "--echo")[1]):
            self.begin(origin, upstream=", post_quantum: require")
            with dial(self.daemon.port("fixed")) as connection:
                Secured(connection, self.client_context(self.daemon), NAME)
            self.assert_groups("x25519", "x25519")

    def test_a_gnutls_client_that_offers_none_gets_none(self):
        self.begin(self.origin_with())
        done = run("gnutls-cli", "--x509cafile", self.daemon.ca, "--sni-hostname", NAME, "--verify-hostname", NAME, "--port",
                   self.daemon.port("fixed"), "127.0.0.1", input="there\nCLOSE\n")
        self.assertIn("The certificate is trusted", done.stdout, done.stderr)
        record = self.daemon.record()
        self.assertNotIn("MLKEM", record["upstream_tls"]["group"])
        self.assertEqual(record["client_tls"]["group"], record["upstream_tls"]["group"])

    def test_hello_retry_request_on_both_legs(self):
        self.begin(self.origin_with("-groups", "X25519MLKEM768"))
        self.assertEqual(self.talk("-groups", "*X25519:X25519MLKEM768"), 2)
        self.assert_groups("X25519MLKEM768", "X25519MLKEM768")

    def test_a_session_is_resumed_with_one(self):
        self.begin(self.origin_with())
        session = f"{self.folder}/session"
        self.talk("-sess_out", session)
        self.assertFalse(self.assert_groups("X25519MLKEM768", "X25519MLKEM768")["client_tls"]["resumed"])
        self.talk("-sess_in", session)
        record = self.assert_groups("X25519MLKEM768", "X25519MLKEM768")
        self.assertEqual([record[leg]["resumed"] for leg in ("client_tls", "upstream_tls")], [True, True])

    def test_our_own_hello_offers_what_the_client_does(self):
        self.begin(self.origin_with(), upstream=", hello: own")
        self.talk()
        self.assert_groups("X25519MLKEM768", "X25519MLKEM768")
        self.talk("-groups", "X25519:P-256")
        self.assert_groups("x25519", "x25519")

    def test_a_hello_of_two_kilobytes_in_many_segments(self):
        self.begin(self.origin_with())

        class InPieces:
            """A socket whose sends are of a hundred octets, each acknowledged by the peer's kernel before the next."""

            def __init__(self, connection):
                self.connection, self.recv, self.sent = connection, connection.recv, []

            def sendall(self, data):
                self.sent.append(len(data))
                for at in range(0, len(data), 100):
                    self.connection.sendall(data[at:at + 100])

        context = self.client_context(self.daemon)
        context.set_alpn_protocols([f"acme/{i:03}" + 30 * "x" for i in range(16)] + ["http/1.1"])
        with dial(self.daemon.port("fixed")) as connection:
            pieces = InPieces(connection)
            client = Secured(pieces, context, NAME)
            client.sendall(b"there\n")
            self.assertEqual(client.recv(100), b"ereht\n")
        self.assertGreater(pieces.sent[0], 2000)
        self.assert_groups("X25519MLKEM768", "X25519MLKEM768")


@unittest.skipUnless(CAN, "this OpenSSL has no post-quantum groups")
class HelloUpstream(Both):
    """What the origin sees of the groups."""

    def seen_for(self, records, upstream=""):
        seen = queue.Queue()
        watcher = Server(lambda connection: seen.put(read_hello(connection)))
        self.addCleanup(watcher.close)
        self.authority
        self.begin(watcher.port, upstream=upstream)
        with dial(self.daemon.port("fixed")) as connection:
            connection.sendall(records)
            connection.recv(100)
        return Hello(seen.get(timeout=WAIT))

    def test_groups_and_key_shares_are_the_clients(self):
        sent = offering_hybrids().records()
        seen = self.seen_for(sent)
        self.assertEqual((seen.groups, seen.shares), ([4588, 29, 23], [4588, 29]))

    def test_none_are_offered_for_a_client_that_offers_none(self):
        parts = Parts(NAME)
        own = parts.extension(KEY_SHARE)[2:]
        parts.with_extension(SUPPORTED_GROUPS, vector(b"\0\x1d\0\x17", 2))
        parts.with_extension(KEY_SHARE, vector(own[own.index(b"\0\x1d\0\x20"):][:36], 2))
        for hello in ("", ", hello: own"):
            seen = self.seen_for(parts.records(), hello)
            self.assertFalse(set(GROUPS.values()) & {*seen.groups, *seen.shares})

    def test_a_key_share_is_left_out_where_the_client_left_it_out(self):
        octets = client_hello(NAME)
        direct = Hello(octets)
        self.assertIn(4588, direct.groups)
        parts = offering_hybrids()
        own = parts.extension(KEY_SHARE)[2:]
        parts.with_extension(KEY_SHARE, vector(own[own.index(b"\0\x1d\0\x20"):][:36], 2))
        seen = self.seen_for(parts.records())
        self.assertEqual((seen.groups, seen.shares), ([4588, 29, 23], [29]))


def read_hello(connection):
    """The whole of it, however large."""
    octets = connection.recv(65536)
    while len(octets) < 5 + int.from_bytes(octets[3:5], "big"):
        octets += connection.recv(65536)
    return octets


if __name__ == "__main__":
    unittest.main()
