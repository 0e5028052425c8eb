"""`bascule watch --capture` shows what a program does that knows no proxy: its names resolve, the system's trust store holds
the CA, both IP versions come to us, as root and as a user; and nothing of it is left, also after a kill."""
import os
import subprocess
import unittest

from capture_case import CaptureCase
from harness import BASCULE, run, until
from netns import ORIGIN

CLIENT = """
import socket, ssl, sys
context = ssl.create_default_context()
for family in (socket.AF_INET, socket.AF_INET6):
    address = socket.getaddrinfo('origin.test', int(sys.argv[1]), family, socket.SOCK_STREAM)[0][4]
    with context.wrap_socket(socket.create_connection(address[:2]), server_hostname='origin.test') as connection:
        connection.sendall(b'GET /raw HTTP/1.1\\r\\nHost: origin.test\\r\\nConnection: close\\r\\n\\r\\n')
        while connection.recv(1000):
            pass
"""
NAMES_BY_TCP = """
import socket, struct
query = b'ab' + b'\\1\\0' + b'\\0\\1' + bytes(6) + b'\\6origin\\4test\\0' + b'\\0\\1' + b'\\0\\1'
with socket.create_connection(('203.0.113.53', 53)) as server:
    server.sendall(struct.pack('>H', len(query)) + query)
    print(socket.inet_ntoa(server.recv(2000)[-4:]))
"""
NO_WAY_OUT = """
import socket
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as quic:
    quic.connect(('203.0.113.7', 443))
    quic.send(b'initial')
    quic.recv(1)
"""
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


class WatchCaptures(CaptureCase):
    def check_client(self, user=()):
        """It trusts nothing but the system's store."""
        with open(f"{self.folder}/client.py", "w") as file:
            file.write(CLIENT)
        done = self.capture("env", "-u", "SSL_CERT_FILE", "/usr/bin/python3", f"{self.folder}/client.py",
                            self.server.port, user=user)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        for source in (r"192\.0\.0\.8", r"\[100::8\]"):
            self.assertRegex(done.stdout, source + r" +GET https://origin.test/raw  200 3 B", done.stdout + done.stderr)

    def test_as_root(self):
        self.check_client()

    def test_as_a_user(self):
        allowed = run(*NOBODY, "unshare", "--user", "--net", "true")
        if allowed.returncode != 0:
            self.skipTest(f"the kernel allows no user namespaces: {allowed.stderr}")
        self.check_client(NOBODY)

    def test_a_proxy_of_the_callers_is_forgotten(self):
        names = [name for word in ("http_proxy", "https_proxy", "all_proxy") for name in (word, word.upper())]
        done = self.capture("sh", "-c", f"env | grep -i _proxy=; curl -sS https://origin.test:{self.server.port}/x",
                            environment={name: "http://127.0.0.1:9" for name in names})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertNotIn("_proxy=", done.stdout)
        self.assertIn("/x  200 3 B", done.stdout)

    def test_names_by_tcp(self):
        done = self.capture("/usr/bin/python3", "-c", NAMES_BY_TCP)
        self.assertEqual(done.stdout, f"{ORIGIN[0]}\n", done.stderr)

    def test_quic_is_told_at_once_that_there_is_no_way(self):
        done = self.capture("/usr/bin/python3", "-c", NO_WAY_OUT)
        self.assertRegex(done.stderr, "PermissionError|ConnectionRefusedError")
        self.assertEqual(done.returncode, 1)

    def test_the_exit_code_is_the_commands(self):
        self.assertEqual(self.capture("sh", "-c", "exit 7").returncode, 7)

    def test_nothing_is_left_after_a_kill(self):
        process = subprocess.Popen([*self.client.prefix, BASCULE, "watch", "--capture", "--", "sh", "-c", "echo $$; exec cat"],
                                   env={**self.environment, "XDG_STATE_HOME": f"{self.folder}/killed"}, text=True,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stdin.close)
        command = process.stdout.readline().strip()
        children = run("pgrep", "-P", process.pid).stdout.split()
        self.assertIn(command, children)
        links = run("ip", "-netns", self.client.name, "-br", "link").stdout
        process.kill()
        process.wait()
        ended = lambda pid: not os.path.exists(f"/proc/{pid}") or ") Z" in open(f"/proc/{pid}/stat").read()
        until(lambda: all(map(ended, children)), "the command, the daemon and the name relay end")
        self.assertEqual(run("ip", "-netns", self.client.name, "-br", "link").stdout, links)
        self.assertEqual(self.client.run("nft", "list", "tables").stdout, "")
        self.assertNotIn("eth0-end", links)
        self.assertTrue([name for name in os.listdir(f"{self.folder}/killed/bascule") if name.startswith("watch-")])
        done = self.client.run(BASCULE, "watch", "--", "true", env={**self.environment, "XDG_STATE_HOME": f"{self.folder}/killed"})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(sorted(os.listdir(f"{self.folder}/killed/bascule")), ["ca.crt", "ca.key"])


if __name__ == "__main__":
    unittest.main()
