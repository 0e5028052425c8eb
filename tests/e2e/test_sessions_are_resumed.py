"""The second connection of a client resumes on both legs, in TLS 1.2 and 1.3; and never across names, listeners, clients'
addresses or a changed policy (B10, A21). The record keeps the certificate's facts."""
import os
import signal
import socket
import ssl
import unittest

from harness import BASCULE, Case, Server, run, server_context, until
from raw import anybody, tunnel

CONFIG = """
listeners:
  - {{name: apps, address: "127.0.0.1:0", mode: explicit}}
  - {{name: other, address: "127.0.0.1:0", mode: explicit}}
upstream: {{trust: [origin-ca.pem]{rule}}}
resolver: {{hosts: {hosts}}}
workers: 1
"""


class Resumption(Case):
    def setUp(self):
        super().setUp()
        self.resumed_there = []
        context = server_context(self.authority.leaf("origin.test", "alias.test"))
        self.server = Server(self.answer, context)
        self.addCleanup(self.server.close)

    def answer(self, connection):
        self.resumed_there.append(connection.session_reused)
        connection.recv(100)
        connection.sendall(b"pong")
        connection.unwrap()

    def start_with(self, rule=""):
        hosts = self.hosts(**{"origin.test": "127.0.0.1", "alias.test": "127.0.0.1"})
        self.daemon = self.start(CONFIG.format(rule=rule, hosts=hosts))

    def connect(self, context, session=None, name="origin.test", listener="apps", source=None, daemon=None):
        """(the client's session, whether its leg resumed, whether the origin's did, the record)."""
        daemon = daemon or self.daemon
        if source:
            raw = socket.create_connection(("127.0.0.1", daemon.port(listener)), 20, source_address=(source, 0))
            raw.sendall(f"CONNECT {name}:{self.server.port} HTTP/1.1\r\nHost: {name}\r\n\r\n".encode())
            raw.recv(1000)
        else:
            raw = tunnel(daemon.port(listener), f"{name}:{self.server.port}")
        with context.wrap_socket(raw, server_hostname=name, session=session) as client:
            client.sendall(b"ping")
            self.assertEqual(client.recv(100), b"pong")
            self.assertEqual(client.recv(100), b"")
            kept, here = client.session, client.session_reused
        record = daemon.record()
        self.assertEqual(record["client_tls"]["resumed"], here)
        self.assertEqual(record["upstream_tls"]["resumed"], self.resumed_there[-1])
        self.assertEqual(record["certificate"]["verify"], "ok")
        self.assertIn("CN=origin.test", record["certificate"]["subject"])
        return kept, here, self.resumed_there[-1], record

    def client(self, version=ssl.TLSVersion.TLSv1_3, daemon=None):
        context = self.client_context(daemon or self.daemon)
        context.minimum_version = context.maximum_version = version
        return context

    def test_both_legs_resume(self):
        self.start_with()
        for version in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2):
            context = self.client(version)
            session, here, there, first = self.connect(context)
            self.assertEqual((here, there), (False, False))
            for _ in range(3):
                before = session.id
                session, here, there, record = self.connect(context, session)
                if version == ssl.TLSVersion.TLSv1_3:
                    self.assertNotEqual(session.id, before, "a ticket of TLS 1.3 is for one use: the next must have come")
                self.assertEqual((here, there), (True, True), version)
                self.assertEqual({**record["certificate"], "forged_serial": ""}, {**first["certificate"], "forged_serial": ""})

    def test_not_under_another_name(self):
        self.start_with()
        for version in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2):
            context = self.client(version)
            session, *_ = self.connect(context)
            self.assertEqual(self.connect(context, session, name="alias.test")[1:3], (False, False), version)

    def test_not_at_another_listener(self):
        self.start_with()
        context = self.client()
        session, *_ = self.connect(context)
        _, here, _, _ = self.connect(context, session, listener="other")
        self.assertFalse(here)

    def test_the_origin_cannot_link_two_clients(self):
        self.start_with()
        self.connect(self.client())
        self.assertFalse(self.connect(self.client(), source="127.0.0.2")[2])
        self.assertTrue(self.connect(self.client())[2])

    def test_unless_they_are_to_share(self):
        self.start_with(", resumption: shared")
        self.connect(self.client())
        self.assertTrue(self.connect(self.client(), source="127.0.0.2")[2])

    def test_not_for_a_client_that_takes_no_tickets(self):
        self.start_with()
        for version in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2):
            context = self.client(version)
            context.options |= ssl.OP_NO_TICKET
            self.connect(context)
            self.assertFalse(self.connect(context)[2], version)

    def test_nothing_is_kept_where_resumption_is_off(self):
        self.start_with(", resumption: off")
        context = self.client()
        self.connect(context)
        self.assertFalse(self.connect(context)[2])

    def test_not_under_a_changed_policy(self):
        self.start_with()
        context = self.client()
        session, *_ = self.connect(context)
        with open(self.daemon.config) as file:
            text = file.read()
        self.reload(text.replace("trust: [origin-ca.pem]", "trust: [origin-ca.pem, ca.crt]"))
        session, here, there, _ = self.connect(context, session)
        self.assertEqual((here, there), (False, False))
        self.reload(text.replace("trust: [origin-ca.pem]", "trust: [origin-ca.pem, ca.crt]") + "# the same\n")
        self.assertEqual(self.connect(context, session)[1:3], (True, True))

    def reload(self, text):
        reloads = lambda: sum(e["event"] == "reloaded" for e in self.daemon.events)
        before = reloads()
        self.daemon.write_config(text)
        self.daemon.signal(signal.SIGHUP)
        until(lambda: reloads() > before, "the reload")

    def test_not_where_an_origins_fault_is_shown(self):
        self.start_with(", verify: mirror")
        leaf = self.authority.leaf("origin.test", start="20230101000000Z", end="20240201000000Z")
        expired = self.origin(leaf=leaf, handler=self.answer)
        for version in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2):
            context = anybody()
            context.minimum_version = context.maximum_version = version
            session = None
            for _ in range(2):
                raw = tunnel(self.daemon.port("apps"), f"origin.test:{expired.port}")
                with context.wrap_socket(raw, server_hostname="origin.test", session=session) as client:
                    client.sendall(b"ping")
                    self.assertEqual((client.recv(100), client.recv(100)), (b"pong", b""))
                    self.assertFalse(client.session_reused, version)
                    session = client.session if client.session and client.session.has_ticket else None
                self.assertEqual(self.daemon.record()["certificate"]["verify"], "certificate has expired")

    def test_hosts_with_one_key_file_resume_each_others_sessions(self):
        with open(f"{self.folder}/tickets.key", "wb") as file:
            file.write(bytes(range(160)))
        os.chmod(f"{self.folder}/tickets.key", 0o600)
        config = CONFIG.format(rule="", hosts=self.hosts(**{"origin.test": "127.0.0.1"})) + "tickets: {key_file: tickets.key}\n"
        hosts = [self.start(config), self.start(config)]
        for version in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2):
            context = self.client(version, hosts[0])
            session, *_ = self.connect(context, daemon=hosts[0])
            self.assertTrue(self.connect(context, session, daemon=hosts[1])[1], version)

    def test_hosts_with_keys_of_their_own_do_not(self):
        config = CONFIG.format(rule="", hosts=self.hosts(**{"origin.test": "127.0.0.1"}))
        hosts = [self.start(config), self.start(config)]
        context = self.client(daemon=hosts[0])
        session, *_ = self.connect(context, daemon=hosts[0])
        self.assertFalse(self.connect(context, session, daemon=hosts[1])[1])

    def test_a_key_file_that_others_can_read_or_of_a_wrong_size_is_a_mistake(self):
        self.start_with()
        path = f"{self.folder}/tickets.key"
        with open(self.daemon.config, "a") as file:
            file.write("tickets: {key_file: tickets.key}\n")
        for octets, mode, what in ((80, 0o640, "chmod 600"), (81, 0o600, "80 octets each")):
            with open(path, "wb") as file:
                file.write(bytes(octets))
            os.chmod(path, mode)
            checked = run(BASCULE, "check", "--config", self.daemon.config)
            self.assertEqual(checked.returncode, 2)
            self.assertRegex(checked.stderr, rf"bascule.yaml:\d+:21: tickets.key_file: .*{what}")


if __name__ == "__main__":
    unittest.main()
