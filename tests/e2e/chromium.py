"""Headless Chromium behind the proxy, with the CA in its own store."""
import os

from harness import run

FLAGS = ("--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
         "--disable-component-update --disable-sync --disable-dev-shm-usage").split()


def command(case, daemon, listener="apps"):
    """(arguments, environment) that a URL and more options are added to."""
    store = f"{case.folder}/.pki/nssdb"
    os.makedirs(store)
    for arguments in (["-N", "--empty-password"], ["-A", "-t", "C,,", "-n", "bascule", "-i", daemon.ca]):
        done = run("certutil", "-d", f"sql:{store}", *arguments)
        case.assertEqual(done.returncode, 0, done.stderr)
    argv = ["chromium", *FLAGS, f"--user-data-dir={case.folder}/profile", f"--proxy-server=127.0.0.1:{daemon.port(listener)}"]
    return argv, {**os.environ, "HOME": case.folder}
