#!/usr/bin/env python3
"""What is installed is whole: each file below /usr that a message, a man page, a unit or an installed text names is there,
no installed text links to what is not, no library is asked for in vain, and a purge takes what the daemon wrote, not more.

usage: package.py BUILD ROOT
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDERS = ("base", "net", "tls", "http", "rules", "config", "inspect", "proxy", "daemon")
DOCUMENTS = Path("usr/share/doc/bascule")
NAMED = re.compile(r"/(?:usr|etc/logrotate\.d|lib/systemd)/[\w./-]*[\w/-]*bascule[\w./-]*\w")
# What a page names by its last part alone: recipes and drop-ins.
PAGE_NAMES = re.compile(r"^\.Pa ([a-z-]+\.(?:nft|conf))\b", re.MULTILINE)
# Where an administrator puts things, not where the package does.
NOT_OURS = ("/usr/local/",)


def install(build, root, stage):
    """As the package has it: what CMake installs, and the documents that debian/ lists."""
    subprocess.run(["cmake", "--install", build, "--prefix", "/usr"], check=True, stdout=subprocess.DEVNULL,
                   env={**os.environ, "DESTDIR": str(stage)})
    for name in (root / "packaging/debian/bascule.docs").read_text().split():
        shutil.copy(root / name, stage / DOCUMENTS)
    shutil.copy(root / "packaging/debian/README.Debian", stage / DOCUMENTS)


def naming(root, stage):
    """Files with text in which a path is meant for whoever has the package."""
    for folder in FOLDERS:
        yield from sorted((root / folder).rglob("*.cpp"))
    yield from sorted((root / "man").iterdir())
    yield from (path for path in sorted(stage.rglob("*")) if path.suffix in (".service", ".socket", ".conf", ".yaml", ".nft"))
    yield stage / DOCUMENTS / "README.Debian"


def missing_names(root, stage):
    shipped = {path.name for path in stage.rglob("*") if path.is_file()}
    for path in naming(root, stage):
        text = path.read_text()
        for name in set(NAMED.findall(text)):
            if not name.startswith(NOT_OURS) and not (stage / name[1:]).exists():
                yield f"{path}: names {name}, which is not installed"
        for name in PAGE_NAMES.findall(text) if path.parent == root / "man" else ():
            if name not in shipped:
                yield f"{path}: names {name}, which is not installed"


def dead_links(stage):
    for path in sorted((stage / DOCUMENTS).rglob("*.md")):
        for target in re.findall(r"\]\(([^)#]+)", path.read_text()):
            if "://" not in target and not (path.parent / target).exists():
                yield f"{path.relative_to(stage)}: links to {target}, which is not installed"


def useless_libraries(stage):
    found = subprocess.run(["ldd", "-u", stage / "usr/bin/bascule"], capture_output=True, text=True, check=False)
    for line in found.stdout.splitlines():
        if line.startswith("\t"):
            yield f"bascule asks for {line.strip()}, and uses nothing of it"


def faults_of_purge(root, scratch):
    """Runs the script in a mount namespace of its own, with folders of the test's in place of the system's."""
    if os.geteuid() != 0:
        return
    for name in ("log", "lib", "etc"):
        (scratch / name / "bascule").mkdir(parents=True)
    script = root / "packaging/debian/bascule.postrm"
    mounts = f"mount --bind {scratch}/log /var/log && mount --bind {scratch}/lib /var/lib && mount --bind {scratch}/etc /etc"
    for action, left in (("remove", {"log", "lib", "etc"}), ("purge", {"etc"})):
        subprocess.run(["unshare", "--mount", "sh", "-c", f"{mounts} && exec sh {script} {action}"], check=True)
        found = {name for name in ("log", "lib", "etc") if (scratch / name / "bascule").exists()}
        if found != left:
            yield f"{script.name} {action}: leaves {sorted(found)}, not {sorted(left)}"


def main(build, root):
    root = Path(root)
    with tempfile.TemporaryDirectory() as scratch:
        stage = Path(scratch) / "stage"
        install(build, root, stage)
        faults = [*missing_names(root, stage), *dead_links(stage), *useless_libraries(stage),
                  *faults_of_purge(root, Path(scratch))]
    print("\n".join(faults) or "what is installed is whole")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
