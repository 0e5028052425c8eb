#!/usr/bin/env python3
"""Checks the folders against the table in docs/ARCHITECTURE.md: who may include whom, and who owns which library; that
the sub-folders of a folder (its rooms) do not include each other in a circle; and that no room outgrows a screen; and that OpenSSL's
version is asked for in one place.

usage: layering.py [--self-test] ROOT

Prints one line per violation, `file:line: what is wrong`, and exits 1 if there is any. With --self-test it plants one
violation of each kind in a scratch tree and fails unless each is found, and nothing else.
"""
import argparse
import re
import sys
import tempfile
from pathlib import Path

BELOW = {
    "base": set(),
    "net": {"base"},
    "tls": {"base", "net"},
    "http": {"base"},
    "rules": {"base"},
    "config": {"base", "rules"},
    "inspect": {"base"},
    "proxy": {"base", "net", "tls", "http", "rules", "config", "inspect"},
    "daemon": {"base", "net", "tls", "http", "rules", "config", "inspect", "proxy"},
}

# Which OpenSSL is at hand decides in one place: what else depends on it asks that place for a capability.
VERSION = re.compile(r"\b(OPENSSL_VERSION_\w+|OPENSSL_version_\w+|OpenSSL_version(_num)?|SSLEAY_\w+)\b")
VERSION_KNOWN_IN = {"tls/library.h", "tls/library.cpp"}

# More sources than this in one room, and it is divided (DESIGN: "about 25").
LARGEST_ROOM = 30

# A library, how its headers begin, what its names look like in code, and the folders that may use it.
LIBRARIES = [
    ("fmt", r"fmt/", None, set(BELOW)),
    ("libevent", r"event2/|event\.h$|ev(dns|http|util)\.h$",
     r"\b(event_(new|add|del|free|assign|base_\w+)|evtimer_\w+|evutil_\w+|bufferevent_\w+)\s*\(", {"net"}),
    ("c-ares", r"ares(_\w+)?\.h$", r"\bares_\w+\s*\(", {"net"}),
    ("sockets", r"sys/(socket|epoll|un)\.h$|ifaddrs\.h$|netinet/|netdb\.h$|linux/(netfilter|tcp|in6?)\b", None,
     {"net", "daemon"}),
    ("OpenSSL", r"openssl/", r"\b(SSL|SSL_CTX|SSL_SESSION|X509|X509V3|EVP|BIO|ERR|ASN1|OPENSSL)_\w+\s*\(|\bssl_st\b",
     {"tls"}),
    ("libpsl", r"libpsl\.h$", r"\bpsl_\w+\s*\(", {"tls"}),
    ("nghttp2", r"nghttp2/", r"\bnghttp2_\w+\s*\(", {"http"}),
    ("Boost", r"boost/", r"\bboost::", {"http"}),
    ("a content coding", r"(zlib|zstd)\.h$|brotli/", None, {"http"}),
    ("RE2", r"re2/", r"\b(re2::|RE2\b)", {"rules"}),
    ("libidn2", r"idn2\.h$", r"\bidn2_\w+\s*\(", {"rules"}),
    ("yaml-cpp", r"yaml-cpp/", r"\bYAML::", {"config"}),
    ("nlohmann-json", r"nlohmann/", r"\bnlohmann::", {"config"}),
    ("spdlog", r"spdlog/", r"\bspdlog::", {"inspect"}),
    ("the journal", r"systemd/sd-journal\.h$", r"\bsd_journal_\w+\s*\(", {"inspect"}),
    ("libsystemd", r"systemd/(?!sd-journal\.h$)", r"\bsd_(notify|listen|watchdog)\w*\s*\(", {"daemon"}),
    ("CLI11", r"CLI/", r"\bCLI::", {"daemon"}),
    ("Catch2", r"catch2/", None, set()),
    ("Google Benchmark", r"benchmark/", None, set()),
    ("coroutine handles", None, r"\bcoroutine_handle\b", {"net"}),
]

# Standard C++ (no dot, no slash), and the C library, POSIX and Linux.
PLATFORM = re.compile(
    r"[a-z_0-9]+$|(sys|linux|arpa|asm|bits)/[\w/]+\.h$|"
    r"(aio|assert|ctype|dirent|dlfcn|endian|errno|fcntl|features|fnmatch|getopt|glob|grp|inttypes|langinfo|libgen|"
    r"limits|link|locale|malloc|math|mntent|paths|poll|pthread|pwd|sched|semaphore|setjmp|shadow|signal|spawn|stdarg|"
    r"stddef|stdint|stdio|stdlib|string|strings|syscall|sysexits|syslog|termios|time|ucontext|unistd|utime|wait|wchar)"
    r"\.h$")

INCLUDE = re.compile(r'\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')
# A comment, or a string or character literal: what a person reads, not what the compiler binds.
PROSE = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])\'', re.DOTALL)


def blank(match):
    """The same lines with nothing on them, so that line numbers stay."""
    return "\n" * match.group().count("\n")


def include_faults(folder, header, quoted, root):
    if quoted:
        target = header.split("/", 1)[0]
        if target in BELOW:
            if target != folder and target not in BELOW[folder]:
                may = ", ".join(sorted(BELOW[folder])) or "nothing"
                yield f'{folder}/ may not include "{header}": it may include {may}'
        elif not (root / header).is_file():
            yield f'"{header}" is not a path from the project root'
        return
    for name, headers, _, owners in LIBRARIES:
        if headers and re.match(headers, header):
            if folder not in owners:
                yield f"<{header}>: {name} belongs to {', '.join(sorted(owners)) or 'tests'}, not to {folder}/"
            return
    if not PLATFORM.match(header):
        yield f"<{header}>: a library without an owner; add it to the table in tests/layering.py"


def file_faults(path, root):
    folder = path.relative_to(root).parts[0]
    text = path.read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), 1):
        include = INCLUDE.match(line)
        if include:
            quoted, angled = include.groups()
            for fault in include_faults(folder, quoted or angled, bool(quoted), root):
                yield number, fault
    for number, line in enumerate(PROSE.sub(blank, text).splitlines(), 1):
        version = VERSION.search(line)
        if version and str(path.relative_to(root)) not in VERSION_KNOWN_IN:
            yield number, f"`{version.group()}`: a version of OpenSSL; ask tls/library.h for a capability"
        if INCLUDE.match(line) or line.lstrip().startswith("#"):
            continue
        for name, _, symbols, owners in LIBRARIES:
            found = symbols and folder not in owners and re.search(symbols, line)
            if found:
                said = found.group().rstrip("( ")
                yield number, f"`{said}`: {name} belongs to {', '.join(sorted(owners))}, not to {folder}/"


def sources(folder):
    return [path for path in sorted(folder.rglob("*")) if path.suffix in {".h", ".cpp"}]


def room_of(path):
    """The room of a path below its folder; empty: the folder's top, which its rooms share."""
    return "/".join(path.parts[1:-1])


def room_includes(root, folder):
    """{room: {included room: "file:line"}}, each with one place that includes it; the top is no room."""
    includes = {}
    for path in sources(root / folder):
        room = room_of(path.relative_to(root))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            include = INCLUDE.match(line)
            target = Path(include.group(1)) if include and include.group(1) else None
            if target and target.parts[0] == folder and room_of(target) not in {"", room} and room:
                includes.setdefault(room, {}).setdefault(room_of(target), f"{path.relative_to(root)}:{number}")
    return includes


def circle_faults(root, folder):
    """One line for each include that closes a circle of rooms."""
    includes, way, done = room_includes(root, folder), [], set()

    def walk(room):
        way.append(room)
        for target, place in sorted(includes.get(room, {}).items()):
            if target in way:
                circle = " -> ".join(way[way.index(target):] + [target])
                yield f"{place}: the rooms of {folder}/ include each other in a circle: {circle}"
            elif target not in done:
                yield from walk(target)
        done.add(way.pop())

    for room in sorted(includes):
        if room not in done:
            yield from walk(room)


def size_faults(root, folder):
    rooms = {}
    for path in sources(root / folder):
        rooms.setdefault(path.parent, []).append(path)
    for room, files in sorted(rooms.items()):
        if len(files) > LARGEST_ROOM:
            yield (f"{files[LARGEST_ROOM].relative_to(root)}:1: {room.relative_to(root)}/ has {len(files)} files, more "
                   f"than {LARGEST_ROOM}: divide it into rooms that each answer one question")


def check(root):
    faults = []
    for folder in BELOW:
        for path in sources(root / folder):
            faults += [f"{path.relative_to(root)}:{number}: {fault}" for number, fault in file_faults(path, root)]
        faults += [*circle_faults(root, folder), *size_faults(root, folder)]
    return faults


PLANTED = {
    "base/upward.h": '#include "net/stream.h"\n',
    "rules/sideways.cpp": '#include "base/text.h"\n#include "config/config.h"\n',
    "tls/older.cpp": "#if OPENSSL_VERSION_NUMBER < 0x30500000L\n#endif\n",
    "proxy/foreign.cpp": "#include <openssl/ssl.h>\n",
    "daemon/parser.cpp": "#include <yaml-cpp/yaml.h>\n",
    "inspect/notify.cpp": "#include <systemd/sd-daemon.h>\n",
    "tls/socket.cpp": "#include <sys/socket.h>\n",
    "http/handle.cpp": "void f(std::coroutine_handle<> h);\n",
    "proxy/forward.cpp": "struct ssl_st;\n",
    "config/test.h": "#include <catch2/catch.hpp>\n",
    "net/unknown.cpp": "#include <curl/curl.h>\n",
    "tls/relative.cpp": '#include "session.h"\n',
    "tls/up/closes.cpp": '#include "tls/down/opens.h"\n',
    "net/c/last.h": '#include "net/a/first.h"\n',
    f"config/many/z{LARGEST_ROOM}.h": "",
}
INNOCENT = {
    "tls/down/opens.h": '#include "tls/up/other.h"\n',
    "tls/up/other.h": '#include "tls/session.h"\n#include "tls/up/third.h"\n',
    "tls/session.h": '#include "tls/up/other.h"\n',
    "net/a/first.h": '#include "net/b/middle.h"\n',
    "net/b/middle.h": '#include "net/c/last.h"\n',
    **{f"config/many/z{number:02}.h": "" for number in range(LARGEST_ROOM)},
    "base/text.h": "#pragma once\n#include <string>\n#include <unistd.h>\n#include <fmt/format.h>\n",
    "tls/session.cpp": '#include <openssl/ssl.h>\n#include "net/stream.h"\n#include "tls/session.h"\nint n = SSL_read(s);\n',
    "net/task.h": "#include <coroutine>\n#include <event2/event.h>\nstd::coroutine_handle<> h;\n",
    "inspect/journal.cpp": "#include <systemd/sd-journal.h>\n",
    "proxy/talk.cpp": '// SSL_read() is not called here: coroutine_handle\nauto s = "YAML::Node"; /* boost::\n beast */\n',
    "tls/library.cpp": "#if OPENSSL_VERSION_MAJOR > 3\n#endif\n",
    "rules/digits.cpp": "auto million = 1'000'000; auto quote = '\"'; // ares_init()\n",
}


def self_test():
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        for name, text in {**PLANTED, **INNOCENT}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        faults = check(root)
    reported = {fault.split(":", 1)[0] for fault in faults}
    for name in sorted(set(PLANTED) - reported):
        print(f"not found: the violation planted in {name}")
    for fault in faults:
        if fault.split(":", 1)[0] not in PLANTED:
            print(f"wrongly reported: {fault}")
    return reported == set(PLANTED)


def main():
    parser = argparse.ArgumentParser(description="Check the includes against the table of folders.")
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("root", type=Path, nargs="?", default=Path(__file__).resolve().parent.parent)
    options = parser.parse_args()
    if options.self_test:
        return 0 if self_test() else 1
    if not (options.root / "base").is_dir():
        parser.error(f"{options.root} has no folder base/")
    faults = check(options.root)
    print("\n".join(faults) if faults else "every include is where it belongs")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
