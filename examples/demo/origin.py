#!/usr/bin/env python3
"""An HTTPS origin on 127.0.0.1 for the demo: answers every GET with the name it was asked for.

usage: origin.py CERTIFICATE KEY PORT_FILE

Listens on a free port and writes its number to PORT_FILE once requests are answered.
"""
import http.server
import os
import ssl
import sys


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = f"hello from {self.headers['Host'].split(':')[0]}\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Origin(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A connection that ends before a request is nothing to tell."""


def main(certificate, key, port_file):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with Origin(("127.0.0.1", 0), Answer) as origin:
        origin.socket = context.wrap_socket(origin.socket, server_side=True, do_handshake_on_connect=False)
        with open(port_file + ".new", "w", encoding="ascii") as file:
            file.write(str(origin.server_port))
        os.rename(port_file + ".new", port_file)
        origin.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
