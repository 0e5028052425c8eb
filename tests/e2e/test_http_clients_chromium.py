"""A page in Chromium, inspected over HTTP/2: 200 fetches at once, a streamed upload, events and a WebSocket are what they are
without us, and recorded."""
import asyncio
import collections
import json
import shutil
import threading
import unittest

import websockets
from h2.events import DataReceived, RequestReceived, StreamEnded

from chromium import command
from echo_socket import echo
from harness import server_context, until
from http2_ends import NAME, Http2Case
from programs import Program

FETCHES, EVENTS, PIECES = 200, 5, 40
PAGE = """<!doctype html><link rel="icon" href="data:,"><title>the page</title><script>
const found = {};
const piece = new Uint8Array(10000).fill(120);
async function fetches() {
  const texts = await Promise.all([...Array(FETCHES).keys()].map(i => fetch('/item?' + i).then(r => r.text())));
  found.fetches = texts.filter((text, i) => text === 'item ' + i).length;
}
async function upload() {
  let left = PIECES;
  const body = new ReadableStream({pull(out) { left-- ? out.enqueue(piece) : out.close(); }});
  found.upload = await (await fetch('/upload', {method: 'POST', duplex: 'half', body})).text();
}
function events() {
  return new Promise(done => {
    const source = new EventSource('/events');
    found.events = [];
    source.onmessage = async event => {
      found.events.push(event.data);
      if (found.events.length < EVENTS) return fetch('/next');
      source.close();
      done();
    };
  });
}
function socket() {
  return new Promise(done => {
    const socket = new WebSocket('wss://SOCKET/chat');
    socket.binaryType = 'arraybuffer';
    found.socket = [];
    socket.onopen = () => { socket.send('hello'); socket.send(piece); socket.send('x'.repeat(100000)); };
    socket.onmessage = event => {
      found.socket.push(event.data.length || event.data.byteLength);
      if (found.socket.length == 3) socket.close(4000, 'enough');
    };
    socket.onclose = event => { found.close = [event.code, event.reason, event.wasClean]; done(); };
  });
}
Promise.all([fetches(), upload(), events(), socket()].map(p => p.catch(error => { found.error = String(error); })))
  .then(() => fetch('/found', {method: 'POST', body: JSON.stringify(found)}));
</script>"""


class Origin:
    """One connection's: the page and what it asks for. `found` gets what the page tells in the end."""

    def __init__(self, end, page, found):
        self.end, self.page, self.found = end, page, found
        self.heads, self.bodies = {}, collections.defaultdict(bytes)
        self.events, self.told = None, 0

    def take(self, event):
        if isinstance(event, RequestReceived):
            self.heads[event.stream_id] = dict(event.headers)
        elif isinstance(event, DataReceived):
            self.bodies[event.stream_id] += event.data
        elif isinstance(event, StreamEnded):
            self.answer(event.stream_id, self.heads[event.stream_id][":path"])

    def answer(self, stream, path):
        if path == "/events":
            self.end.answer(stream, fields=[("content-type", "text/event-stream")])
            self.events = stream
        else:
            self.end.answer(stream, fields=[("content-type", "text/html; charset=utf-8")])
            self.end.send(stream, self.content(stream, path))
        if path in ("/events", "/next"):
            self.tell()

    def content(self, stream, path):
        if path == "/found":
            self.found.append(json.loads(self.bodies[stream]))
        if path == "/upload":
            return b"%d of x" % self.bodies[stream].count(b"x")
        return b"item " + path.partition("?")[2].encode() if path.startswith("/item?") else self.page if path == "/" else b""

    def tell(self):
        """The next event: only now, as the page has seen the one before."""
        self.told += 1
        self.end.send(self.events, b"data: event %d\n\n" % self.told, end=False)


class EchoingSocket:
    """An origin of WebSockets on a loop of its own."""

    def __init__(self, case, leaf):
        self.loop, self.port = asyncio.new_event_loop(), None
        thread = threading.Thread(target=lambda: self.loop.run_until_complete(self.serve(leaf)))
        thread.start()
        case.addCleanup(thread.join)
        case.addCleanup(lambda: self.loop.call_soon_threadsafe(self.over.set))
        until(lambda: self.port, "the origin of WebSockets")

    async def serve(self, leaf):
        self.over = asyncio.Event()
        async with websockets.serve(echo, "127.0.0.1", 0, ssl=server_context(leaf, ["http/1.1"])) as server:
            self.port = server.sockets[0].getsockname()[1]
            await self.over.wait()


@unittest.skipUnless(shutil.which("chromium"), "chromium is not here")
class Chromium(Http2Case):
    def test_a_page(self):
        found = []
        socket = EchoingSocket(self, self.authority.leaf(NAME))
        page = PAGE.replace("SOCKET", f"{NAME}:{socket.port}").replace("FETCHES", str(FETCHES))
        page = page.replace("EVENTS", str(EVENTS)).replace("PIECES", str(PIECES)).encode()
        self.play(lambda end: end.serve(Origin(end, page, found).take))
        argv, environment = command(self, self.daemon)
        browser = Program(self, [*argv, self.url + "/"], env=environment)
        until(lambda: found or browser.process.poll() is not None, f"the page's word; {browser.output}", wait=60)
        self.assertEqual(found, [{"fetches": FETCHES, "upload": f"{PIECES * 10_000} of x",
                                  "events": [f"event {i}" for i in range(1, EVENTS + 1)],
                                  "socket": [5, 10_000, 100_000], "close": [4000, "enough", True]}])
        self.assert_recorded()

    def assert_recorded(self):
        ours = lambda: [e for e in self.daemon.events if e["event"] == "http" and e["authority"] in self.url]
        until(lambda: "/found" in [r["path"] for r in ours()], "the record of the last exchange")
        by_path = {r["path"]: r for r in ours()}
        for i in range(FETCHES):
            record = by_path[f"/item?{i}"]
            self.assertEqual((record["version"], record["status"], record["end"]["how"]), ("2", 200, "complete"), record)
        self.assertEqual(by_path["/upload"]["request"]["body_bytes"], PIECES * 10_000)
        self.assertEqual(by_path["/events"]["end"], {"by": "client", "how": "reset_stream", "detail": "CANCEL"})
        self.assertEqual(by_path["/events"]["response"]["content_type"], "text/event-stream")
        socket, = self.sockets(1)
        self.assertEqual((socket["messages_up"], socket["messages_down"], socket["close_code"]), (3, 3, 4000))
        self.assertEqual((socket["path"], socket["end"]["how"]), ("/chat", "complete"))


if __name__ == "__main__":
    unittest.main()
