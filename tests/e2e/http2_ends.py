"""Both ends of HTTP/2 by hyper-h2 (python3-h2), blocking: what happens on them is in the test's hands."""
import ssl
import threading

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import ConnectionTerminated, DataReceived, StreamEnded, StreamReset, TrailersReceived
from h2.settings import Settings

from inspected import NAME, InspectedCase
from raw import dial


class End:
    """One end of a connection. .h2 is the library's; flush() sends what it has to say."""

    stalled = ()

    def __init__(self, socket, client, settings=None):
        self.socket, self.came = socket, []
        self.h2 = H2Connection(H2Configuration(client_side=client, header_encoding="utf-8"))
        self.h2.local_settings = Settings(client, {**self.h2.local_settings, **(settings or {})})
        self.h2.initiate_connection()
        self.flush()

    def flush(self):
        octets = self.h2.data_to_send()
        if octets:
            self.socket.sendall(octets)

    def events(self):
        """What the next octets bring; None at the end of the connection. Windows are opened again, but for .stalled streams."""
        octets = self.socket.recv(65536)
        if not octets:
            return None
        events = self.h2.receive_data(octets)
        for event in events:
            if isinstance(event, DataReceived) and event.flow_controlled_length and event.stream_id not in self.stalled:
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        self.flush()
        self.came += events
        return events

    def until(self, found):
        """Takes events until found(event) is true of one that has come: that one."""
        seen = 0
        while True:
            for event in self.came[seen:]:
                if found(event):
                    return event
            seen = len(self.came)
            if self.events() is None:
                raise AssertionError(f"the connection ended; {self.came[-5:]}")

    def until_kind(self, kind, stream=None):
        return self.until(lambda event: isinstance(event, kind) and (stream is None or event.stream_id == stream))

    def content(self, stream):
        """All of a stream, when it has ended."""
        over = lambda event: isinstance(event, (StreamEnded, StreamReset)) and event.stream_id == stream
        self.until(lambda event: over(event) or isinstance(event, ConnectionTerminated))
        return b"".join(e.data for e in self.came if isinstance(e, DataReceived) and e.stream_id == stream)

    def trailers(self, stream):
        return next((dict(e.headers) for e in self.came if isinstance(e, TrailersReceived) and e.stream_id == stream), None)

    def send(self, stream, data, end=True):
        """All of it, as windows allow."""
        while data or end:
            room = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size, len(data))
            if data and room == 0:
                self.events()
                continue
            last = room == len(data)
            self.h2.send_data(stream, data[:room], end_stream=end and last)
            self.flush()
            data = data[room:]
            if last:
                return

    def ask(self, stream, path="/", method="GET", end=True, fields=(), **options):
        pseudo = [(":method", method), (":scheme", "https"), (":authority", NAME), (":path", path)]
        self.h2.send_headers(stream, [*pseudo, *fields], end_stream=end, **options)
        self.flush()

    def answer(self, stream, status="200", end=False, fields=()):
        self.h2.send_headers(stream, [(":status", status), *fields], end_stream=end)
        self.flush()

    def serve(self, answer):
        """Calls answer(event) for each that comes, until the connection ends."""
        while (events := self.events()) is not None:
            for event in events:
                answer(event)
                self.flush()


class Http2Case(InspectedCase):
    """play(origin, settings) puts the daemon before an origin that runs origin(End) for each connection; what is raised in it
    fails the test."""

    def play(self, origin, settings=None):
        self.faults, self.over = [], threading.Event()

        def handler(connection):
            try:
                origin(End(connection, False, settings))
                while connection.recv(65536):  # what is not read makes a close a reset
                    pass
            except OSError:
                pass  # the client has gone
            except BaseException as fault:
                self.faults.append(fault)
                raise
            finally:
                self.over.set()

        server = self.origin(handler, names=(NAME,), alpn=["h2"])
        self.begin(server.port)
        self.addCleanup(lambda: self.assertEqual(self.faults, []))

    def client(self, settings=None):
        context = ssl.create_default_context(cafile=self.daemon.ca)
        context.set_alpn_protocols(["h2"])
        socket = context.wrap_socket(dial(self.fixed), server_hostname=NAME)
        self.addCleanup(socket.close)
        return End(socket, True, settings)
