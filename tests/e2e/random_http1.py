"""Random legal conversations in HTTP/1.1 (RFC 9112)."""
TOKEN = b"abcXYZ019-_.!#$%&'*+^`|~"
TEXT = b"abcXYZ 019\t,;:=\"()/\\{}\xc3\xa4\xff"
PATH = b"abcXYZ019%/?=&{}|~.;\xc3\xa4"


def conversation(chance, exchanges):
    """Steps (up, down): what the client says, and at the same time what the origin says to all that has come before."""
    due = b""
    while exchanges:
        batch = [exchange(chance) for _ in range(min(exchanges, 1 + chance.below(4)))]
        exchanges -= len(batch)
        yield b"".join(request for request, _ in batch), due
        due = b"".join(answer for _, answer in batch)
    yield b"", due


def exchange(chance):
    method = chance.choice((b"GET", b"POST", b"PUT", b"HEAD", b"OPTIONS", b"x!-" + chance.text(TOKEN, 0, 9)))
    return request(chance, method), answer(chance, method == b"HEAD")


def request(chance, method):
    target = chance.choice((b"", b"", b"http://Origin.test")) + b"/" + chance.text(PATH, 0, 40)
    if method == b"OPTIONS" and chance.one_in(2):
        target = b"*"
    host = field(chance, b"host", chance.choice((b"origin.test", b"ORIGIN.test", b"origin.test:443")))
    blank = b"\r\n" if chance.one_in(4) else b""
    return blank + method + b" " + target + b" HTTP/1.1\r\n" + message(chance, host, chance.one_in(3))


def answer(chance, to_head):
    early = b"".join(b"HTTP/1.1 10%d %s\r\n%s\r\n" % (chance.choice((0, 2, 3)), reason(chance), fields(chance))
                     for _ in chance.few(2) if chance.one_in(2))
    status = chance.choice((200, 200, 201, 206, 204, 304, 302, 404, 599))
    head = early + b"HTTP/1.1 %d %s\r\n" % (status, reason(chance))
    length = field(chance, b"content-length", b"%d" % chance.below(999)) if status != 204 else b""
    if to_head or status in (204, 304):
        return head + fields(chance) + length + fields(chance) + b"\r\n"
    return head + message(chance, b"", False)


def reason(chance):
    return chance.text(TEXT, 0, 12)


def message(chance, first, without_content):
    """The fields and the content; `first` is among them."""
    if without_content:
        return fields(chance) + first + fields(chance) + b"\r\n"
    content, ending = chance.content(), fields(chance) + b"\r\n"
    before = fields(chance) + first + fields(chance)
    if chance.one_in(2):
        return before + field(chance, b"transfer-encoding", any_case(chance, b"chunked")) + ending + chunked(chance, content)
    return before + field(chance, b"content-length", zeros(chance) + b"%d" % len(content)) + ending + content


def chunked(chance, content):
    chunks = b"".join(zeros(chance) + any_case(chance, b"%x" % len(piece)) + extension(chance) + b"\r\n" + piece + b"\r\n"
                      for piece in chance.cut(content, 1 + len(content)))
    return chunks + b"0" + zeros(chance) + extension(chance) + b"\r\n" + fields(chance) + b"\r\n"


def extension(chance):
    return b";" + chance.text(TEXT, 0, 9) if chance.one_in(2) else b""


def zeros(chance):
    return b"0" * chance.below(4)


def fields(chance):
    return b"".join(field(chance, b"x" + chance.text(TOKEN, 0, 9), chance.text(TEXT, 0, 30)) for _ in chance.few(3))


def field(chance, name, value):
    space = b" \t"
    return any_case(chance, name) + b":" + chance.text(space, 0, 3) + value + chance.text(space, 0, 3) + b"\r\n"


def any_case(chance, octets):
    return b"".join(chance.choice((octet.upper(), octet)) for octet in (octets[i:i + 1] for i in range(len(octets))))
