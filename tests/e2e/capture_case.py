"""A machine that `bascule watch --capture` is run on: a network namespace whose DNS has the name of an origin elsewhere."""
import os
import shutil
import socket
import struct
import threading

from harness import BASCULE, Server, answer_http
from netns import ORIGIN, NetworkCase
from watch_case import plain_environment


def answer_to(query):
    """DNS: every name is the origin's."""
    end = query.index(b"\0", 12) + 5
    kind = struct.unpack(">H", query[end - 4:end - 2])[0]
    data = socket.inet_aton(ORIGIN[0]) if kind == 1 else socket.inet_pton(socket.AF_INET6, ORIGIN[1])
    return (query[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + query[12:end] + b"\xc0\x0c"
            + struct.pack(">HHIH", kind, 1, 60, len(data)) + data)


def answer_datagrams(server):
    while True:
        query, client = server.recvfrom(2000)
        server.sendto(answer_to(query), client)


def answer_stream(connection):
    """RFC 1035 section 4.2.2; one query, which comes in one piece."""
    answer = answer_to(connection.recv(2000)[2:])
    connection.sendall(struct.pack(">H", len(answer)) + answer)


class CaptureCase(NetworkCase):
    """The origin says hi to everything; captured programs trust nothing but the system's store."""

    def setUp(self):
        super().setUp()
        self.serve_names()
        self.server = self.far_origin(answer_http(b"hi\n"))
        self.url = f"https://origin.test:{self.server.port}"
        os.chmod(self.folder, 0o777)
        self.environment = {**plain_environment(), "HOME": self.folder, "SSL_CERT_FILE": self.authority.certificate}

    def serve_names(self):
        """`ip netns exec` mounts this resolv.conf over the system's (ip-netns(8))."""
        with self.origin_net.entered():
            server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            server.bind(("0.0.0.0", 53))
            self.addCleanup(Server(answer_stream, host="0.0.0.0", port=53).close)
        threading.Thread(target=answer_datagrams, args=(server,), daemon=True).start()
        folder = f"/etc/netns/{self.client.name}"
        os.makedirs(folder)
        self.addCleanup(shutil.rmtree, folder)
        with open(f"{folder}/resolv.conf", "w") as file:
            file.write(f"nameserver {ORIGIN[0]}\n")

    def capture(self, *command, user=(), environment=None, timeout=60):
        state = f"{self.folder}/state{len(user)}"
        return self.client.run(*user, BASCULE, "watch", "--capture", "--", *command, timeout=timeout,
                               env={**self.environment, "XDG_STATE_HOME": state, **(environment or {})})
