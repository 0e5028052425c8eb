"""Names are resolved as the system does at that moment: resolv.conf is read again when it has changed, its search domains
are followed, and a reload takes a new `resolver:`. In a network and mounts of its own."""
import os
import signal
import socket
import struct
import sys
import threading
import unittest

INSIDE = "BASCULE_TEST_INSIDE"
if not os.environ.get(INSIDE):
    os.environ[INSIDE] = "1"
    os.execvp("unshare", ["unshare", "-m", "-n", sys.executable, *sys.argv])

from entries import dial, receive_all
from harness import Case, answer_http, run, until

CONFIG = """
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}]
resolver: {{hosts: nothing, timeout: 2s{servers}}}
"""


class NameServer:
    """Answers A with 127.0.0.1 for its names, nothing for AAAA, and that there is no such name for all others."""

    def __init__(self, address, *names):
        self.names, self.asked = names, []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, 53))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            query, client = self.socket.recvfrom(512)
            labels, at = [], 12
            while query[at]:
                labels.append(query[at + 1:at + 1 + query[at]].decode())
                at += 1 + query[at]
            name, kind = ".".join(labels).lower(), struct.unpack("!H", query[at + 1:at + 3])[0]
            self.asked.append(name)
            known = name in self.names
            found = known and kind == 1
            answer = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0\1" if found else b""
            self.socket.sendto(query[:2] + struct.pack("!HHHHH", 0x8180 if known else 0x8183, 1, int(found), 0, 0)
                               + query[12:at + 5] + answer, client)


class ResolverFollowsTheSystem(Case):
    @classmethod
    def setUpClass(cls):
        for line in ("link set lo up", "address add 10.9.0.1/32 dev lo", "address add 10.9.0.2/32 dev lo"):
            done = run("ip", *line.split())
            assert done.returncode == 0, done.stderr
        cls.office = NameServer("10.9.0.1", "origin.test", "wiki.corp.test")
        cls.home = NameServer("10.9.0.2", "new.test")

    def setUp(self):
        super().setUp()
        self.conf = f"{self.folder}/resolv.conf"
        self.system("nameserver 10.9.0.1\nsearch corp.test\n")
        self.assertEqual(run("mount", "--bind", self.conf, "/etc/resolv.conf").returncode, 0)
        self.addCleanup(run, "umount", "/etc/resolv.conf")
        self.port = self.origin(answer_http(), tls=False).port
        self.daemon = self.start(CONFIG.format(servers=""))

    def system(self, text):
        with open(self.conf, "w") as file:  # the same inode, which is mounted
            file.write(text)

    def reaches(self, name):
        with dial(self.daemon.port("apps")) as client:
            client.sendall(f"GET http://{name}:{self.port}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            return receive_all(client).startswith(b"HTTP/1.1 200 ")

    def test_search_domains_are_followed(self):
        self.assertTrue(self.reaches("wiki"))
        self.assertTrue(self.reaches("origin.test"))
        self.assertNotIn("origin.test.corp.test", self.office.asked)  # as it is first
        self.assertFalse(self.reaches("nowhere.test"))
        self.assertIn("nowhere.test.corp.test", self.office.asked)

    def test_another_resolv_conf_is_noticed(self):
        self.assertTrue(self.reaches("origin.test"))
        self.system("nameserver 10.9.0.2\n")
        until(lambda: self.reaches("new.test"), "the new server is asked")
        self.assertFalse(self.reaches("origin.test"))  # what the old one said is not remembered

    def test_a_reload_takes_other_servers(self):
        self.assertFalse(self.reaches("new.test"))
        self.daemon.write_config("ca: {certificate: ca.crt, key: ca.key}\nlog: {format: json}\n"
                                 + CONFIG.format(servers=', servers: ["10.9.0.2"]'))
        self.daemon.signal(signal.SIGHUP)
        self.daemon.event("reloaded")
        until(lambda: self.reaches("new.test"), "each worker has taken the new policy")
        self.assertFalse(self.reaches("wiki"))


if __name__ == "__main__":
    unittest.main()
