#!/usr/bin/env python3
"""The shipped units are clean for systemd and hardened: the service at 1.6 or better, with each drop-in at 2.0.

usage: systemd_unit.py ROOT

The daemon need not be installed: in the copies that are checked /bin/true stands for it.
"""
import re
import subprocess
import sys
import tempfile
from pathlib import Path

WORST_EXPOSURE = 1.6           # of the service as shipped
WORST_EXPOSURE_EXTENDED = 2.0  # with a drop-in that asks for a capability


def analyze(*arguments):
    return subprocess.run(["systemd-analyze", "--no-pager", *arguments], capture_output=True, text=True, check=False)


def faults_of_units(folder):
    result = analyze("verify", "--man=no", *map(str, sorted(folder.iterdir())))
    if result.returncode != 0 or result.stderr.strip():
        yield f"systemd-analyze verify: exit {result.returncode}\n{result.stderr}"


def fault_of_exposure(unit, worst, what):
    result = analyze("security", "--offline=true", str(unit))
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", result.stdout)
    if not found:
        return f"{what}: systemd-analyze security gives no number\n{result.stdout}{result.stderr}"
    print(f"{what}: exposure {found[1]}, at most {worst}")
    return f"{what}: exposure {found[1]} is over {worst}" if float(found[1]) > worst else None


def faults(root, scratch):
    service = (root / "systemd/bascule.service").read_text().replace("/usr/bin/bascule", "/bin/true")
    (scratch / "bascule.service").write_text(service)
    (scratch / "bascule.socket").write_text((root / "systemd/bascule.socket").read_text())
    yield from faults_of_units(scratch)
    yield fault_of_exposure(scratch / "bascule.service", WORST_EXPOSURE, "bascule.service")
    drop_ins = sorted((root / "systemd/examples").glob("*.conf"))
    if not drop_ins:
        yield "no drop-in in systemd/examples"
    for drop_in in drop_ins:
        (scratch / "bascule.service").write_text(service + drop_in.read_text())
        yield from faults_of_units(scratch)
        yield fault_of_exposure(scratch / "bascule.service", WORST_EXPOSURE_EXTENDED, drop_in.name)


def main(root):
    with tempfile.TemporaryDirectory() as scratch:
        found = [fault for fault in faults(Path(root), Path(scratch)) if fault]
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
