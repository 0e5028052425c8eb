"""Headless Chromium, which says nothing to anybody of its own accord, as far as it can be told."""
import os

from harness import run

FLAGS = ("--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
         "--disable-component-update --disable-sync --disable-dev-shm-usage").split()


def trust(case, certificate):
    """Its store, where HOME is the test's folder."""
    store = f"{case.folder}/.pki/nssdb"
    os.makedirs(store)
    for command in (["-N", "--empty-password"], ["-A", "-t", "C,,", "-n", "bascule", "-i", certificate]):
        done = run("certutil", "-d", f"sql:{store}", *command)
        case.assertEqual(done.returncode, 0, done.stderr)
