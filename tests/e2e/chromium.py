"""Headless Chromium behind the proxy, with the CA in its own store."""
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


def trusting(case, daemon):
    """(arguments, environment) of a browser that has our CA in its store; a URL and more options are added."""
    trust(case, daemon.ca)
    return ["chromium", *FLAGS, f"--user-data-dir={case.folder}/profile"], {**os.environ, "HOME": case.folder}


def command(case, daemon, listener="apps"):
    """The same, behind an explicit listener."""
    argv, environment = trusting(case, daemon)
    return [*argv, f"--proxy-server=127.0.0.1:{daemon.port(listener)}"], environment
