"""The fourteen mistakes that people make: each message says where, what, why and what to do about it."""
import os
import socket
import unittest

from harness import BASCULE, Case, answer_http, run
from peers import NameServer
from raw import dial, read_status, read_to_end, request_tunnel

LISTENER = 'listeners: [{name: apps, address: "127.0.0.1:0", mode: explicit}]\n'
CA = "ca:\n  certificate: ca.crt\n  key: ca.key\n"
UNPRIVILEGED = 65534


class Mistakes(Case):
    def setUp(self):
        super().setUp()
        run(BASCULE, "ca", "create", "--directory", self.folder)
        self.file = f"{self.folder}/bascule.yaml"

    def refused(self, text, command="run", as_user=None, arguments=None):
        """What the daemon says on stderr when it does not start."""
        with open(self.file, "w") as file:
            file.write(text)
        done = run(BASCULE, command, *(arguments or ("--config", self.file)), user=as_user, cwd="/")
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertEqual(done.stdout, "")
        return done.stderr

    def detail_of(self, daemon):
        record = daemon.record()
        self.assertEqual(record["rule"], "default")
        self.assertTrue(record["id"] and record["source"] and record["target"])
        return record["end"]["detail"]

    def test_01_a_typo_in_a_key(self):
        for command in ("run", "check"):
            said = self.refused(CA + LISTENER + "upstream:\n  verfy: off\n", command)
            self.assertEqual(said, f'{self.file}:6:3: unknown key "verfy" in upstream; did you mean "verify"?\n')
        said = self.refused(CA + LISTENER + "upstream:\n  zzz: off\n")
        self.assertIn('unknown key "zzz" in upstream; the keys are trust, verify, ', said)

    def test_02_a_wrong_type(self):
        said = self.refused(CA + LISTENER + "timeouts: {peek: abc}\n")
        self.assertEqual(said, f'{self.file}:5:18: timeouts.peek: "abc" is not a duration; write 10s, 5m or 1h\n')

    def test_03_a_missing_ca(self):
        said = self.refused("ca: {certificate: nope/ca.crt, key: nope/ca.key}\n" + LISTENER)
        self.assertIn(f"{self.file}:1:19: ca.certificate: {self.folder}/nope/ca.crt: No such file; create one with: "
                      f"bascule ca create --directory {self.folder}/nope\n", said)

    def test_04_a_key_that_others_can_read(self):
        os.chmod(f"{self.folder}/ca.key", 0o644)
        said = self.refused(CA + LISTENER)
        self.assertEqual(said, f"{self.file}:3:8: ca.key: {self.folder}/ca.key is readable by others (mode 0644); run: chmod "
                               f"600 {self.folder}/ca.key\n")

    def test_05_a_key_of_another_certificate(self):
        run(BASCULE, "ca", "create", "--directory", f"{self.folder}/other")
        said = self.refused(CA.replace("ca.key", "other/ca.key") + LISTENER)
        self.assertRegex(said, rf"^{self.file}:3:8: ca.key: {self.folder}/other/ca\.key: does not belong to {self.folder}/ca\.crt "
                               r"\(certificate key sha256 [0-9a-f]{8,}.*, this key [0-9a-f]{8,}.*\); give the key that was made with it\n$")

    def test_06_a_port_in_use(self):
        with socket.create_server(("127.0.0.1", 0)) as holder:
            port = holder.getsockname()[1]
            said = self.refused(CA + LISTENER.replace(":0", f":{port}"))
            self.assertIn(f'{self.file}:4:35: listener "apps": 127.0.0.1:{port} is in use by ', said)
            self.assertRegex(said, rf"by \S+ \(pid {os.getpid()}\); stop it or change address at {self.file}:4:35\n$")

    @unittest.skipIf(os.geteuid() != 0, "needs root, to become somebody without capabilities")
    def test_07_a_privileged_port(self):
        os.chmod(self.folder, 0o755)
        os.chown(f"{self.folder}/ca.key", UNPRIVILEGED, UNPRIVILEGED)
        with open("/proc/sys/net/ipv4/ip_unprivileged_port_start") as start:
            if int(start.read()) <= 81:
                self.skipTest("no port is privileged here")
        said = self.refused(CA + LISTENER.replace(":0", ":81"), as_user=UNPRIVILEGED)
        self.assertEqual(said, f'{self.file}:4:35: listener "apps": port 81 needs a capability; add AmbientCapabilities='
                               "CAP_NET_BIND_SERVICE to the unit, use bascule.socket, or a port >= 1024\n")

    def test_08_an_unknown_host(self):
        names = NameServer()
        self.addCleanup(names.close)
        daemon = self.start(LISTENER + f"resolver: {{servers: 127.0.0.1:{names.port}}}\n")
        status, text = read_status(request_tunnel(daemon.port("apps"), "nosuch.invalid:443"))
        self.assertEqual(status, 502)
        detail = self.detail_of(daemon)
        self.assertEqual(detail, f"nosuch.invalid:443: no such host (NXDOMAIN from 127.0.0.1:{names.port})")
        self.assertIn(detail, text)

    def test_09_a_refused_origin(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
        daemon = self.start(LISTENER + f"resolver: {{hosts: {self.hosts(**{'db.test': '127.0.0.1'})}}}\n")
        with open(f"{self.folder}/hosts", "a") as hosts:
            hosts.write("127.0.0.2 db.test\n")
        self.assertEqual(read_status(request_tunnel(daemon.port("apps"), f"db.test:{port}"))[0], 502)
        self.assertEqual(self.detail_of(daemon), f"db.test (127.0.0.1:{port}: connection refused; nothing listens there "
                                                 "(tried 2 of 2 addresses))")

    def curl(self, daemon, port, *options):
        return run("curl", "-sS", "--proxy", f"http://127.0.0.1:{daemon.port('apps')}", *options, f"https://localhost:{port}/")

    def test_10_an_expired_origin(self):
        origin = self.origin(leaf=self.authority.leaf("localhost", start="20230101000000Z", end="20240201000000Z"))
        daemon = self.start(LISTENER + "upstream: {trust: [origin-ca.pem]}\n")
        self.assertIn("The server could not prove", self.curl(daemon, origin.port, "--cacert", daemon.ca).stdout)
        detail = self.detail_of(daemon)
        self.assertRegex(detail, r"certificate expired 2024-02-01 \(now 20\d\d-\d\d-\d\d\), subject CN=localhost, issuer "
                                 r"CN=Test Origin CA; renew it there; for clients that are to judge it themselves write upstream: \{verify: mirror\} in a rule for this host")

    def test_11_a_client_that_does_not_trust_the_ca(self):
        origin = self.origin(answer_http(), names=("localhost",))
        daemon = self.start(LISTENER + "upstream: {trust: [origin-ca.pem]}\n")
        for repeated in ("", "; 2 times for this name", "; 3 times for this name"):
            self.assertEqual(self.curl(daemon, origin.port).returncode, 60)
            self.assertEqual(self.detail_of(daemon),
                             "the client refused our certificate for localhost (alert unknown_ca): the client does not trust this "
                             f"CA, or pins its own; install {daemon.ca} on it, or, if it pins, passthrough this name{repeated}")

    def test_12_words_that_are_not_tls(self):
        daemon = self.start('listeners: [{name: by-name, address: "127.0.0.1:0", mode: sni}]\n')
        client = dial(daemon.port("by-name"))
        client.sendall(b"GARBAGE\r\n")
        read_to_end(client)
        self.assertEqual(daemon.record()["end"]["detail"],
                         'first bytes 47 41 52 42 41 47 45 0d "GARBAGE\\r" are not TLS; listener "by-name" takes TLS only; for '
                         "HTTP use mode: explicit")

    def test_13_a_log_that_cannot_be_written(self):
        said = self.refused(CA + LISTENER + "log: {output: nodir/x.log}\n")
        self.assertRegex(said, rf"^{self.file}:5:15: log.output: {self.folder}/nodir/x\.log: directory {self.folder}/nodir does not "
                               r"exist; create it owned by .* \(systemd: LogsDirectory=\)\n$")

    def test_14_a_configuration_that_is_not_there(self):
        for command in ("run", "check", "explain"):
            said = self.refused("", command, arguments=("--config", "/nope/nope.yaml"))
            self.assertEqual(said, "--config /nope/nope.yaml: No such file or directory; the packaged example is "
                                   "/usr/share/doc/bascule/examples/quickstart.yaml\n")
        self.assertFalse(os.path.exists("/nope"))


if __name__ == "__main__":
    unittest.main()
