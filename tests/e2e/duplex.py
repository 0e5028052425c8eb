"""Both ends of a connection through the daemon that keep both directions full, renegotiate or update their keys while
they do, and verify every octet: tests/support/renegotiator.cpp (OpenSSL, GnuTLS)."""
import json
import os
import subprocess
import threading

from harness import BASCULE, WAIT, Case

RENEGOTIATOR = os.environ.get("RENEGOTIATOR") or os.path.join(os.path.dirname(BASCULE), "tests/renegotiator")
MIB = 1 << 20


class Peer:
    """One end. Options are the program's: Peer("client", port=1, tls="1.2", ca="ca.crt", name="a.test", send=5)."""

    def __init__(self, role, **options):
        arguments = [text for name, value in options.items() for text in (f"--{name}", str(value))]
        self.process = subprocess.Popen([RENEGOTIATOR, role, *arguments], stdout=subprocess.PIPE, text=True)
        self.port = json.loads(self.process.stdout.readline())["port"] if role == "server" else None

    def result(self, wait=3 * WAIT):
        watchdog = threading.Timer(wait, self.process.kill)
        watchdog.start()
        text = self.process.stdout.read()
        self.process.wait()
        watchdog.cancel()
        return json.loads(text) if text else {"error": f"nothing within {wait} s"}

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class DuplexCase(Case):
    def peer(self, role, **options):
        peer = Peer(role, **options)
        self.addCleanup(peer.end)
        return peer

    def converse(self, tls, up, down, client=None, origin=None, limits="", watch=None, environment=None):
        """One connection with `up` and `down` octets; `client` and `origin` are more options of each end.
        (the client's result, the origin's, the connection's record). watch(daemon) is called again and again while it runs."""
        certificate, key = self.authority.leaf("origin.test")
        server = self.peer("server", tls=tls, certificate=certificate, key=key, send=down, expect=up, **(origin or {}))
        daemon = self.start(f"""
listeners: [{{name: fixed, address: "127.0.0.1:0", mode: forward, target: "origin.test:{server.port}"}}]
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {self.hosts(**{"origin.test": "127.0.0.1"})}}}
limits: {{{limits}}}
""", environment=environment)
        caller = self.peer("client", tls=tls, port=daemon.port("fixed"), ca=daemon.ca, name="origin.test", send=up,
                           expect=down, **(client or {}))
        while watch and caller.process.poll() is None:
            watch(daemon)
            threading.Event().wait(0.005)
        return caller.result(), server.result(), daemon.record()

    def assert_all_passed(self, results, up, down):
        """Every octet came, in order, and both ends and the record saw an end in order."""
        client, origin, record = results
        self.assertEqual((client["error"], origin["error"]), ("", ""), results)
        self.assertEqual((origin["received"], client["received"]), (up, down), results)
        self.assertEqual((record["bytes_up"], record["bytes_down"]), (up, down), record)
        self.assertEqual(record["action"], "intercept", record)
        self.assertEqual(record["end"]["how"], "close_notify", record)
