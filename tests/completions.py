#!/usr/bin/env python3
"""The completions of bash, zsh and fish offer, after each command, exactly the commands and options that its --help lists.

usage: completions.py BINARY ROOT
"""
import re
import subprocess
import sys
from pathlib import Path

BASH = """
source "$0"
COMP_WORDS=(bascule "$@") COMP_CWORD=$#
_bascule
printf '%s\\n' "${COMPREPLY[@]}"
"""
# zsh's own functions need a terminal; these say what they were given.
ZSH = """
_arguments() { for spec in "$@"; do print -r -- "${${spec#\\*}%%\\[*}"; done }
_describe() { for entry in "${(@P)4}"; do print -r -- "${entry%%:*}"; done }
words=(bascule "$@") CURRENT=$(($# + 1))
source "$0"
"""
FISH = 'source $argv[1]; complete -C "bascule $argv[2..]"'

OPTION = re.compile(r" +(?:-\w,)?(--[a-z-]+)")  # an explanation may be on a line of its own


def output(*argv):
    return subprocess.run([str(word) for word in argv], capture_output=True, text=True, check=True).stdout


def section(text, title):
    found = re.search(rf"^{title}:\n((?:  .*\n)+)", text, re.MULTILINE)
    return found[1].splitlines() if found else []


def commands_and_options(binary, command=()):
    """{command: what its --help lists}, for each command below this one too."""
    text = output(binary, *command, "--help")
    below = [line.split()[0] for line in section(text, "Subcommands")]
    options = {found[1] for found in map(OPTION.match, section(text, "Options")) if found}
    listed = {command: options | set(below)}
    for name in below:
        listed.update(commands_and_options(binary, (*command, name)))
    return listed


def offered(shell, folder, command):
    """What is offered for the next word: commands where it is empty, options where it begins with dashes."""
    words = set()
    for beginning in ("", "--"):
        if shell == "bash":
            text = output("bash", "-c", BASH, folder / "bascule", *command, beginning)
        elif shell == "zsh":
            text = output("zsh", "-fc", ZSH, folder / "_bascule", *command, beginning)
        else:
            text = output("fish", "--no-config", "-c", FISH, folder / "bascule.fish", *command, beginning)
        words |= {line.split("\t")[0] for line in text.splitlines() if line}
    return words


def main(binary, root):
    faults = []
    listed = commands_and_options(binary)
    for shell in ("bash", "zsh", "fish"):
        for command, wanted in listed.items():
            found = offered(shell, Path(root) / "packaging/completions", command)
            where = f"{shell}: {' '.join(('bascule', *command))}"
            faults += [f"{where}: {word} is not offered" for word in sorted(wanted - found)]
            faults += [f"{where}: {word} is offered, but there is no such thing" for word in sorted(found - wanted)]
    print("\n".join(faults) or f"{len(listed)} commands, in three shells")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
