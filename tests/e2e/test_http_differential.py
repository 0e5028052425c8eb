"""Origins of other makes read no more requests than were passed on. Odd HTTP/1 requests, each on a connection of its own,
go to nginx, Apache, HAProxy and Node; each of them says which requests it read, and the records say which ones passed."""
import collections
import concurrent.futures
import os
import random
import re
import shutil
import socket
import unittest

from harness import Case, until
from programs import Program, nginx

APACHE = "/usr/sbin/apache2"
HAPROXY = shutil.which("haproxy") or "/usr/sbin/haproxy"
NODE = shutil.which("node") or "/usr/bin/node"

QUIET = 0.3      # an answer that has not begun by then will not come: the client ends its side
PATIENCE = 2     # and then everything ends
THREADS = 48
FIGURES = os.environ.get("BASCULE_TEST_FIGURES")  # print them
REFUSALS = {400, 408, 411, 413, 414, 421, 422, 431, 494, 501, 505}  # the origin did not read it as a request

# --- Requests ------------------------------------------------------------------------------------------------------

# {N} is the number of the case; {L} the length of what follows the head; {s} that of {S}, as the size of a chunk;
# {S} is a request that is not to be found where it is content.
SMUGGLED = "GET /smuggled/{N} HTTP/1.1\r\nHost: a\r\nX-Case: {N}\r\n\r\n"
HOST = "Host: a\r\n"
CHUNKED = "Transfer-Encoding: chunked\r\n"

LENGTHS = ["{L}", "+{L}", "-{L}", "-0", "+0", "00", "0{L}", "00000000000000000000{L}", " {L}", "\t{L}", "{L} ", "{L}\t",
           "{L},", ",{L}", "{L},{L}",
           "{L}, {L}", "0, {L}", "{L}, 0", "0x{L}", "{L}.0", "{L}e0", "{L};", "{L} {L}", "", " ", "\v{L}", "{L}\v", "\f{L}",
           "{L}\0", "\0{L}", "{L}\r", "\r{L}", "\r\n {L}", "{L}\r\n ", "0\r\n\t{L}", "{L}_", "1_0", "\"{L}\"", "\xa0{L}",
           "{L}\x80",
           "18446744073709551616", "18446744073709551615", "9223372036854775808", "4294967296", "4294967297",
           "99999999999999999999999",
           "\xb2", "\xd9\xa1"]
CODINGS = ["chunked", "Chunked", "CHUNKED", " chunked", "chunked ", "\tchunked", "chunked\t", "\vchunked", "chunked\v",
           "\fchunked", "chunked\f",
           "\0chunked", "chunked\0", "chunked\r", "\rchunked", "\r\n chunked", "chunked\r\n ", "x\r\n chunked", "chunked,",
           ",chunked",
           ", chunked", "chunked, chunked", "chunked,chunked", "identity", "identity, chunked", "chunked, identity",
           "gzip, chunked",
           "chunked, gzip", "xchunked", "chunkedx", "x chunked", "chunked x", "chunked;q=1", "chunked; a=b", "\"chunked\"",
           "'chunked'",
           "chun\0ked", "chun\tked", "chun ked", "chun\xe7ked", "\xa0chunked", "chunked\x85", "", " ", "none",
           "deflate", "trailers"]
LENGTH_NAMES = ["Content-Length", "content-length", "CONTENT-LENGTH", "Content_Length", "Content-Length ", "Content-Length\t",
                " Content-Length",
                "\tContent-Length", "Content-Length\0", "Content-Length\v", "\vContent-Length", "Content Length",
                "Content-Length\r", "\rContent-Length",
                "X\nContent-Length", "X: y\nContent-Length", "X: y\rContent-Length", "X: y\r\n Content-Length",
                "X: y\0\r\nContent-Length",
                "Content-Length\xa0", "\"Content-Length\"", "Content-Length"]
CODING_NAMES = [name.replace("Content-Length", "Transfer-Encoding").replace("Content_Length", "Transfer_Encoding")
                .replace("CONTENT-LENGTH", "TRANSFER-ENCODING").replace("content-length", "transfer-encoding")
                for name in LENGTH_NAMES[:-1]] + ["Transfer Encoding", "TE", "Transfer-Encoding:", "X-Transfer-Encoding"]
SEVERAL = ["Content-Length: {L}\r\nContent-Length: {L}\r\n", "Content-Length: 0\r\nContent-Length: {L}\r\n",
           "Content-Length: {L}\r\nContent-Length: 0\r\n",
           "Content-Length: {L}\r\ncontent-length: {L}\r\n", "Content-Length: {L}\r\nX: y\r\nContent-Length: {L}\r\n",
           "Content-Length: {L}\r\n" + CHUNKED,
           CHUNKED + "Content-Length: {L}\r\n", CHUNKED + CHUNKED, CHUNKED + "Transfer-Encoding: identity\r\n",
           "Transfer-Encoding: identity\r\n" + CHUNKED,
           "Transfer-Encoding:\r\n" + CHUNKED, CHUNKED + "Transfer-Encoding: x\r\n", "Transfer-Encoding: x\r\n" + CHUNKED,
           "Content-Length: {L}\r\nTransfer-Encoding: identity\r\n", "Content-Length: {L}\r\nTransfer-Encoding: \r\n",
           "Content-Length: 0\r\n" + CHUNKED,
           "Content_Length: {L}\r\nContent-Length: 0\r\n", "Content-Length: 0\r\nContent_Length: {L}\r\n",
           "Transfer_Encoding: chunked\r\nContent-Length: {L}\r\n",
           "Content-Length: {L}\r\nConnection: content-length\r\n", CHUNKED + "Connection: transfer-encoding\r\n",
           CHUNKED + "Connection: close, transfer-encoding\r\n",
           "Content-Length: {L}\r\nTE: chunked\r\n", CHUNKED + "TE: trailers\r\nTrailer: Content-Length\r\n",
           "Content-Length: {L}\n" + CHUNKED, "Content-Length: {L}\r" + CHUNKED, "X: y\r" + CHUNKED, "X: y\n" + CHUNKED,
           "X: \0" + CHUNKED]
FRAMINGS = ([f"Content-Length:{value}\r\n" for value in LENGTHS] + [f"Transfer-Encoding:{value}\r\n" for value in CODINGS]
            + [f"{name}: {{L}}\r\n" for name in LENGTH_NAMES] + [f"{name}: chunked\r\n" for name in CODING_NAMES] + SEVERAL)

# The size of a chunk, and what its line has more. It holds three octets, or says so.
SIZES = ["3", "03", "0000003", "000000000000003", "0000000000000003", "00000000000000003", "0000000000000000000000000003",
         "0x3", "0X3", "x3", "3h", "3H",
         "+3", "-3", "+", "-", " 3", "\t3", "3 ", "3\t", "3  ", "\v3", "3\v", "\r\n3", "\n3", "3\r", "3\r ", "3\0", "\0003",
         "3_", "0_3", "3.0", "3,",
         "3;", "3;a", "3;a=b", "3; a=b", "3 ;a=b", "3\t;a", "3;a=\"b\"", "3;a=\"\r\n\"", "3;a=\"b", "3;a\n", "3;a\r", "3;\n",
         "3;\0", "3;\x80", "3;a;b;c",
         "3;;;", "3;=", "3;" + "a" * 900, "3;" + "a" * 5000, "3 3", "3;3", "\"3\"", "", " ", ";", ";a", "g",
         "10000000000000003", "fffffffffffffffd", "ffffffffffffffff",
         "100000003", "80000003", "8000000000000003", "FFFFFFFF", "\xb3", "\xef\xbc\x93"]
LAST_CHUNKS = ["0\r\n\r\n", "00\r\n\r\n", "000000000000000000000\r\n\r\n", "0;a\r\n\r\n", "0 \r\n\r\n", "0\n\n", "0\r\n\n",
               "0\n\r\n", "0\r\r", "0\r\n\r", "-0\r\n\r\n", "+0\r\n\r\n", "0x0\r\n\r\n",
               "\r\n0\r\n\r\n", "0\r\n", "0\r\n\0\r\n\r\n", "0\0\r\n\r\n", "0\v\r\n\r\n", "0;\n\r\n", "0;a\nb\r\n\r\n",
               "0;a=\"\r\n\r\n\"\r\n\r\n", "0\r\n\r\n\r\n", "0\r\n \r\n"]
TRAILERS = ["X: y", "X:y", "X : y", " X: y", "X: y\r\n z", "X: y\n", "X: y\r", "X", ":", "X: \0", "X\0: y",
            "Content-Length: {L}", "Transfer-Encoding: chunked",
            "Host: b", "Connection: close", "Connection: upgrade", "X: y\nContent-Length: 9", "X: y\n\n", "X: y\n\r\n",
            "GET /x HTTP/1.1", "X_Y: z", "X: \x80", "X: " + "y" * 5000,
            "Trailer: X", "Content-Length : 3", "\tX: y", "X: y\r\nX: y"]
ENDINGS = ["\r\n", "\n", "\r", "\n\r", "\r\r\n", " \r\n", "\r\n\n"]   # of the data of a chunk

HOSTS = ["", "Host:\r\n", "Host: \r\n", "Host: a\r\nHost: a\r\n", "Host: a\r\nHost: b\r\n", "Host: a\r\nhost: b\r\n",
         "Host: a, b\r\n", "Host: a b\r\n", "Host: a:80\r\n", "Host: a:\r\n",
         "Host: a:b\r\n", "Host: a:99999\r\n", "Host: a:80:80\r\n", "Host: u@a\r\n", "Host: a/b\r\n", "Host: http://a\r\n",
         "Host: [::1]\r\n", "Host: [::1\r\n", "Host: a?b\r\n",
         "Host: a#b\r\n", "Host: a\\b\r\n", "Host: a\0\r\n", "Host: a\0b\r\n", "Host: a\t\r\n", "Host: \va\r\n",
         "Host:\ta\r\n", "Host : a\r\n", " Host: a\r\n", "Host: a\nHost: b\r\n",
         "Host: a\r\n b\r\n", "Host: a\rHost: b\r\n", "HOST: a\r\n", "Host: a.\r\n", "Host: A\r\n", "Host: %61\r\n",
         "Host: \xe4\r\n", "Host: a_b\r\n", "Host: a;b\r\n", "Host: *\r\n",
         "Host: " + "a" * 300 + "\r\n", "X-Forwarded-Host: b\r\nHost: a\r\n", "Host\0: a\r\nHost: b\r\n"]
TARGETS = ["/{N}", "//{N}", "/{N}/../x", "/{N}?a?b", "/{N}#x", "/{N}%00", "/{N}%0d%0a", "/{N}%2e%2e/", "/{N}%zz", "/{N}%",
           "/{N}\\x", "/{N}\0", "/{N}\t", "/{N}\x01", "/{N}\x7f", "/{N}\xe4", "/{N}{{}}|^`", "/{N} x",
           "/{N}  ", "/{N} HTTP/1.1", "/{N} HTTP/1.1 x", "/{N}\v", "/{N}\r", "/{N}\rX", "{N}", "a/{N}", "?{N}", "#{N}", "*",
           "**", "*/{N}", "http://a/{N}", "http://a:80/{N}", "http://a?{N}", "http://a", "http://", "http:///{N}",
           "http:/{N}", "http:{N}",
           "HTTP://a/{N}", "http://b/{N}", "http://u:p@a/{N}", "http://a:x/{N}", "http://a b/{N}", "http://[::1]/{N}",
           "http://[::1/{N}", "https://a/{N}", "ftp://a/{N}", "ws://a/{N}", "x://a/{N}", "a:80", "a", "a:", ":80", "[::1]:80",
           "//a/{N}",
           "http://a/{N}#x", "http://a\\@b/{N}", "/{N}" + "x" * 2000, "/{N}" + "x" * 9000, "", "/{N};a=b", "/{N}&<>\"'"]
METHODS = ["get", "Get", "gET", "POST", "post", "PUT", "DELETE", "OPTIONS", "HEAD", "head", "TRACE", "CONNECT", "PATCH",
           "PRI", "PROPFIND", "M-SEARCH", "FOO", "A", "G!#$%&'*+-.^_`|~", "GET_", "_", "!", "G\0T", "G\tT", "G(T", "G:T",
           "G/T", "\"GET\"", "G\xe4T", "GET\v", "\vGET", "SOURCE", "QUERY", "GETGETGETGETGETGETGETGETGETGETGETGET", "0",
           "GET,", "GET\r\n", "GET\n"]
VERSIONS = ["HTTP/1.0", "HTTP/1.1 ", " HTTP/1.1", "HTTP/1.2", "HTTP/1.9", "HTTP/2.0", "HTTP/2", "HTTP/3.0", "HTTP/0.9",
            "HTTP/1", "HTTP/1.", "HTTP/.1", "HTTP/1.10", "HTTP/1.01", "HTTP/01.1", "HTTP/11.1", "http/1.1", "Http/1.1",
            "HTTP/1,1",
            "HTTP 1.1", "HTTP/1.1\t", "\tHTTP/1.1", "HTTP/1.1\0", "HTTP/1.1\v", "HTTP/1.1x", "HTTP/+1.1", "HTTP/1.-1",
            "HTTP/1.1\r", "HTTP//1.1", "HTTPS/1.1", "ICY/1.1", "RTSP/1.0", "RTSP/1.1", "ICE/1.0", "HTCPCP/1.0", "HTTP", "H",
            "", "HTTP/4294967297.1", "HTTP/1.\xb9"]
LINE_ENDS = ["\n", "\r", "\r\r\n", "\n\r\n", "\0\r\n", "\v\r\n", "\r\n ", "\r\n\t", "\r\nX\r\n", "\r\n:\r\n", "\r\n: x\r\n",
             "\x85"]
PRELUDES = ["\r\n", "\r\n\r\n", "\r\n\r\n\r\n", "\n", "\n\n", "\r", "\r\r\n", " ", "\t", "\0", "\v",
            "\ufeff".encode().decode("latin-1"), " \r\n", "\r\n ", "0\r\n\r\n", "x\r\n", ":\r\n", "GET\r\n", "GET /{N}\r\n",
            "GET  /{N}\r\n"]
FIELDS = ["X: y", "X:y", "X:\ty", "X:", "X: ", "X", "X ", "X : y", "X\t: y", "X\v: y", " X: y", "\tX: y", ": y", ":", "::",
          "X:: y", "X_Y: z", "X-Y: z", "X.Y: z", "X Y: z", "X@Y: z", "X/Y: z", "X(Y): z", "X\"Y\": z", "X\0: y", "\0X: y",
          "X: \0", "X: y\0z",
          "X: y\vz", "X: y\fz", "X: y\x01", "X: y\x7f", "X: y\x80\xff", "X\x80: y", "X: y\r\n z", "X: y\r\n\tz", "X: y\r\n ",
          "X:\r\n y", "X: y\n z", "X: y\rZ: z", "X: y\nZ: z", "X: y\r\r", "X: y\n", "X: y\n\r", "\r\n", "\n", "\r", "\r\n"
          + SMUGGLED.strip(),
          "X: y\n\n" + SMUGGLED.strip(), "X: y\r\r" + SMUGGLED.strip(), "X: y\n\r\n" + SMUGGLED.strip(), "X: y\r\n \r\n"
          + SMUGGLED.strip(), "X: y\r\n\0\r\n" + SMUGGLED.strip(), "X: y\r\n\v\r\n" + SMUGGLED.strip(), "X: y\r\n\t\r\n"
          + SMUGGLED.strip(),
          "X: y\r\nX: y", "X: y\r\nx: z", "Cookie: a=b\r\nCookie: c=d", "Range: bytes=0-1", "Range: bytes=-", "Accept: \xe4",
          "X-HTTP-Method-Override: POST",
          "Expect: 100-continue", "Expect: 100-Continue", "Expect: 100-continue, x", "Expect: x", "Expect:",
          "Expect: 100-continue\r\nExpect: 100-continue", "expect: \t100-continue",
          "Connection: close", "Connection: keep-alive", "Connection: Close", "Connection: close, keep-alive",
          "Connection: keep-alive\r\nConnection: close", "Connection: x", "Connection:", "Connection: ,", "Connection: host",
          "Connection: \0close", "Connection: close\v", "Proxy-Connection: close", "Proxy-Connection: keep-alive",
          "Keep-Alive: timeout=1", "Connection: upgrade", "Connection: upgrade\r\nUpgrade: websocket",
          "Connection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAAA", "Connection: Upgrade\r\nUpgrade: h2c", "Upgrade: x",
          "Upgrade: TLS/1.0\r\nConnection: upgrade", "Upgrade:\r\nConnection: upgrade",
          "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
          "TE: trailers", "TE: chunked", "X: " + "y" * 9000, "Y" * 9000 + ": z",
          "\r\n".join(f"X{i}: y" for i in range(99)), "\r\n".join(f"X{i}: y" for i in range(201))]
# Contents, for a framing that two readers could see in two ways.
CONTENTS = ["{S}", "0\r\n\r\n{S}", "3\r\nabc\r\n0\r\n\r\n{S}", "{s}\r\n{S}\r\n0\r\n\r\n"]

COUNTED = ["", "Content-Length: 0\r\n", "Content-Length: {L}\r\n", CHUNKED, CHUNKED]
CHUNKS = ([f"{size}\r\nabc\r\n0\r\n\r\n{{S}}" for size in SIZES] + [f"3\r\nabc\r\n{last}{{S}}" for last in LAST_CHUNKS]
          + [f"3\r\nabc\r\n0\r\n{trailer}\r\n\r\n{{S}}" for trailer in TRAILERS])


def compose(method="GET", target="/{N}", version="HTTP/1.1", host=HOST, fields="", framing="", content="{S}", prelude="",
            end="\r\n"):
    """A request whose number is in a field also, in case the target has no room for it. What follows is sent with it."""
    return f"{prelude}{method} {target} {version}{end}X-Case: {{N}}\r\n{host}{fields}{framing}\r\n{content}"


def one_oddity():
    for framing in FRAMINGS:
        for content in CONTENTS[:2] if "hunked" in framing or "ncoding" in framing else CONTENTS[:1]:
            yield compose("POST", framing=framing, content=content)
        yield compose("GET", framing=framing, content=CONTENTS[3])
        yield compose("POST", version="HTTP/1.0", fields="Connection: keep-alive\r\n", framing=framing, content=CONTENTS[2])
    for framing in FRAMINGS:  # one framing that counts, and one that should not
        if framing.startswith("Transfer"):
            yield compose("POST", fields="Content-Length: {L}\r\n", framing=framing, content=CONTENTS[1])
    for size in SIZES:
        yield compose("POST", framing=CHUNKED, content=f"{size}\r\nabc\r\n0\r\n\r\n{{S}}")
        yield compose("POST", framing=CHUNKED, content=f"{size}\r\n\r\n0\r\n\r\n{{S}}")
        yield compose("POST", framing=CHUNKED, content=f"3\r\nabc\r\n{size.replace('3', '0')}\r\n\r\n{{S}}")
        yield compose("POST", framing=CHUNKED, content=f"{size}\nabc\n0\n\n{{S}}")
    for end in ENDINGS:
        yield compose("POST", framing=CHUNKED, content=f"3\r\nabc{end}0\r\n\r\n{{S}}")
        yield compose("POST", framing=CHUNKED, content=f"3{end}abc\r\n0\r\n\r\n{{S}}")
    for last in LAST_CHUNKS:
        yield compose("POST", framing=CHUNKED, content=f"{last}{{S}}")
        yield compose("POST", framing=CHUNKED, content=f"3\r\nabc\r\n{last}{{S}}")
    for trailer in TRAILERS:
        yield compose("POST", framing=CHUNKED, content=f"0\r\n{trailer}\r\n\r\n{{S}}")
        yield compose("POST", framing=CHUNKED, fields="Trailer: X\r\n", content=f"3\r\nabc\r\n0\r\n{trailer}\r\n\r\n{{S}}")
    for host in HOSTS:
        yield compose(host=host)
        yield compose(host=host, target="http://a/{N}")
        yield compose(host=host, version="HTTP/1.0", fields="Connection: keep-alive\r\n")
    for target in TARGETS:
        yield compose(target=target)
        yield compose("OPTIONS", target=target)
        yield compose("CONNECT", target=target)
    for method in METHODS:
        yield compose(method)
        yield compose(method, framing="Content-Length: {L}\r\n")
        yield compose(method, framing=CHUNKED, content=CONTENTS[2])
    for version in VERSIONS:
        yield compose(version=version)
        yield compose("POST", version=version, framing="Content-Length: {L}\r\n")
        yield compose("POST", version=version, framing=CHUNKED, content=CONTENTS[1])
    for end in LINE_ENDS:
        yield compose(end=end)
        yield compose("POST", end=end, framing="Content-Length: {L}\r\n")
    for prelude in PRELUDES:
        yield compose(prelude=prelude)
        yield compose("POST", framing="Content-Length: 0\r\n", content=prelude + "{S}")
        yield compose("POST", framing=CHUNKED, content="0\r\n\r\n" + prelude + "{S}")
    for field in FIELDS:
        yield compose(fields=field + "\r\n")
        yield compose("POST", fields=field + "\r\n", framing="Content-Length: {L}\r\n")
        yield compose("POST", fields=field + "\r\n", framing=CHUNKED, content=CONTENTS[2])
    yield "GET /{N}\r\n"
    yield "GET /{N}\r\n{S}"
    yield "GET /{N}\n{S}"
    yield "GET /{N} \r\n\r\n{S}"
    yield "{S}{S}{S}"


def several_oddities(count):
    """Two or three at once, drawn: the same ones in every run."""
    draw = random.Random(9112)
    pool = {"method": METHODS, "target": TARGETS, "version": VERSIONS, "host": HOSTS,
    "fields": [f"{field}\r\n" for field in FIELDS],
            "framing": FRAMINGS, "content": CHUNKS, "prelude": PRELUDES, "end": LINE_ENDS}
    for _ in range(count):
        parts = {"method": "POST", "framing": draw.choice(COUNTED), "content": draw.choice(CONTENTS)}
        for part in draw.sample(sorted(pool), draw.choice((2, 2, 3))):
            parts[part] = draw.choice(pool[part])
        yield compose(**parts)


def numbered(number, text):
    """The octets of a case."""
    smuggled = SMUGGLED.replace("{N}", str(number))
    texts = {"{S}": smuggled, "{s}": f"{len(smuggled):x}", "{N}": str(number), "{{}}": "{}"}

    def fill(part):
        for name, value in texts.items():
            part = part.replace(name, value)
        return part

    content = text.partition("\r\n\r\n")[2]
    return fill(text.replace("{L}", str(len(fill(content))))).encode("latin-1")


# --- Origins -------------------------------------------------------------------------------------------------------

# Each log line is: status, number of the case by its field, the request.

def nginx_origin(case, name="nginx"):
    log = f"{case.folder}/{name}.log"
    port = nginx(case, case.leaf, "listen unix:ROOT/unused; } log_format odd '$status $http_x_case $request'; server { LISTEN; "
                 f'access_log {log} odd; location / {{ return 200 "ok"; }}')
    return port, lambda: open(log, errors="replace").read()


def listening(serve):
    """What `serve(descriptor)` gives, with a listening socket handed down to it; and the port."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        return listener.getsockname()[1], serve(listener.fileno())


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def apache_origin(case):
    root, port = f"{case.folder}/apache", free_port()
    os.makedirs(f"{root}/htdocs")
    modules = "/usr/lib/apache2/modules"
    user = "User www-data\nGroup www-data" if os.geteuid() == 0 else ""
    with open(f"{root}/httpd.conf", "w") as file:
        file.write(f"""ServerRoot {root}
ServerName a
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
{user}
Listen 127.0.0.1:{port}
PidFile {root}/pid
DefaultRuntimeDir {root}
Mutex pthread
DocumentRoot {root}/htdocs
ErrorLog {root}/error.log
LogFormat "%>s %{{X-Case}}i %r" odd
CustomLog {root}/access.log odd
""")
    program = Program(case, [APACHE, "-D", "FOREGROUND", "-f", f"{root}/httpd.conf"])
    until(lambda: os.path.exists(f"{root}/pid") or program.process.poll() is not None, "apache2")
    case.assertIsNone(program.process.poll(), program.output)
    return port, lambda: open(f"{root}/access.log", errors="replace").read()


def haproxy_origin(case):
    """In front of an nginx of its own, so that it goes on after a request with content."""
    behind, _ = nginx_origin(case, "behind")
    path = f"{case.folder}/haproxy.cfg"
    with open(path, "w") as file:
        file.write(f"""global
  log stdout format raw local0
defaults
  mode http
  timeout connect 2s
  timeout client 5s
  timeout server 5s
frontend odd
  bind fd@${{LISTENER}}
  log global
  http-request capture hdr(x-case) len 20
  log-format "%ST %[capture.req.hdr(0)] %HM %HU"
  default_backend behind
backend behind
  server behind 127.0.0.1:{behind}
""")
    port, program = listening(lambda listener: Program(case, [HAPROXY, "-db", "-f", path], pass_fds=[listener],
    env={**os.environ, "LISTENER": str(listener)}))
    case.assertIsNone(program.process.poll(), program.output)
    return port, lambda: program.output


def node_origin(case):
    text = """
const http = require('http');
const server = http.createServer((request, response) => {
  console.log(`200 ${request.headers['x-case'] || '-'} ${request.method} ${JSON.stringify(request.url)}`);
  request.resume();
  response.end('ok');
});
server.on('connect', (request, socket) => {
  console.log(`200 ${request.headers['x-case'] || '-'} ${request.method} ${JSON.stringify(request.url)}`);
  socket.end('HTTP/1.1 405 Method Not Allowed\\r\\nContent-Length: 0\\r\\n\\r\\n');
});
server.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}`));
"""
    program = Program(case, [NODE, "-e", text])
    port = int(program.says(r"port (\d+)\n")[1])
    return port, lambda: program.output.partition("\n")[2]


# --- What differs, and is known ------------------------------------------------------------------------------------

# All of it is in first octets that are not taken for HTTP: the connection passes as octets, and has no exchanges. Where
# one of these `smuggles`, the origin reads more than one request from it.
Known = collections.namedtuple("Known", "why origins octets smuggles")
KNOWN = [
    Known("Node takes RTSP for HTTP", ("node_origin",), re.compile(rb"[\r\n]*\w+ +\S+ +(RTSP|ICE)/1\.\d\r\n"), smuggles=True),
]

# --- The comparison ------------------------------------------------------------------------------------------------

class Comparison(Case):
    listener = "mode: forward, target: \"127.0.0.1:{port}\""

    def setUp(self):
        super().setUp()
        self.leaf = self.authority.leaf("origin.test")
        texts = filter(self.fits, [*one_oddity(), *several_oddities(1200)])
        self.cases = [numbered(number, text) for number, text in enumerate(texts)]

    def fits(self, text):  # noqa: ARG002
        return True

    def source(self, number):
        """An address for each case: by it its records are found."""
        return f"127.1.{number // 250}.{number % 250 + 1}"

    def octets(self, number, port):  # noqa: ARG002
        return self.cases[number]

    def ask(self, number, port):
        octets = self.octets(number, port)
        with socket.socket() as client:
            client.settimeout(PATIENCE)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.bind((self.source(number), 0))
            client.connect(("127.0.0.1", self.daemon.port("odd")))
            try:
                cut = number % 2 * random.Random(number).randrange(len(octets))
                for piece in (octets[:cut], octets[cut:]):  # every other one in two
                    client.sendall(piece)
                client.settimeout(QUIET)
                while client.recv(65536):
                    pass
            except TimeoutError:
                client.settimeout(PATIENCE)
                try:
                    client.shutdown(socket.SHUT_WR)
                    while client.recv(65536):
                        pass
                except OSError:
                    pass
            except OSError:
                pass

    def passed_on(self):
        """For each case the paths of the requests of which the head was passed on: only these have a method in their
        record. (One that is `ambiguous` may be among them, where it is the content that could not be read.)"""
        paths = collections.defaultdict(list)
        number = {self.source(n): n for n in range(len(self.cases))}
        connections = self.daemon.records(len(self.cases))
        exchanges = lambda: [e for e in self.daemon.events if e["event"] == "http"]
        until(lambda: len(exchanges()) >= sum(c.get("exchanges", 0) for c in connections), "the records of the exchanges")
        for exchange in exchanges():
            if "method" in exchange:
                paths[number[exchange["source"].rpartition(":")[0]]].append(exchange.get("path", ""))
        return paths

    def read(self, log):
        """For each case the requests that the origin has read, when its log has come to rest."""
        requests = collections.defaultdict(list)
        for line in log.splitlines():
            status, field, request = (line.split(" ", 2) + ["", ""])[:3]
            if not status.isdigit() or int(status) in REFUSALS:
                continue
            found = [part for part in request.replace("?", "/").split("/") if part[:1].isdigit()]
            digits = "".join(c for c in field if c.isdigit()) or (found and "".join(c for c in found[0] if c.isdigit()))
            self.assertTrue(digits, f"a request of no case: {line}")
            requests[int(digits)].append(request)
        return requests

    def compare(self, origin, rules=""):
        """(case, what the origin read, the paths that passed), for each case in which the origin saw what was not passed
        on."""
        port, log = origin(self)
        self.daemon = self.start(f"""
listeners: [{{name: odd, address: "127.0.0.1:0", {self.listener.format(port=port)}}}]
timeouts: {{first_bytes: 200ms, peek: 2s, request_head: 2s, half_close: 3s}}
{rules}
""")
        with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(lambda number: self.ask(number, port), range(len(self.cases))))
        passed = self.passed_on()
        sizes = []
        until(lambda: sizes.append(len(log())) or (len(sizes) > 20 and sizes[-1] == sizes[-20]), "the end of the origin's log")
        read = self.read(log())
        self.figures = f"{sum(map(len, read.values()))} requests read, {sum(map(len, passed.values()))} passed on"
        self.assertGreater(len(read), len(self.cases) // 10)  # it is a comparison of something
        smuggled = lambda texts: sum("/smuggled" in text for text in texts)
        return [(n, read[n], passed[n]) for n in sorted(read)
                if len(read[n]) > max(len(passed[n]), 1 if rules else 0) or smuggled(read[n]) > smuggled(passed[n])]

    def assert_no_difference(self, origin):
        found = self.compare(origin)
        if FIGURES:
            print(f"{origin.__name__}: {len(self.cases)} cases; {self.figures}; {len(found)} differ")
        known = [entry for entry in KNOWN if origin.__name__ in entry.origins]
        met = set()
        new = []
        for n, read, passed in found:
            entry = next((k for k in known if not passed and (k.smuggles or len(read) == 1)
                          and k.octets.match(self.cases[n])), None)
            met.add(entry) if entry else new.append(f"{self.cases[n][:600]!r}\n  read: {read}\n  passed on: {passed}")
        self.assertFalse(new, "read, and not passed on:\n" + "\n".join(new))
        if met:
            print(f"{origin.__name__}: known: {', '.join(k.why for k in met)}")


class Watched(Comparison):
    def test_there_are_many_cases(self):
        self.assertGreater(len(set(self.cases)), 500)

    def test_nginx(self):
        self.assert_no_difference(nginx_origin)

    @unittest.skipUnless(os.path.exists(APACHE), "needs apache2-bin")
    def test_apache(self):
        self.assert_no_difference(apache_origin)

    @unittest.skipUnless(os.path.exists(HAPROXY), "needs haproxy")
    def test_haproxy(self):
        self.assert_no_difference(haproxy_origin)

    @unittest.skipUnless(os.path.exists(NODE), "needs nodejs")
    def test_node(self):
        self.assert_no_difference(node_origin)

    def test_a_relay_of_octets_is_found_out(self):
        """The comparison can fail: where nothing is inspected each connection counts as one request."""
        found = self.compare(nginx_origin, rules="rules: [{name: raw, inspect: none}]")
        if FIGURES:
            print(f"inspect: none: {len(found)} of {len(self.cases)} cases differ")
        self.assertGreater(len(found), 20)


class Forwarded(Comparison):
    """The same requests in absolute-form, through an explicit listener, which writes their heads anew."""

    listener = "mode: explicit"
    START = re.compile(r"([A-Z]+) (/\S*) (?=HTTP/1\.[01]\r\n)")

    def fits(self, text):
        return self.START.match(text)

    def octets(self, number, port):
        text = self.cases[number].decode("latin-1")
        return self.START.sub(rf"\1 http://127.0.0.1:{port}\2 ", text, count=1).encode("latin-1")

    def test_nginx(self):
        self.assertGreater(len(self.cases), 500)
        self.assert_no_difference(nginx_origin)

    @unittest.skipUnless(os.path.exists(NODE), "needs nodejs")
    def test_node(self):
        self.assert_no_difference(node_origin)


if __name__ == "__main__":
    unittest.main()
