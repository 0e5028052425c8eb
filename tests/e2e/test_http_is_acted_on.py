"""What the rules of `http:` do to messages, over HTTP/1.1 and HTTP/2 (DESIGN section 6, the acted-on way): they block, answer,
redirect, change, delay and break them; what they do not touch arrives as it was sent; and connections that no rule can match
are watched, with their octets untouched."""
import hashlib
import json
import os
import ssl
import time
import unittest

from harness import Case, Server, run, server_context, until
from inspected import NAME, InspectedCase
from programs import nginx

SERVER = """LISTEN ssl http2; root ROOT/files; dav_methods PUT; create_full_put_path on; client_max_body_size 0;
location = /echo { add_header X-Seen "$http_x_mine" always; add_header X-Gone "[$http_user_agent]" always; return 200 "seen"; }
location = /alt { add_header Alt-Svc 'h3=":443"'; add_header ETag '"one"'; return 200 "plain text here"; }
location /packed/ { alias ROOT/files/; gzip on; gzip_min_length 0; gzip_types *; }"""


class ActedOn(InspectedCase):
    flag, version = "--http1.1", "1.1"

    def setUp(self):
        super().setUp()
        self.port = nginx(self, self.authority.leaf(NAME), SERVER)

    def rules(self, *rules):
        self.begin(self.port, "http:\n" + "".join(f"  - {json.dumps(rule)}\n" for rule in rules))

    def ask(self, path, *arguments):
        """(status, head, body)."""
        heads, body = f"{self.folder}/heads", f"{self.folder}/body"
        open(body, "wb").close()
        self.curl(self.flag, "-D", heads, "-o", body, *arguments, f"{self.url}{path}")
        with open(heads) as file:
            head = file.read().replace("\r\n", "\n").strip().split("\n\n")[-1].lower()
        return int(head.split()[1]), head, self.content(body)

    def fails(self, path, *arguments):
        """curl's exit code."""
        return run("curl", "-sS", self.flag, "--proxy", f"http://127.0.0.1:{self.daemon.port('apps')}", "--cacert", self.daemon.ca,
                   "-o", f"{self.folder}/body", *arguments, f"{self.url}{path}").returncode

    def exchange(self, index=0):
        return self.daemon.exchanges(index + 1)[index]

    def test_an_exchange_is_blocked_and_the_next_goes_on(self):
        self.rules({"name": "secret", "match": {"path": "/secret*"}, "do": "block"})
        done = self.curl(self.flag, "-w", "%{http_code} %{num_connects}\n", "-o", "/dev/null", f"{self.url}/secret/x", "-o", "/dev/null",
                         f"{self.url}/echo")
        self.assertEqual(done.splitlines(), ["403 1", "200 0"])
        blocked, passed = self.daemon.exchanges(2)
        self.assertEqual((blocked["status"], blocked["did"]), (403, ["secret:block"]))
        self.assertNotIn("did", passed)
        self.assertEqual(self.daemon.record()["http"], "acted")

    def test_answers_of_our_own(self):
        with open(f"{self.folder}/items.json", "w") as file:
            file.write('{"items": []}')
        self.rules({"name": "mock", "match": {"path": "/v1/items"}, "do": {"respond": {"file": "items.json"}}},
                   {"name": "moved", "match": {"path": "/old"}, "do": {"redirect": "https://new.test/x"}},
                   {"name": "gone", "match": {"path": "/gone"}, "do": {"respond": {"status": 410, "text": "gone for good"}}})
        status, head, body = self.ask("/v1/items")
        self.assertEqual((status, body), (200, b'{"items": []}'))
        self.assertIn("content-type: application/json", head)
        status, head, _ = self.ask("/old")
        self.assertEqual(status, 302)
        self.assertIn("location: https://new.test/x", head)
        self.assertEqual(self.ask("/gone")[::2], (410, b"gone for good"))
        self.assertEqual(self.ask("/gone", "--head")[0], 410)
        self.assertEqual(self.ask("/gone", "--data-binary", "@/bin/true")[::2], (410, b"gone for good"))

    def test_fields_are_changed_on_both_sides(self):
        self.rules({"name": "fields", "match": {"path": "/echo"},
                    "do": [{"set_header": {"request": {"x-mine": "yes"}}}, {"remove_header": {"request": ["user-agent"]}},
                           {"add_header": {"response": {"x-added": ["1", "2"]}}}, {"remove_header": {"response": ["server"]}}]})
        status, head, body = self.ask("/echo", "-H", "X-Mine: no")
        self.assertEqual((status, body), (200, b"seen"))
        self.assertIn("x-seen: yes", head)
        self.assertIn("x-gone: []", head)
        self.assertIn("x-added: 1\nx-added: 2", head)
        self.assertNotIn("\nserver:", head)
        self.assertEqual(self.exchange()["did"], ["fields:set_header", "fields:remove_header", "fields:add_header", "fields:remove_header"])

    def test_rules_for_the_response(self):
        self.rules({"name": "missing", "match": {"status": 404}, "do": {"respond": {"status": 200, "text": "made up"}}},
                   {"name": "quiet", "match": {"path": "/alt"}, "do": ["strip_alt_svc", {"set_header": {"response": {"x-lab": "seen"}}}]})
        self.assertEqual(self.ask("/nowhere")[::2], (200, b"made up"))
        _, head, _ = self.ask("/alt")
        self.assertNotIn("alt-svc", head)
        self.assertIn("x-lab: seen", head)

    def test_content_is_replaced_whole_or_not_at_all(self):
        replace = lambda limit, failure="pass": {"replace_body": {"response": [{"pattern": "plain", "with": "changed"}], "limit": limit,
                                                                 "on_failure": failure}}
        self.rules({"name": "edit", "match": {"path": "/alt"}, "do": replace("1KiB")},
                   {"name": "packed", "match": {"path": "/packed/*"}, "do": replace("1MiB")},
                   {"name": "small", "match": {"path": "/echo"}, "do": replace(2)},
                   {"name": "strict", "match": {"path": "/files/big"}, "do": replace("1KiB", "block")})
        _, head, body = self.ask("/alt")
        self.assertEqual(body, b"changed text here")
        self.assertIn(f"content-length: {len(body)}", head)
        self.assertNotIn("etag", head)
        self.assertEqual(self.ask("/echo")[2], b"seen")
        self.curl(self.flag, "-T", self.file_of(b"so plain " * 5000), f"{self.url}/words")
        _, head, body = self.ask("/packed/words", "-H", "Accept-Encoding: gzip")
        self.assertEqual(body, b"so changed " * 5000)
        self.assertNotIn("content-encoding", head)

    def file_of(self, content):
        path = f"{self.folder}/upload"
        with open(path, "wb") as file:
            file.write(content)
        return path

    def test_what_is_not_touched_is_exact(self):
        self.rules({"name": "mark", "match": {}, "do": {"set_header": {"response": {"x-marked": "1"}}}})
        up, down, sums = [], [], {}
        for i in range(40):
            path, content = self.file(f"part{i}", i * i * 997)
            sums[f"{path}.back"] = hashlib.sha256(content).digest()
            up += ["-T", path, f"{self.url}/part{i}"]
            down += ["-o", f"{path}.back", f"{self.url}/part{i}"]
        for transfers in (up, down):
            self.curl(self.flag, "--fail", "--parallel", "--parallel-max", "40", *transfers)
        for path, digest in sums.items():
            self.assertEqual(hashlib.sha256(self.content(path)).digest(), digest, path)
        self.complete(80, version=self.version)

    def test_faults(self):
        self.rules({"name": "late", "match": {"path": "/echo", "query": "late"}, "do": {"delay": "300ms"}},
                   {"name": "drip", "match": {"path": "/echo", "query": "drip"}, "do": {"drip": "1B/100ms"}},
                   {"name": "status", "match": {"path": "/echo", "query": "status"}, "do": {"status": 503}},
                   {"name": "short", "match": {"path": "/big", "query": "short"}, "do": {"truncate_body": 1000}},
                   {"name": "cut", "match": {"path": "/big", "query": "cut"}, "do": {"abort_after": "10KiB"}},
                   {"name": "bad", "match": {"path": "/big", "query": "bad"}, "do": {"corrupt": "1/1"}},
                   {"name": "twice", "match": {"path": "/alt"}, "do": {"duplicate_header": ["etag"]}})
        content = os.urandom(300_000)
        self.curl(self.flag, "-T", self.file_of(content), f"{self.url}/big")
        for query, least in (("late", 0.3), ("drip", 0.3)):
            start = time.monotonic()
            self.assertEqual(self.ask(f"/echo?{query}")[2], b"seen")
            self.assertGreaterEqual(time.monotonic() - start, least)
        self.assertEqual(self.ask("/echo?status")[::2], (503, b"seen"))
        self.assertEqual(self.ask("/big?short")[2], content[:1000])
        self.assertIn(self.fails("/big?cut"), (18, 56, 92))
        self.assertTrue(content[:10 << 10].startswith(self.content(f"{self.folder}/body")))  # curl may drop what came last
        found = lambda: next((e for e in self.daemon.events if e["event"] == "http" and e["path"] == "/big?cut"), None)
        cut = until(found, "the record of what was cut")
        self.assertEqual((cut["response"]["body_bytes"], cut["did"]), (10 << 10, ["cut:abort_after"]))
        self.assertEqual(self.ask("/big?bad")[2], bytes(octet ^ 0x20 for octet in content))
        self.assertEqual(self.ask("/alt")[1].count("etag:"), 2)

    def test_a_slow_reader_holds_back_its_origin(self):
        """What is not read is not taken from the origin, however much there is."""
        self.rules({"name": "mark", "match": {}, "do": {"set_header": {"response": {"x-marked": "1"}}}})
        self.curl(self.flag, "-T", self.file_of(os.urandom(8_000_000)), f"{self.url}/big")
        start = time.monotonic()
        self.assertEqual(len(self.ask("/big", "--limit-rate", "8M")[2]), 8_000_000)
        self.assertGreater(time.monotonic() - start, 0.5)

    def test_connections_that_no_rule_can_match_are_watched(self):
        self.rules({"name": "elsewhere", "match": {"server_name": "other.test"}, "do": "block"})
        self.assertEqual(self.ask("/echo")[0], 200)
        self.assertEqual(self.daemon.record()["http"], "watched")

    def test_an_origin_that_is_gone_is_told(self):
        self.rules({"name": "mark", "match": {}, "do": {"set_header": {"response": {"x-marked": "1"}}}})
        self.assertEqual(self.ask("/echo")[0], 200)
        self.assertEqual(self.daemon.record()["end"]["step"], "relay")


class ActedOnHttp2(ActedOn):
    flag, version = "--http2", "2"


class Broken(Case):
    """Origins that break off, over HTTP/1.1."""

    def test_an_answer_that_is_cut_short_is_no_whole_one(self):
        def answer(connection):
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 500)
        server = Server(answer, server_context(self.authority.leaf(NAME)))
        self.addCleanup(server.close)
        daemon = self.start(f"""
listeners: [{{name: fixed, address: "127.0.0.1:0", mode: forward, target: "{NAME}:{server.port}"}}]
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {self.hosts(**{NAME: "127.0.0.1"})}}}
http: [{{name: mark, match: {{}}, do: {{set_header: {{response: {{x-marked: "1"}}}}}}}}]
""")
        done = run("curl", "-sS", "--cacert", daemon.ca, "--connect-to", f"::127.0.0.1:{daemon.port('fixed')}", f"https://{NAME}/")
        self.assertEqual(done.returncode, 18, done.stderr)
        self.assertEqual(len(done.stdout), 500)


if __name__ == "__main__":
    unittest.main()
