"""Each exchange of HTTP/2 has a record, between curl, h2load or a client of our own and nginx or nghttpd; what RFC 9113 calls
malformed, and floods, reach nobody."""
import shutil
import socket
import struct
import unittest

from h2_frames import PREFACE, frame
from harness import Case, run, until
from programs import nginx

NAME = "origin.test"
SERVER = """LISTEN ssl http2; location /new { return 201 made; } location /gone { return 404; }
location / { root ROOT/files; dav_methods PUT; create_full_put_path on; }"""


def literal(name, value):
    """A field as HPACK has it without any table (RFC 7541 section 6.2.2)."""
    return b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value


def request(stream, path=b"/", flags=5, extra=()):
    fields = [(b":method", b"GET"), (b":scheme", b"https"), (b":authority", NAME.encode()), (b":path", path), *extra]
    return frame(1, flags, stream, b"".join(literal(*field) for field in fields))


def read_frames(client):
    """All frames until the end: (type, flags, stream, payload)."""
    data, frames = b"", []
    try:
        while piece := client.recv(65536):
            data += piece
    except OSError:
        pass
    while len(data) >= 9:
        size = int.from_bytes(data[:3], "big")
        frames.append((data[3], data[4], int.from_bytes(data[5:9], "big"), data[9:9 + size]))
        data = data[9 + size:]
    return frames


class Http2(Case):
    def begin(self, config=""):
        self.nginx = nginx(self, self.authority.leaf(NAME), SERVER)
        self.daemon = self.start(f"""
listeners:
  - {{name: apps, address: "127.0.0.1:0", mode: explicit}}
  - {{name: fixed, address: "127.0.0.1:0", mode: forward, target: "{NAME}:{self.nginx}"}}
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {self.hosts(**{NAME: "127.0.0.1"})}}}
{config}
""")

    def curl(self, *arguments):
        return run("curl", "-sS", "--http2", "--proxy", f"http://127.0.0.1:{self.daemon.port('apps')}", "--cacert", self.daemon.ca,
                   *arguments)

    def client(self):
        raw = socket.create_connection(("127.0.0.1", self.daemon.port("fixed")), timeout=20)
        context = self.client_context(self.daemon)
        context.set_alpn_protocols(["h2"])
        client = context.wrap_socket(raw, server_hostname=NAME)
        self.addCleanup(client.close)
        client.sendall(PREFACE + frame(4, 0, 0))
        return client

    def test_curl_over_one_connection(self):
        self.begin()
        url = f"https://{NAME}:{self.nginx}"
        done = self.curl(f"{url}/new?a=b", "-o", f"{self.folder}/new", "-H", "X-One: 1", f"{url}/gone", "-o", f"{self.folder}/gone")
        self.assertEqual(done.returncode, 0, done.stderr)
        connection = self.daemon.record()
        self.assertEqual((connection["alpn"], connection["http"], connection["exchanges"]), ("h2", "watched", 2))
        self.assertIn(connection["end"]["how"], ("fin", "close_notify"))
        first, second = self.daemon.exchanges(2)
        self.assertEqual((first["exchange"], first["stream"], second["exchange"]), (1, 1, 2))
        self.assertGreater(second["stream"], first["stream"])
        self.assertEqual((first["version"], first["upstream_version"], first["method"], first["scheme"]), ("2", "2", "GET", "https"))
        self.assertEqual((first["authority"], first["path"]), (f"{NAME}:{self.nginx}", "/new?a=b"))
        self.assertEqual((first["status"], second["status"]), (201, 404))
        self.assertEqual(first["response"]["body_bytes"], 4)
        self.assertGreater(first["request"]["head_bytes"], 9)
        self.assertEqual(first["end"], {"by": "upstream", "how": "complete"})

    def test_uploads_in_parallel(self):
        self.begin()
        with open(f"{self.folder}/body", "wb") as file:
            file.write(bytes(300_000))
        transfers = []
        for i in range(8):
            transfers += ["-T", f"{self.folder}/body", f"https://{NAME}:{self.nginx}/up{i}"]
        done = self.curl("--parallel", "--fail", *transfers)
        self.assertEqual(done.returncode, 0, done.stderr)
        records = self.daemon.exchanges(8)
        self.assertEqual({r["path"] for r in records}, {f"/up{i}" for i in range(8)})
        self.assertEqual({r["request"]["body_bytes"] for r in records}, {300_000})
        self.assertEqual({r["end"]["how"] for r in records}, {"complete"})

    @unittest.skipUnless(shutil.which("h2load"), "h2load is not here")
    def test_many_streams(self):
        self.begin()
        done = run("h2load", "-n", "3000", "-c", "4", "-m", "50", "--connect-to", f"127.0.0.1:{self.daemon.port('fixed')}",
                   f"https://{NAME}/new", timeout=60)
        self.assertIn("3000 succeeded", done.stdout, done.stdout + done.stderr)
        records = self.daemon.exchanges(3000)
        self.assertEqual({r["status"] for r in records}, {201})
        self.assertEqual(sum(r["exchanges"] for r in self.daemon.records(4)), 3000)

    def test_stream_that_is_given_up(self):
        self.begin()
        client = self.client()
        client.sendall(request(1, b"/slow", flags=4) + frame(3, 0, 1, struct.pack(">I", 8)))
        record, = self.daemon.exchanges(1)
        self.assertEqual(record["end"], {"by": "client", "how": "reset_stream", "detail": "CANCEL"})
        self.assertEqual((record["stream"], record["path"]), (1, "/slow"))

    def test_stream_that_is_given_up_after_its_whole_answer(self):
        """By its length, before END_STREAM, as curl does; or with a part of the request left."""
        def handler(connection):
            connection.sendall(frame(4, 0, 0))
            while b"/up" not in connection.recv(65536):
                pass
            connection.sendall(frame(1, 4, 1, b"\x88" + literal(b"content-length", b"2")) + frame(0, 0, 1, b"ok"))
            connection.sendall(frame(1, 5, 3, b"\x88"))
            connection.recv(65536)

        self.before(handler)
        client = self.client()
        client.sendall(request(1) + request(3, b"/up", flags=4))
        seen = b""
        while not seen.endswith(frame(1, 5, 3, b"\x88")):
            seen += client.recv(65536)
        client.sendall(frame(3, 0, 1, struct.pack(">I", 5)) + frame(3, 0, 3, struct.pack(">I", 8)))
        first, second = sorted(self.daemon.exchanges(2), key=lambda record: record["stream"])
        self.assertEqual(first["end"], {"by": "upstream", "how": "complete"})
        self.assertEqual(second["end"], {"by": "client", "how": "complete", "detail": "the rest of the request was given up (CANCEL)"})

    def test_origin_that_leaves_within_an_answer(self):
        """The record is there at once, and says how far it came."""
        def handler(connection):
            connection.sendall(frame(4, 0, 0))
            while b"/cut" not in connection.recv(65536):
                pass
            connection.sendall(frame(1, 4, 1, b"\x88") + frame(0, 0, 1, b"half"))
            connection.unwrap()

        self.before(handler)
        client = self.client()
        client.sendall(request(1, b"/cut"))
        end = self.daemon.exchanges(1)[0]["end"]
        self.assertEqual((end["by"], end["how"]), ("upstream", "truncated"))
        self.assertIn("4 octets of content", end["detail"])
        self.assertIn("origin's log", end["detail"])

    def patient_origin(self):
        """Greets, and takes whatever comes: what came is kept."""
        came = bytearray()

        def handler(connection):
            connection.sendall(frame(4, 0, 0))
            while piece := connection.recv(65536):
                came.extend(piece)

        self.before(handler)
        return came

    def before(self, handler):
        server = self.origin(handler, names=(NAME,), alpn=["h2"])
        self.daemon = self.start(f"""
listeners: [{{name: fixed, address: "127.0.0.1:0", mode: forward, target: "{NAME}:{server.port}"}}]
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {self.hosts(**{NAME: "127.0.0.1"})}}}
""")

    def refused(self, octets, code, word, how="error", exchange_how="ambiguous"):
        came = self.patient_origin()
        client = self.client()
        client.sendall(octets)
        goaways = [f for f in read_frames(client) if f[0] == 7]
        self.assertTrue(goaways, "no GOAWAY")
        self.assertEqual(struct.unpack(">I", goaways[-1][3][4:8])[0], code)
        end = self.daemon.record()["end"]
        self.assertEqual((end["by"], end["how"]), ("client", how))
        self.assertIn(word, end["detail"])
        until(lambda: [e for e in self.daemon.events if e.get("end", {}).get("how") == exchange_how], "the exchange's record")
        return bytes(came)

    def test_malformed_head(self):
        self.assertNotIn(b"Upper", self.refused(request(1, extra=[(b"Upper", b"1")]), 1, "RFC 9113"))

    def test_forbidden_field(self):
        self.refused(request(1, extra=[(b"transfer-encoding", b"chunked")]), 1, "RFC 9113 section 8.2.2")

    def test_bad_compression(self):
        self.refused(frame(1, 5, 1, b"\xff\xff\xff\xff\xff\xff"), 9, "RFC 7541")

    def test_rapid_reset(self):
        octets = b"".join(request(1 + 2 * i) + frame(3, 0, 1 + 2 * i, struct.pack(">I", 8)) for i in range(4000))
        self.refused(octets, 11, "CVE-2023-44487", how="limit", exchange_how="limit")

    def test_client_that_leaves_after_housekeeping_is_no_truncation(self):
        """Its last octets answer SETTINGS and grant windows; then it just closes TCP."""
        self.begin()
        client = self.client()
        client.sendall(request(1, b"/new"))
        data = b""
        while b"made" not in data:  # what is not read makes a close a reset
            data += client.recv(65536)
        client.sendall(frame(4, 1, 0) + frame(8, 0, 0, struct.pack(">I", 1000)))
        client.close()
        end = self.daemon.record()["end"]
        self.assertEqual((end["by"], end["how"]), ("client", "fin"))

    def test_http2_in_the_clear(self):
        """With prior knowledge (RFC 9113 section 3.3)."""
        self.nginx = nginx(self, self.authority.leaf(NAME), "LISTEN http2; location / { return 200 clear; }")
        self.daemon = self.start(f"""
listeners: [{{name: fixed, address: "127.0.0.1:0", mode: forward, target: "127.0.0.1:{self.nginx}"}}]
""")
        done = run("curl", "-sS", "--http2-prior-knowledge", f"http://127.0.0.1:{self.daemon.port('fixed')}/c")
        self.assertEqual(done.stdout, "clear", done.stderr)
        record, = self.daemon.exchanges(1)
        self.assertEqual((record["version"], record["scheme"], record["path"], record["status"]), ("2", "http", "/c", 200))


if __name__ == "__main__":
    unittest.main()
