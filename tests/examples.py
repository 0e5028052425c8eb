#!/usr/bin/env python3
"""Each example configuration, also the one in the README, passes `bascule check` and agrees with `bascule schema`.

usage: examples.py BASCULE ROOT
"""
import json
import re
import sys
import tempfile
from pathlib import Path

import jsonschema
import yaml

from scratch_configuration import check, make_ca, run


class Yaml12(yaml.SafeLoader):
    """As the daemon and editors read it: `off` and `no` are words, only `true` and `false` are booleans."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag.rsplit(":", 1)[1] not in ("bool", "timestamp")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


Yaml12.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))


def examples(root):
    """(where, text) of every example."""
    for file in sorted([*(root / "examples").glob("*.yaml"), *(root / "examples/demo").glob("*.yaml")]):
        yield str(file.relative_to(root)), file.read_text()
    for text in re.findall(r"^```yaml\n(.*?)^```$", (root / "README.md").read_text(), re.MULTILINE | re.DOTALL):
        yield "README.md", text


def check_fault(binary, text):
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        make_ca(binary, folder)
        (folder / "origin-ca.crt").write_bytes((folder / "ca.crt").read_bytes())
        (folder / "hosts").write_text("127.0.0.1 one.example\n")
        return check(binary, folder, text)


def faults(binary, root):
    schema = jsonschema.Draft7Validator(json.loads(run(binary, "schema").stdout))
    found = list(examples(root))
    if len(found) < 5:
        yield f"only {len(found)} examples in {root}"
    for where, text in found:
        fault = check_fault(binary, text)
        if fault:
            yield f"{where}: check: {fault}"
        for error in schema.iter_errors(yaml.load(text, Yaml12)):
            yield f"{where}: schema: {'.'.join(map(str, error.path))}: {error.message}"


def main(binary, root):
    found = list(faults(Path(binary).resolve(), Path(root)))
    print("\n".join(found) if found else "every example is right")
    return 1 if found else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
