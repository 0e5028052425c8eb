"""Random legal conversations in HTTP/2 (RFC 9113, RFC 7541)."""
from hpack import Encoder, HeaderTuple, NeverIndexedHeaderTuple

from h2_frames import (ACK, ACKNOWLEDGED, CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PADDED, PING, PREFACE,
                       PRIORITIZED, PRIORITY, PUSH_PROMISE, RST_STREAM, SETTINGS, WINDOW_UPDATE, frame, number, settings)
from random_http import DOWN, UP

NAME = b"abcxyz019-_.!"
VALUE = b"abcXYZ 019,;=\"/\xc3\xa4"
# Both begin with these, which leave room for all that is said, whatever is granted besides.
WINDOWS = {4: 1 << 24}, frame(WINDOW_UPDATE, 0, 0, number(1 << 24))


class Speaker:
    """One side's: what it may say next of each stream, in its order, and what it owes to the other side."""

    def __init__(self, chance):
        self.chance, self.encoder = chance, Encoder()
        self.streams, self.owes = {}, []

    def next_of(self, stream):
        """The next item of a stream, as frames."""
        item = self.streams[stream].pop(0)
        if not self.streams[stream]:
            del self.streams[stream]
        last = END_STREAM if stream not in self.streams else 0
        return self.data(stream, item, last) if isinstance(item, bytes) else self.block(HEADERS, stream, item, last)

    def data(self, stream, content, last):
        filled, flag = self.pad(content)
        return frame(DATA, last | flag, stream, filled)

    def pad(self, octets):
        if not self.chance.one_in(4):
            return octets, 0
        padding = self.chance.below(256)
        return bytes([padding]) + octets + bytes(padding), PADDED

    def block(self, kind, stream, fields, last=0, before=b""):
        """A header block in one to five frames, cut anywhere, with padding and priority."""
        first, *rest = self.chance.cut(self.encode(fields), self.chance.choice((60, 10_000)))
        rest[4:] = [b"".join(rest[4:])] if rest[4:] else []
        flags = last
        if kind == HEADERS and self.chance.one_in(3):
            flags |= PRIORITIZED
            before = self.dependency(stream)
        first, flag = self.pad(before + first)
        kinds = [(kind, flags | flag, first), *((CONTINUATION, 0, piece) for piece in rest)]
        ends = [0] * len(rest) + [END_HEADERS]
        return b"".join(frame(kind, flags | end, stream, piece) for (kind, flags, piece), end in zip(kinds, ends))

    def encode(self, fields):
        kinds = HeaderTuple, HeaderTuple, NeverIndexedHeaderTuple
        return self.encoder.encode([self.chance.choice(kinds)(*one) for one in fields], huffman=self.chance.one_in(2))

    def dependency(self, stream):
        exclusive = self.chance.choice((0, 1 << 31))
        return number(exclusive | stream + 2 * self.chance.below(1, 5)) + bytes([self.chance.below(256)])


class Conversation:
    """steps() are (up, down) said at the same time: each knows all that has been said in the steps before."""

    def __init__(self, chance):
        self.chance = chance
        self.speakers = {UP: Speaker(chance), DOWN: Speaker(chance)}
        self.next_stream, self.next_promised, self.exchanges = 1, 2, 0

    def steps(self, exchanges):
        said = {side: settings(WINDOWS[0] | self.some_settings(side)) + WINDOWS[1] for side in (UP, DOWN)}
        yield PREFACE + said[UP], said[DOWN]
        while self.exchanges < exchanges:
            yield self.step(self.say)
        while any(speaker.streams for speaker in self.speakers.values()):
            yield self.step(self.say_the_rest)
        yield self.step(self.leave)

    def step(self, say):
        """The origin first: it does not know what the client is about to say."""
        owed = {side: self.owed(side) for side in (UP, DOWN)}
        down = owed[DOWN] + say(DOWN)
        return owed[UP] + say(UP), down

    def say(self, side):
        acts = [self.open if side == UP else self.promise, self.go_on, self.go_on, self.go_on, self.by_the_way, self.give_up]
        return b"".join(self.chance.choice(acts)(side) for _ in self.chance.few(6))

    def say_the_rest(self, side):
        return b"".join(self.go_on(side) for _ in range(10))

    def leave(self, side):
        newest = self.next_promised - 2 if side == UP else self.next_stream - 2
        return frame(GOAWAY, 0, 0, number(newest) + number(0) + b"bye")

    # --- Exchanges

    def open(self, side):
        stream, self.next_stream = self.next_stream, self.next_stream + 2 * self.chance.below(1, 4)
        method = self.chance.choice((b"GET", b"POST", b"HEAD", b"X!"))
        self.speakers[UP].streams[stream] = [self.request(method), *self.content(method != b"HEAD")]
        self.answer(stream, method)
        return self.speakers[UP].next_of(stream)

    def promise(self, side):
        """A push for a request whose answer goes on."""
        speaker = self.speakers[side]
        parents = [stream for stream in speaker.streams if stream % 2]
        if not parents:
            return b""
        stream, self.next_promised = self.next_promised, self.next_promised + 2
        self.answer(stream, b"GET")
        return speaker.block(PUSH_PROMISE, self.chance.choice(parents), self.request(b"GET"), before=number(stream))

    def answer(self, stream, method):
        status = self.chance.choice((b"200", b"200", b"206", b"204", b"304", b"404"))
        early = [[(b":status", b"103"), *self.fields()] for _ in self.chance.few(2) if self.chance.one_in(2)]
        has_content = method != b"HEAD" and status not in (b"204", b"304")
        self.speakers[DOWN].streams[stream] = [*early, [(b":status", status), *self.fields()], *self.content(has_content)]
        self.exchanges += 1

    def request(self, method):
        path = b"/" + self.chance.text(VALUE.replace(b" ", b""), 0, 40)
        pseudo = [(b":method", method), (b":scheme", b"https"), (b":authority", b"origin.test"), (b":path", path)]
        self.chance.random.shuffle(pseudo)
        return pseudo + self.fields()

    def fields(self):
        return [(b"x" + self.chance.text(NAME, 0, 3), self.chance.text(VALUE, 0, 40).strip()) for _ in self.chance.few(4)]

    def content(self, allowed):
        pieces = [self.chance.content()[:16_000] for _ in self.chance.few(3)] if allowed else []
        trailers = [self.fields()] if self.chance.one_in(4) else []
        return pieces + [fields for fields in trailers if fields]

    def go_on(self, side):
        speaker = self.speakers[side]
        return speaker.next_of(self.chance.choice(list(speaker.streams))) if speaker.streams else b""

    def give_up(self, side):
        streams = list(self.speakers[side].streams)
        if not streams or not self.chance.one_in(8):
            return b""
        stream = self.chance.choice(streams)
        for speaker in self.speakers.values():
            speaker.streams.pop(stream, None)
        return frame(RST_STREAM, 0, stream, number(self.chance.below(20)))

    # --- The connection

    def by_the_way(self, side):
        what = self.chance.below(5)
        other = self.speakers[not side]
        if what == 0:
            ping = self.chance.random.randbytes(8)
            other.owes.append((frame(PING, ACK, 0, ping), None))
            return frame(PING, 0, 0, ping)
        if what == 1 and self.chance.one_in(4):
            return settings(self.some_settings(side))
        if what == 2:
            return frame(WINDOW_UPDATE, 0, 0, number(self.chance.below(1, 10_000)))
        if what == 3 and side == UP:
            return frame(PRIORITY, 0, 3, self.speakers[side].dependency(3))
        return frame(self.chance.choice((0x0a, 0x0c, 0x2a, 0xfe)), self.chance.below(256), self.chance.below(9),
                     self.chance.content()[:1000])

    def some_settings(self, side):
        """Those of RFC 9113 that leave room, and unknown ones. What a table may hold the other side heeds when it acknowledges."""
        table = self.chance.choice((0, 100, 4096, 10_000))
        choices = {1: table, 3: 100 + self.chance.below(1000), 5: 16384 + self.chance.below(9999), 6: 1 << 20, 0x1a1a: 7}
        chosen = {name: value for name, value in choices.items() if self.chance.one_in(2)}
        self.speakers[not side].owes.append((ACKNOWLEDGED, chosen.get(1)))
        return chosen

    def owed(self, side):
        """What this side acknowledges now, the oldest first."""
        speaker, said = self.speakers[side], b""
        for acknowledgement, table in speaker.owes:
            said += acknowledgement
            if table is not None:
                speaker.encoder.header_table_size = table
        speaker.owes.clear()
        return said
