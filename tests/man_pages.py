#!/usr/bin/env python3
"""The man pages against the daemon: every key of the schema, every field of the record, every example.

usage: man_pages.py BASCULE ROOT

In man/bascule.yaml.5 a key is an `.It Ic path.to[].key`, a field `.It Va field` (or a `.Va` in the field that holds
it), and each display follows a line `.\\" yaml` (checked, with a CA and a listener added where it has none) or
`.\\" text`. A key that the page has and the schema does not is a fault as well.
"""
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from scratch_configuration import check, make_ca, run

RECORD_FIELDS = """
    time event id listener mode protocol source target destination server_name action rule rule_at reason alpn
    client_tls upstream_tls certificate client_certificate certificate_requested ja4 upstream_ja4 downgraded bytes_up bytes_down timings_ms end
    version cipher group resumed fingerprint subject issuer not_after verify ocsp forged_serial
    peek resolve connect upstream_handshake client_handshake total by how step detail""".split()
ENDINGS = """
    close_notify fin reset truncated blocked unresolved refused unreachable alert unverified timeout limit denied loop
    client_gone error drain killed""".split()
STEPS = "accept preface peek resolve connect upstream-handshake client-handshake relay".split()
COMMANDS = ["run", "check", "explain", "ca create", "learned list", "learned forget", "ctl", "schema", "version"]

# What a rule may override is described once, at the top level.
OVERRIDES = re.compile(r"rules\[\]\.(?=(upstream|timeouts|ca)\.)")
# What may be one, or a list, is described as a list.
ONE_OR_MANY = re.compile(r"(?<=\.do)(?=\.)")

CA = "ca: {certificate: ca.crt, key: ca.key}\n"
LISTENERS = "listeners:\n  - {name: apps, address: 127.0.0.1:8080, mode: explicit}\n"


def is_built(node):
    """Not so a key of a later version: it takes nothing, or only its default, or is a map of such keys."""
    if "not" in node or "const" in node or node.get("maxItems") == 0:
        return False
    members = node.get("properties")
    return not members or any(is_built(member) for member in members.values())


def schema_paths(schema, node, path=""):
    """`a`, `a.b`, `list[].c`: every key that a file may hold, whatever alternatives the schema offers."""
    if "$ref" in node:
        target = schema
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        yield from schema_paths(schema, target, path)
    for alternative in node.get("anyOf", []) + node.get("oneOf", []) + node.get("allOf", []):
        yield from schema_paths(schema, alternative, path)
    for key, value in node.get("properties", {}).items():
        if not is_built(value):
            continue
        below = f"{path}.{key}" if path else key
        yield below
        yield from schema_paths(schema, value, below)
    if isinstance(node.get("items"), dict):
        yield from schema_paths(schema, node["items"], path + "[]")


def list_items(page, macro):
    """The arguments of each `.It MACRO ...`: keys, fields, endings."""
    for line in re.findall(rf"^\.It {macro} (.*)$", page, re.MULTILINE):
        yield from line.split(" , ")


def key_faults(binary, page):
    answer = run(binary, "schema")
    if answer.returncode != 0:
        yield f"bascule schema: exit {answer.returncode}\n{answer.stderr}"
        return
    schema = json.loads(answer.stdout)
    known = {ONE_OR_MANY.sub("[]", OVERRIDES.sub("", path)) for path in schema_paths(schema, schema)}
    later = tuple(name for name, node in schema["properties"].items() if not is_built(node))
    written = set(list_items(page, "Ic"))
    if len(known) < 40:
        yield f"the schema has only {len(known)} keys"
    for path in sorted(known - written):
        yield f"the schema has {path}, the page has not"
    for path in sorted(written - known):
        if re.split(r"\W", path)[0] in later:  # the page is ahead of the version, and says so
            continue
        yield f"the page has {path}, the schema has not"


def key_facts(schema, node, path=""):
    """(path, required, default) of each key that a file may hold; default: absent where there is none."""
    if isinstance(node.get("items"), dict):
        yield from key_facts(schema, node["items"], path + "[]")
    for alternative in node.get("anyOf", []):
        yield from key_facts(schema, alternative, path)
    for key, value in node.get("properties", {}).items():
        below = f"{path}.{key}" if path else key
        if is_built(value):
            yield below, key in node.get("required", []), value
            yield from key_facts(schema, value, below)


def said_of_keys(page):
    """{key: the text of its item in the page, without macros}."""
    said = {}
    for names, text in re.findall(r"^\.It Ic (.*)\n((?:(?!\.It |\.El|\.Bl|\.Ss|\.Sh).*\n)*)", page, re.MULTILINE):
        plain = re.sub(r"\\(dq|\(dq)", '"', re.sub(r"^\.\w\w? ", "", text, flags=re.MULTILINE).replace("\n", " "))
        for name in names.split(" , "):
            said[name] = plain
    return said


def fact_faults(binary, page):
    """What the page says of a key's default and whether it must be there, against the schema."""
    schema, said = json.loads(run(binary, "schema").stdout), said_of_keys(page)
    checked = 0
    for path, required, node in key_facts(schema, schema):
        if OVERRIDES.match(path) or path not in said:
            continue
        text = said[path]
        beginning = text.split(". ", 1)[0]
        checked += 1
        if required != bool(re.search(r"\brequired\b", beginning, re.IGNORECASE)):
            yield f"{path}: the schema has it {'required' if required else 'not required'}, the page: {beginning}"
        default = node.get("default")
        if default is None or default == []:
            continue
        words = default if isinstance(default, list) else [default]
        for word in (str(one).lower() if isinstance(one, bool) else str(one) for one in words):
            if word not in text.replace("\\&", ""):
                yield f"{path}: the default is {word}, which the page does not say: {beginning}"
    if checked < 40:
        yield f"only {checked} keys were compared"


def word_faults(page, macros, words, what):
    for word in words:
        if not re.search(rf"^\.(It )?({macros}) (.* )?{re.escape(word)}( |$)", page, re.MULTILINE):
            yield f"{what} {word} is not in the page"


def displays(page):
    """(kind, text) of each literal display; kind is what the comment before it says, or nothing."""
    pattern = r'(?:^\.\\" (\w+)\n)?^\.Bd -literal.*\n((?:.*\n)*?)\.Ed$'
    for kind, text in re.findall(pattern, page, re.MULTILINE):
        yield kind, text.replace("\\e", "\\")


def example_faults(binary, page):
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        make_ca(binary, folder)
        checked = 0
        for kind, text in displays(page):
            if kind not in ("yaml", "text"):
                yield f"a display without a mark of its kind:\n{text}"
            if kind != "yaml":
                continue
            checked += 1
            whole = text
            if not re.search(r"^listeners:", text, re.MULTILINE):
                whole = LISTENERS + whole
            if not re.search(r"^ca:", text, re.MULTILINE):
                whole = CA + whole
            fault = check(binary, folder, whole)
            if fault:
                yield f"{fault}\n{whole}"
        if checked == 0:
            yield "no example in the page"


def lint_faults(root):
    for page in sorted((root / "man").glob("*.[1-9]")):
        linted = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", str(page)], capture_output=True, text=True,
                                check=False)
        if linted.returncode != 0:
            yield linted.stdout.rstrip()


def faults(binary, root):
    daemon = (root / "man/bascule.8").read_text()
    page = (root / "man/bascule.yaml.5").read_text()
    yield from lint_faults(root)
    yield from key_faults(binary, page)
    yield from fact_faults(binary, page)
    yield from word_faults(page, "Va", RECORD_FIELDS, "the field")
    yield from word_faults(page, "Li", ENDINGS, "the ending")
    yield from word_faults(page, "Ql", STEPS, "the step")
    yield from word_faults(daemon, "Cm", COMMANDS, "the command")
    yield from example_faults(binary, page)


def main(binary, root):
    found = list(faults(Path(binary).resolve(), Path(root)))
    print("\n".join(found) if found else "the pages say what the daemon does")
    return 1 if found else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
