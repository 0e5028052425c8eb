"""What the badssl files share: bad origins made here, one daemon that enforces and one that mirrors, and clients that tell
why they refuse. The categories are those of badssl.com; not of TLS, and so not here, are its pages on HSTS, mixed content,
forms, cookies and user agents, and what lives in a browser alone: pins, expected SCTs, MITM detection."""
import os
import shutil
import ssl
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))

from certificates import Maker  # noqa: E402
from harness import Daemon, Server, answer_http  # noqa: E402
from raw import Secured, dial, fault_in, handshake_fault, read_to_end, tunnel  # noqa: E402

NAME = "site.test"
BODY = b"the page\n"
MODES = ("enforce", "mirror")

# What a client says is wrong, by X509_V_ERR code (openssl-verify(1)).
CLASSES = {9: "not yet valid", 10: "expired", 18: "issuer", 19: "issuer", 20: "issuer", 21: "issuer", 23: "revoked", 62: "name",
           64: "name", 66: "weak", 67: "weak", 68: "weak"}


def everything():
    """A client's context that takes whatever OpenSSL can speak at all, and trusts everybody."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:COMPLEMENTOFALL:@SECLEVEL=0")
    return context


def careful(authority):
    """A client's context that trusts one authority, verifies, and looks for names where RFC 9525 says that they are."""
    context = ssl.create_default_context(cafile=authority)
    context.hostname_checks_common_name = False
    return context


def page_or_fault(connection, context, name=NAME):
    """The body that a client gets, or why it gets none: a class of fault, or how the peer refused."""
    with connection:
        try:
            client = Secured(connection, context, name)
        except ssl.SSLCertVerificationError as error:
            return CLASSES.get(error.verify_code, error.verify_message)
        except OSError as error:
            return fault_in(error)
        client.sendall(f"GET / HTTP/1.1\r\nHost: {name}\r\n\r\n".encode())
        data, end = read_to_end(client)
        client.close_notify()
        return BODY if data.endswith(BODY) else end


class Lab(unittest.TestCase):
    more = ""  # of `upstream`

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="bascule-badssl-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.maker = Maker(cls.folder)
        cls.root = cls.maker.authority("Public Root")
        cls.intermediate = cls.maker.authority("Public Intermediate", cls.root)
        cls.prepare()
        with open(f"{cls.folder}/hosts", "w") as hosts:
            hosts.write(f"127.0.0.1 {NAME} sub.{NAME} a.b.{NAME}\n")
        cls.daemons = {mode: cls.start(mode) for mode in MODES}

    @classmethod
    def prepare(cls):
        """What the daemons' configuration needs."""

    @classmethod
    def start(cls, mode):
        os.mkdir(f"{cls.folder}/{mode}")
        daemon = Daemon(f"{cls.folder}/{mode}", f"""
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}]
upstream: {{trust: [{cls.root.certificate}], verify: {mode}{cls.more}}}
resolver: {{hosts: {cls.folder}/hosts}}
""")

        def end():
            daemon.process.kill()
            daemon.process.wait()
            daemon.finish()

        cls.addClassCleanup(end)
        return daemon.ready()

    def origin(self, chain, ciphers="DEFAULT:@SECLEVEL=0", **settings):
        """The port of an HTTPS origin; `settings` are attributes of its ssl.SSLContext."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers(ciphers)
        context.load_cert_chain(*chain)
        for name, value in settings.items():
            setattr(context, name, value)
        return self.serve(context)

    def serve(self, context):
        server = Server(answer_http(BODY), context)
        self.addCleanup(server.close)
        return server.port

    def tunnel(self, mode, port, name=NAME):
        return tunnel(self.daemons[mode].port("apps"), f"{name}:{port}")

    def careful(self, mode):
        """A client's context that trusts the proxy's CA alone, and verifies."""
        return careful(self.daemons[mode].ca)

    def seen_directly(self, port, name=NAME):
        """What a careful client of the origin itself makes of it."""
        return page_or_fault(dial(port), careful(self.root.certificate), name)

    def refusal(self, mode, port, name=NAME):
        """How a client is refused that would take anything."""
        with self.tunnel(mode, port, name) as connection:
            return handshake_fault(connection, everything(), name)

    def check_accepted(self, port, name=NAME, client=None):
        """In both modes a client gets the page, and the record finds no fault."""
        for mode in MODES:
            with self.subTest(mode=mode):
                self.assertEqual(page_or_fault(self.tunnel(mode, port, name), client or self.careful(mode), name), BODY)
                record = self.daemons[mode].record()
                self.assertEqual(record["certificate"]["verify"], "ok")
                self.assertEqual(record["end"]["step"], "relay")

    def check_good(self, leaf, name=NAME):
        port = self.origin(leaf.chain())
        self.assertEqual(self.seen_directly(port, name), BODY)
        self.check_accepted(port, name)

    def check_unverified(self, port, alert, verify, mirrored, name=NAME):
        """With enforce the client gets `alert`; with mirror it refuses for a fault of class `mirrored`, unless it does not
        look, and then gets the page. The records have `verify`."""
        with self.subTest(mode="enforce"):
            self.assertEqual(self.refusal("enforce", port, name), f"alert {alert}")
            record = self.daemons["enforce"].record()
            end = record["end"]
            self.assertEqual((end["by"], end["how"], end["step"]), ("proxy", "unverified", "upstream-handshake"))
            self.assertEqual(record["certificate"]["verify"], verify)
            self.assertEqual(record["bytes_up"], 0)
        with self.subTest(mode="mirror"):
            self.assertEqual(page_or_fault(self.tunnel("mirror", port, name), self.careful("mirror"), name), mirrored)
            record = self.daemons["mirror"].record()
            self.assertEqual((record["action"], record["certificate"]["verify"]), ("intercept", verify))
            self.assertEqual((record["end"]["by"], record["end"]["how"]), ("client", "alert"))
            self.assertEqual(page_or_fault(self.tunnel("mirror", port, name), everything(), name), BODY)
            self.assertEqual(self.daemons["mirror"].record()["certificate"]["verify"], verify)

    def check_unreachable(self, port, by, how, detail, name=NAME):
        """In both modes the origin speaks only what is too weak: the client, which would take it, gets a fatal alert."""
        for mode in MODES:
            with self.subTest(mode=mode):
                self.assertRegex(self.refusal(mode, port, name), "^alert ")
                record = self.daemons[mode].record()
                end = record["end"]
                self.assertEqual((end["by"], end["how"], end["step"]), (by, how, "upstream-handshake"))
                self.assertRegex(end["detail"], detail)
                self.assertNotIn("client_tls", record)


if __name__ == "__main__":
    raise SystemExit("a library; run a test_*.py")
